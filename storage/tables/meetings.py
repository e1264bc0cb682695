"""Meetings, topics parked for them, and notes about them."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.agenda import ParkedState
from bot.domain.personal import GROUP, Chapter, ErasureAction
from bot.domain.questions import Stage
from bot.domain.rounds import MeetingState
from storage.tables.base import NOBODY, UNSHOWN, WITH_PEOPLE, Base, InWorkspace, new_id, of_person
from storage.types import Slot

# Conditions of partial indexes. A query says them in these words: a database would not see that such an index is
# meant if the value came as a parameter.
UPCOMING = "state = 'upcoming'"


class Meeting(InWorkspace, Base):
    """One occurrence, unique on its wall-clock slot. `number` counts the meetings that the group lived with us.

    `placed_by` is the edition of the zone's rules that made its moments out of the slot. `lead_turn` counts how often
    its leader was changed since it was planned, the last time at `led_since`. `squeezed`: it was too near for the
    group's rhythm. `former_rhythm`: its times come from another rhythm than the group has now. `notes` are for the
    group.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("collaborative_id", "slot"),
        Index("ix_meeting_to_come", "handoff_due_at", sqlite_where=text(UPCOMING), postgresql_where=text(UPCOMING)),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    slot: Mapped[datetime] = mapped_column(Slot)
    starts_at: Mapped[datetime]
    placed_by: Mapped[str | None] = mapped_column(info=NOBODY | UNSHOWN)
    length_minutes: Mapped[int]
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.UPCOMING)
    number: Mapped[int | None]
    stage: Mapped[Stage]
    facilitator_id: Mapped[str | None] = mapped_column(
        info=of_person(
            "Meetings I lead or led", ("slot", "number", "state", GROUP), ErasureAction.TAKEN_OVER, Chapter.GROUPS
        )
    )
    lead_turn: Mapped[int] = mapped_column(default=0, server_default="0")
    led_since: Mapped[datetime | None]
    notes: Mapped[str | None] = mapped_column(Text, info=NOBODY)
    handoff_due_at: Mapped[datetime]
    handed_off_at: Mapped[datetime | None]
    squeezed: Mapped[bool] = mapped_column(default=False, server_default=false())
    former_rhythm: Mapped[bool] = mapped_column(default=False, server_default=false(), info=UNSHOWN)


class Agenda(InWorkspace, Base):
    """A meeting's agenda; a meeting that lapsed has none.

    `items` are its lines where whoever leads has changed the draft. It is in the channel since `posted_at`, and
    `holds_batch` then says whether the anonymous answers were approved before.
    """

    __tablename__ = "agenda"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    draft_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    items: Mapped[list[dict[str, object]] | None] = mapped_column(JSON(none_as_null=True), info=WITH_PEOPLE)
    holds_batch: Mapped[bool] = mapped_column(default=False, server_default=false())


TO_POST = Agenda.posted_at.is_(None)
Index("ix_agenda_to_post", Agenda.due_at, sqlite_where=TO_POST, postgresql_where=TO_POST)


class ParkedItem(InWorkspace, Base):
    __tablename__ = "parked_item"
    __table_args__ = (Index("ix_parked_open", "collaborative_id", "state"),)
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    text: Mapped[str] = mapped_column(Text, info=NOBODY)
    parked_by: Mapped[str] = mapped_column(
        info=of_person(
            "Topics I parked",
            ("text", "parked_at", "state", GROUP),
            ErasureAction.RECORDED,
            Chapter.WRITTEN,
            shown_since="parked_at",
        )
    )
    parked_at: Mapped[datetime]
    state: Mapped[ParkedState] = mapped_column(default=ParkedState.OPEN)


class HandoffNote(InWorkspace, Base):
    """What somebody wrote after a meeting for whoever leads the next one, and for nobody else."""

    __tablename__ = "handoff_note"
    __table_args__ = (UniqueConstraint("meeting_id", "author_id"), Index("ix_handoff_note_written_on", "written_on"))
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"))
    author_id: Mapped[str] = mapped_column(
        info=of_person(
            "Notes I wrote for a next facilitator", ("text", "written_on"), ErasureAction.RECORDED, Chapter.WRITTEN
        )
    )
    text: Mapped[str] = mapped_column(Text, info=WITH_PEOPLE)
    written_on: Mapped[date]


class NotesDraft(InWorkspace, Base):
    """Notes that somebody has looked at as they would be posted and not posted yet, so that nothing is lost."""

    __tablename__ = "notes_draft"
    __table_args__ = ({"info": UNSHOWN},)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        primary_key=True,
        info=of_person("Notes I have not posted", ("filled", "saved_on"), ErasureAction.ROW_GOES, Chapter.WRITTEN),
    )
    filled: Mapped[dict[str, str]] = mapped_column(JSON, info=WITH_PEOPLE)
    saved_on: Mapped[date]
