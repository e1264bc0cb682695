"""Prompts, their questions, and who takes part while they are open."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.personal import Chapter, ErasureAction
from bot.domain.questions import Wants
from bot.domain.rounds import Batch
from storage.tables.base import NOBODY, UNSHOWN, Base, InWorkspace, Plain, new_id, of_person
from storage.types import Key

# Conditions of partial indexes. A query says them in these words: a database would not see that such an index is
# meant if the value came as a parameter.
WAITING = "batch = 'waiting'"
APPROVED = "batch = 'approved'"
TO_NOTICE = "notice_at IS NOT NULL"


class Prompt(InWorkspace, Base):
    """The questions for one meeting.

    At `notice_at` it is looked once to which questions (`few`) there are too few anonymous answers, and whoever gave
    one is told; it is None when that is done. `batch_revision`
    counts what authors changed of a batch that waits; the facilitator and the other authors see it at `batch_look_at`,
    a full hour. `review_until`: until then they wait for a decision, since the bot was away. `voided_at`: its anonymous
    answers were lost then, because the bot was set up anew.
    """

    __tablename__ = "prompt"
    __table_args__ = (
        Index(
            "ix_prompt_open",
            "closes_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_prompt_waiting",
            "closed_at",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index("ix_prompt_approved", "closed_at", sqlite_where=text(APPROVED), postgresql_where=text(APPROVED)),
        Index("ix_prompt_notice", "notice_at", sqlite_where=text(TO_NOTICE), postgresql_where=text(TO_NOTICE)),
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
    batch: Mapped[Batch] = mapped_column(default=Batch.COLLECTING)
    notice_at: Mapped[datetime | None]
    batch_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    batch_look_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    review_until: Mapped[datetime | None]
    few: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True), info=NOBODY)


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
