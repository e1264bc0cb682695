"""Every table. Each row belongs to a workspace; words are design.md's."""

from datetime import date, datetime, time
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.domain.working_days import MONDAY_TO_FRIDAY
from storage.types import Slot, UtcDateTime, WallTime, Week

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


# What the indexes are for that hold some rows only. A query says it in these words: a database would not see that such
# an index is meant when the value came as a parameter.
PLAN_WANTED = "plan_wanted"
UPCOMING = "state = 'upcoming'"
TO_POST = "state = 'upcoming' AND agenda_posted_at IS NULL"
WAITING = "batch = 'waiting'"
APPROVED = "batch = 'approved'"
TO_NOTICE = "notice_at IS NOT NULL"
MEND_WANTED = "mend_wanted"
OPEN = "state IN ('planned', 'unclear')"
HELD = "state IN ('sending', 'asked')"
THANKS = "kind = 'thanks'"


def new_id() -> str:
    """A random id: it tells neither when a row was made nor in which order."""
    return uuid4().hex


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: UtcDateTime, time: WallTime, date: Date, str: String(64)}  # noqa: RUF012 — SQLAlchemy reads it from the class


class InWorkspace:
    """Every row hangs off a workspace, and every query is scoped by it."""

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), index=True)


class Workspace(Base):
    __tablename__ = "workspace"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    bot_id: Mapped[str]
    stopped: Mapped[str | None] = mapped_column(String(255))
    restored_at: Mapped[datetime | None]


class SlackHold(Base):
    """Slack asked this workspace to leave one method alone until then, by the database's own clock."""

    __tablename__ = "slack_hold"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    set_at: Mapped[datetime]
    until: Mapped[datetime]


class DirectoryReading(Base):
    """How far the bot has read which channels it is in, who is in them and who those people are.

    Everything read carries the number of the round it was last read in. `owner` is the process that reads, until
    `lease_until` by the database's own clock.
    """

    __tablename__ = "directory_reading"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    round: Mapped[int] = mapped_column(default=1)
    cursor: Mapped[str] = mapped_column(String(1024), default="")
    listed: Mapped[bool] = mapped_column(default=False)
    done: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class Erasure(InWorkspace, Base):
    """That something was erased: which row, on which day, and nothing of what was in it. A restore erases it again."""

    __tablename__ = "erasure"
    __table_args__ = ({"sqlite_with_rowid": False},)
    row_id: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str]
    erased_on: Mapped[date]


class Person(Base):
    """What has to be known about people before an acknowledgement; fed by events, read again beside the work.

    `sees` is who saw what they answered last: what their next answer begins with.
    """

    __tablename__ = "person"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    zone: Mapped[str]
    is_bot: Mapped[bool] = mapped_column(default=False)
    is_gone: Mapped[bool] = mapped_column(default=False)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_guest: Mapped[bool] = mapped_column(default=False)
    is_stranger: Mapped[bool] = mapped_column(default=False)
    dm_channel: Mapped[str | None]
    sees: Mapped[str | None]
    read_in: Mapped[int] = mapped_column(default=0, server_default="0")


class PersonSetting(Base):
    """What somebody chose to be sent, and when; without a row, the defaults of `bot.domain.reminders`.

    `works_on` has the digits of their working days, Monday being 0; a night's work that `works_until` ends on the next
    day belongs to the day on which it begins.
    """

    __tablename__ = "person_setting"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    reminders: Mapped[str]
    by_dm: Mapped[bool]
    away_until: Mapped[date | None]
    works_from: Mapped[time]
    works_until: Mapped[time]
    works_on: Mapped[str] = mapped_column(String(7), default="01234", server_default="01234")


class Channel(Base):
    __tablename__ = "channel"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    is_private: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    has_bot: Mapped[bool] = mapped_column(default=False)
    listed_in: Mapped[int] = mapped_column(default=0, server_default="0")
    read_in: Mapped[int] = mapped_column(default=0, server_default="0")
    cursor: Mapped[str] = mapped_column(String(1024), default="", server_default="")


class ChannelMember(Base):
    __tablename__ = "channel_member"
    __table_args__ = (Index("ix_channel_member_person", "workspace_id", "person_id"),)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    read_in: Mapped[int] = mapped_column(default=0, server_default="0")


class Home(Base):
    """The Home of somebody who has opened it lately: what stands there, and when it is to be looked at again.

    The day that it was opened and not the minute; `shown` is a digest of what was published last.
    """

    __tablename__ = "home"
    __table_args__ = (Index("ix_home_due", "due_at"),)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    opened_on: Mapped[date]
    page: Mapped[str] = mapped_column(default="")
    shown: Mapped[str | None]
    due_at: Mapped[datetime]


class CharterDraft(Base):
    """What somebody filled in so far while setting a group up, so that a cancelled form loses nothing."""

    __tablename__ = "charter_draft"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    channel_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    filled: Mapped[dict[str, object]] = mapped_column(JSON)


class Collaborative(InWorkspace, Base):
    __tablename__ = "collaborative"
    __table_args__ = (
        Index(
            "uq_collaborative_channel",
            "workspace_id",
            "channel_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "ix_collaborative_plan_wanted",
            "plan_wanted",
            sqlite_where=text(PLAN_WANTED),
            postgresql_where=text(PLAN_WANTED),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    channel_id: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    name: Mapped[str] = mapped_column(String(255))
    purpose_kind: Mapped[str]
    purpose: Mapped[str] = mapped_column(Text)
    stage: Mapped[str]
    frequency: Mapped[str]
    first_on: Mapped[date]
    meets_at: Mapped[time]
    zone: Mapped[str]
    length_minutes: Mapped[int]
    place: Mapped[str] = mapped_column(Text, default="")
    facilitation: Mapped[str]
    designated_id: Mapped[str | None]
    prompt_days_before: Mapped[int]
    prompt_at: Mapped[time]
    closes_days_before: Mapped[int] = mapped_column(default=1, server_default="1")
    closes_time: Mapped[time] = mapped_column(default=time(15), server_default="15:00")
    working_days: Mapped[frozenset[int]] = mapped_column(Week, default=MONDAY_TO_FRIDAY, server_default="01234")
    agenda_hours_before: Mapped[int]
    handoff_hours_after: Mapped[int]
    notice_hours_before: Mapped[int] = mapped_column(default=4, server_default="4")
    questions_per_prompt: Mapped[int]
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    stopped: Mapped[str | None]
    plan_wanted: Mapped[bool] = mapped_column(default=True)


class Convener(InWorkspace, Base):
    __tablename__ = "convener"
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)


class Member(InWorkspace, Base):
    __tablename__ = "member"
    __table_args__ = (Index("ix_member_person", "workspace_id", "person_id"),)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    seat: Mapped[int]
    joined_at_meeting: Mapped[int] = mapped_column(default=0)


class Meeting(InWorkspace, Base):
    """One occurrence, unique on its wall-clock slot. `number` counts the meetings that the group lived with us.

    `placed_by` is the edition of the zone's rules that made its moments out of the slot. `mend_wanted`: something that
    was shown has changed since it was handed on. `lead_turn` counts how often its leader was changed since it was
    planned, the last time at `led_since`. `squeezed`: it was too near for the group's rhythm. `former_rhythm`: its
    times come from another rhythm than the group has now. `batch_in_agenda`: the anonymous answers were approved before
    the agenda went out. `notes` are for the group; `notes_revision` counts how often what was noted changed after the
    handover, `packet_revision` what changed of that which one person alone reads.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("collaborative_id", "slot"),
        Index("ix_meeting_to_come", "handover_due_at", sqlite_where=text(UPCOMING), postgresql_where=text(UPCOMING)),
        Index("ix_meeting_to_post", "agenda_due_at", sqlite_where=text(TO_POST), postgresql_where=text(TO_POST)),
        Index(
            "ix_meeting_mend_wanted",
            "collaborative_id",
            sqlite_where=text(MEND_WANTED),
            postgresql_where=text(MEND_WANTED),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    slot: Mapped[datetime] = mapped_column(Slot)
    starts_at: Mapped[datetime]
    placed_by: Mapped[str | None]
    length_minutes: Mapped[int]
    state: Mapped[str] = mapped_column(default="upcoming")
    number: Mapped[int | None]
    stage: Mapped[str]
    facilitator_id: Mapped[str | None]
    lead_turn: Mapped[int] = mapped_column(default=0, server_default="0")
    led_since: Mapped[datetime | None]
    agenda: Mapped[list[dict[str, object]] | None] = mapped_column(JSON(none_as_null=True))
    agenda_revision: Mapped[int] = mapped_column(default=0)
    agenda_given_revision: Mapped[int | None]
    agenda_posted_at: Mapped[datetime | None]
    packet_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    notes: Mapped[str | None] = mapped_column(Text)
    notes_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    draft_due_at: Mapped[datetime]
    agenda_due_at: Mapped[datetime]
    handover_due_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    mend_wanted: Mapped[bool] = mapped_column(default=False, server_default=false())
    squeezed: Mapped[bool] = mapped_column(default=False, server_default=false())
    former_rhythm: Mapped[bool] = mapped_column(default=False, server_default=false())
    batch_in_agenda: Mapped[bool] = mapped_column(default=False, server_default=false())


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
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    took_part: Mapped[int | None] = mapped_column(Integer)
    shared_at: Mapped[datetime | None]
    batch: Mapped[str] = mapped_column(default="collecting")
    notice_at: Mapped[datetime | None]
    batch_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    batch_look_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    review_until: Mapped[datetime | None]
    few: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))


class PromptQuestion(InWorkspace, Base):
    """A question as it was asked, so that a later edit of the bank changes no history."""

    __tablename__ = "prompt_question"
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    wants: Mapped[str]


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
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"))
    position: Mapped[int]
    respondent: Mapped[str]
    visibility: Mapped[str]
    author_id: Mapped[str | None]
    reader_id: Mapped[str | None]
    text: Mapped[str] = mapped_column(Text)
    given_on: Mapped[date]
    edited: Mapped[bool] = mapped_column(default=False)
    late: Mapped[bool] = mapped_column(default=False)
    on_agenda: Mapped[bool] = mapped_column(default=False, server_default=false())
    returned: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    stays: Mapped[bool] = mapped_column(default=False, server_default=false())
    public: Mapped[bool] = mapped_column(default=False, server_default=false())


class Deed(InWorkspace, Base):
    """What somebody did to what another wrote: who, when and what kind; no text. `author_id` is who is told of it."""

    __tablename__ = "deed"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    what: Mapped[str]
    kind: Mapped[str]
    position: Mapped[int]
    done_by: Mapped[str]
    done_at: Mapped[datetime]
    author_id: Mapped[str | None]


class RoleChange(InWorkspace, Base):
    """Somebody took a role over from somebody, or was given one: a meeting's lead, a convener's, a member's.

    `done_by` is None where the bot followed what Slack or the person themselves said; `why` is a word of the code's.
    """

    __tablename__ = "role_change"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    role: Mapped[str]
    was_id: Mapped[str | None]
    now_id: Mapped[str | None]
    done_by: Mapped[str | None]
    why: Mapped[str]
    turn: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]


class Appreciation(InWorkspace, Base):
    """Somebody's thanks for an answer, and the day on which its author hears of it."""

    __tablename__ = "appreciation"
    __table_args__ = (Index("ix_appreciation_tell_on", "workspace_id", "tell_on"), {"sqlite_with_rowid": False})
    reflection_id: Mapped[str] = mapped_column(ForeignKey("reflection.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    tell_on: Mapped[date]


class Participation(InWorkspace, Base):
    """Who took part while a prompt is open; kept apart and unordered, reduced to a number when answering ends."""

    __tablename__ = "participation"
    __table_args__ = ({"sqlite_with_rowid": False},)
    prompt_id: Mapped[str] = mapped_column(ForeignKey("prompt.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)


class ParkedItem(InWorkspace, Base):
    __tablename__ = "parked_item"
    __table_args__ = (Index("ix_parked_open", "collaborative_id", "state"),)
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    text: Mapped[str] = mapped_column(Text)
    parked_by: Mapped[str]
    parked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")


class HandoffNote(InWorkspace, Base):
    """What somebody wrote after a meeting for whoever leads the next one, and for nobody else."""

    __tablename__ = "handoff_note"
    __table_args__ = (UniqueConstraint("meeting_id", "author_id"), Index("ix_handoff_note_written_on", "written_on"))
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"))
    author_id: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    written_on: Mapped[date]


class NotesDraft(InWorkspace, Base):
    """Notes that somebody has looked at as they would be posted and not posted yet, so that nothing is lost."""

    __tablename__ = "notes_draft"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    filled: Mapped[dict[str, str]] = mapped_column(JSON)
    saved_on: Mapped[date]


class Delivery(InWorkspace, Base):
    """Something the bot owes to Slack at a time. It is a row before it is a call."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_held", "state", sqlite_where=text(HELD), postgresql_where=text(HELD)),
        Index("ix_delivery_open", "due_at", "rank", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_delivery_line", "planned_for", "rank", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_delivery_meeting", "meeting_id", "kind"),
        Index("ix_delivery_collaborative", "collaborative_id", "state"),
        Index(
            "ix_delivery_thanks",
            "workspace_id",
            "recipient",
            sqlite_where=text(THANKS),
            postgresql_where=text(THANKS),
        ),
        Index("ix_delivery_lease_until", "lease_until", "workspace_id", "recipient"),
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    operation: Mapped[str]
    collaborative_id: Mapped[str | None] = mapped_column(ForeignKey("collaborative.id"))
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"))
    recipient: Mapped[str]
    subject: Mapped[str | None]
    planned_for: Mapped[datetime]
    stands_since: Mapped[datetime | None]
    due_at: Mapped[datetime]
    rank: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="planned")
    attempts: Mapped[int] = mapped_column(default=0)
    looks: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(255))
    dedupe_key: Mapped[str] = mapped_column(String(255), unique=True)
    nonce: Mapped[str] = mapped_column(default=new_id)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_channel: Mapped[str | None]
    sent_ts: Mapped[str | None]
