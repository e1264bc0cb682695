"""Prompts, their questions, and who takes part while they are open."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Integer,
    Text,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.personal import Chapter, ErasureAction
from bot.domain.questions import Wants
from bot.domain.rounds import Batch
from storage.tables.base import NOBODY, UNSHOWN, Base, InWorkspace, Plain, new_id, of_person
from storage.types import Key


class Prompt(InWorkspace, Base):
    """The questions for one meeting. With `key` authors of answers are found until their batch ends."""

    __tablename__ = "prompt"
    __table_args__ = (
        Index(
            "ix_prompt_open",
            "closes_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), unique=True)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"), index=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    key: Mapped[bytes | None] = mapped_column(Key)
    took_part: Mapped[int | None] = mapped_column(Integer)
    shared_at: Mapped[datetime | None]
    batch: Mapped["AnonymousBatch"] = relationship(lazy="joined", innerjoin=True)


class AnonymousBatch(InWorkspace, Base):
    """A prompt's anonymous answers as a whole, and what is to be done about them.

    At `notice_at` it is looked once to which questions (`few`) there are too few of them, and whoever gave one is told;
    it is None when that is done. `revision` counts what authors changed of a batch that waits; the facilitator and the
    other authors see it at `look_at`, a full hour. `review_ends_at`: until then it waits for a decision, once answering
    has ended. `voided_at`: its answers were lost then, because the bot was set up anew.
    """

    __tablename__ = "anonymous_batch"
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), primary_key=True)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"), index=True)
    state: Mapped[Batch] = mapped_column(default=Batch.COLLECTING)
    notice_at: Mapped[datetime | None]
    few: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True), info=NOBODY)
    revision: Mapped[int] = mapped_column(default=0)
    look_at: Mapped[datetime | None]
    review_ends_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]


# Conditions of partial indexes. Their values are literals: a database would not see that such an index is meant if they
# came as parameters.
WAITING = AnonymousBatch.state == literal_column("'waiting'")
APPROVED = AnonymousBatch.state == literal_column("'approved'")
TO_NOTICE = AnonymousBatch.notice_at.is_not(None)

for _name, _column, _which in (
    ("waiting", AnonymousBatch.review_ends_at, WAITING),
    ("approved", AnonymousBatch.review_ends_at, APPROVED),
    ("notice", AnonymousBatch.notice_at, TO_NOTICE),
):
    Index(f"ix_anonymous_batch_{_name}", _column, sqlite_where=_which, postgresql_where=_which)


class PromptQuestion(InWorkspace, Base):
    """A question as it was asked, so that a later edit of the bank changes no history."""

    __tablename__ = "prompt_question"
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[Plain]
    text: Mapped[str] = mapped_column(Text, info=NOBODY)
    why: Mapped[str] = mapped_column(Text, info=NOBODY)
    wants: Mapped[Wants]


class Participation(InWorkspace, Base):
    """Who took part while a prompt is open; kept apart and unordered, reduced to a number when answering ends."""

    __tablename__ = "participation"
    __table_args__ = ({"sqlite_with_rowid": False},)
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), primary_key=True, info=UNSHOWN)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person("Open questions I answered or passed", ("prompt_id",), ErasureAction.ROW_GOES, Chapter.DONE),
    )
