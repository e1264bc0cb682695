"""Answers, thanks for them, and what was done to them."""

from datetime import date

from sqlalchemy import (
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.anonymity import Visibility
from bot.domain.personal import Chapter, ErasureAction
from bot.domain.scopes import Scope
from storage.tables.base import NOBODY, WITH_PEOPLE, Base, InWorkspace, new_id, of, of_person


class Reflection(InWorkspace, Base):
    """One answer. An anonymous one has no author: only a keyed stand-in, whose key goes when the batch is shown or
    over.

    `returned` is why a facilitator sent it back to its author; `revision` counts how often a late one was changed since
    it was given; `on_agenda` says of a late one that it came before the agenda went out. `shown`: its one reader
    (`reader_id`) has had it before them; `stays`: its author wants it to stay with them, whoever leads. `public`: its
    words are a message of its author's that stands in a channel. Without rowid, because SQLite's hidden row numbers
    would tell the order in which answers came.
    """

    __tablename__ = "reflection"
    __table_args__ = (
        UniqueConstraint("prompt_id", "position", "respondent"),
        Index("ix_reflection_author", "workspace_id", "author_id"),
        Index("ix_reflection_given_on", "given_on"),
        {"sqlite_with_rowid": False},
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), info=of(Scope.ANSWERS))
    position: Mapped[int]
    respondent: Mapped[str] = mapped_column(info=WITH_PEOPLE)
    visibility: Mapped[Visibility]
    author_id: Mapped[str | None] = mapped_column(
        info=of_person(
            "My answers",
            ("text", "visibility", "given_on", "edited", "late", "prompt_id", "position"),
            ErasureAction.RECORDED,
            Chapter.WRITTEN,
        )
    )
    reader_id: Mapped[str | None] = mapped_column(
        info=of_person(
            "Answers for me alone (their texts are their authors')",
            ("given_on", "prompt_id", "position"),
            ErasureAction.EMPTIED,
            Chapter.DONE,
        )
    )
    text: Mapped[str] = mapped_column(Text, info=NOBODY)
    given_on: Mapped[date]
    edited: Mapped[bool] = mapped_column(default=False)
    late: Mapped[bool] = mapped_column(default=False)
    on_agenda: Mapped[bool] = mapped_column(default=False, server_default=false())
    returned: Mapped[str | None] = mapped_column(Text, info=NOBODY)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    stays: Mapped[bool] = mapped_column(default=False, server_default=false())
    public: Mapped[bool] = mapped_column(default=False, server_default=false())


class Appreciation(InWorkspace, Base):
    """Somebody's thanks for an answer, and the day on which its author hears of it."""

    __tablename__ = "appreciation"
    __table_args__ = (Index("ix_appreciation_tell_on", "workspace_id", "tell_on"), {"sqlite_with_rowid": False})
    reflection_id: Mapped[str] = mapped_column(ForeignKey("reflection.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        primary_key=True, info=of_person("Thanks I gave", ("tell_on",), ErasureAction.ROW_GOES, Chapter.DONE)
    )
    tell_on: Mapped[date]
