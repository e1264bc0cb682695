"""One meeting's round as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.charter import Charter
from bot.domain.questions import Stage, Wants
from bot.domain.reminders import Recipient


@dataclass(frozen=True)
class Actor:
    """Where somebody acts: workspace and channel, and who they are."""

    workspace: str
    channel: str
    person: str


@dataclass(frozen=True)
class MeetingActor:
    """Who acts on which meeting: one that a form or a button names."""

    workspace: str
    meeting: str
    person: str


class GroupState(StrEnum):
    """A closed group is nobody's any more; its channel may begin anew."""

    ACTIVE = "active"
    CLOSED = "closed"


class MeetingState(StrEnum):
    """Held: it was handed off, whoever came. Lapsed: nobody was there to hold it, neither the bot nor, of a closed
    group, its members."""

    UPCOMING = "upcoming"
    HELD = "held"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class Group:
    """A collaborative as the rules and the screens need it. `starter` is None once they erased everything."""

    id: str
    workspace: str
    channel: str
    charter: Charter
    stage: Stage
    starter: str | None
    started_at: datetime
    members: tuple[str, ...]
    conveners: tuple[str, ...]
    stopped: str | None = None

    @property
    def zone(self) -> str:
        return self.charter.cadence.zone


@dataclass(frozen=True)
class Meeting:
    """One occurrence. `number` is None for one that passed while the bot was away.

    `lead_turn` counts how often its leader was changed since it was planned, the last time at `led_since`. `squeezed`:
    it was too near for the group's rhythm. `batch_in_agenda`: the anonymous answers were approved before the agenda
    went out, and stand in it.
    """

    id: str
    number: int | None
    slot: datetime
    starts_at: datetime
    length_minutes: int
    state: MeetingState
    facilitator: str | None
    draft_due_at: datetime
    agenda_due_at: datetime
    handoff_due_at: datetime
    agenda_posted_at: datetime | None = None
    notes: str | None = None
    handed_off_at: datetime | None = None
    squeezed: bool = False
    batch_in_agenda: bool = False
    lead_turn: int = 0
    led_since: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.length_minutes)


@dataclass(frozen=True)
class PromptQuestion:
    """A question as it was asked."""

    position: int
    id: str
    text: str
    why: str
    wants: Wants


class Batch(StrEnum):
    """The life of a prompt's anonymous answers (design.md, Reflections and anonymity). What is approved waits for the
    post that holds it; once that stands in the channel, it is shown."""

    COLLECTING = "collecting"
    NONE = "none"
    WAITING = "waiting"
    APPROVED = "approved"
    SHOWN = "shown"
    WITHHELD = "withheld"
    LAPSED = "lapsed"


class Phase(StrEnum):
    """What can be done with a round's questions: answered in time, answered late, or only what was answered changed."""

    BEFORE = "before"
    OPEN = "open"
    LATE = "late"
    OVER = "over"


class _Opens:
    """What follows from when a prompt opens and closes."""

    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    shared_at: datetime | None

    @property
    def can_be_read(self) -> bool:
        """Whether the group reads what was answered by name."""
        return self.closed_at is not None or self.shared_at is not None

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.opens_at <= now < self.closes_at


@dataclass(frozen=True)
class PromptToAnswer(_Opens):
    """A prompt as somebody answers it."""

    id: str
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    shared_at: datetime | None
    questions: tuple[PromptQuestion, ...]


@dataclass(frozen=True)
class Prompt(_Opens):
    """The questions for one meeting. `took_part` is how many answered or passed, once that has ended; before, nobody
    is told, and it is 0.

    `notice_at` is when it is looked whose anonymous answers are too few; None when that is done. `few` are the
    questions to which there were too few then. `batch_look_at` is when what authors changed of a waiting batch is seen:
    by its facilitator (`batch_revision`), and by other authors.
    `shared_at` is when its facilitator gave the named answers to the group before answering had ended.
    `review_ends_at` is until when they wait for a decision, once answering has ended.
    `voided_at` is when its anonymous answers were lost because the bot was set up anew
    (`bot.domain.anonymous_batches`).
    """

    id: str
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    questions: tuple[PromptQuestion, ...]
    took_part: int
    batch: Batch
    notice_at: datetime | None = None
    batch_revision: int = 0
    batch_look_at: datetime | None = None
    shared_at: datetime | None = None
    voided_at: datetime | None = None
    review_ends_at: datetime | None = None
    few: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Post:
    """A message that the bot has put somewhere, by the id of its delivery. It speaks as of `as_of`, and looks like
    `shown`; None: not known, as after a restore."""

    channel: str
    ts: str
    arguments: Mapping[str, Any]
    sent_at: datetime
    id: str = ""
    recipient: str = ""
    nonce: str = ""
    as_of: datetime | None = None
    shown: str | None = None


class Answerable(Protocol):
    """What answering looks at: of a whole round, or of no more than that was read (`RoundToAnswer`)."""

    @property
    def group(self) -> "Group | GroupToAnswer": ...

    @property
    def meeting(self) -> "Meeting | MeetingToAnswer": ...

    @property
    def prompt(self) -> Prompt | PromptToAnswer: ...

    def phase(self, now: datetime) -> Phase: ...


class _InPhases:
    """What can be done with a round's questions, by the time."""

    def phase(self: Answerable, now: datetime) -> Phase:
        """Late answers are taken until the job is handed on."""
        if self.prompt.is_open(now):
            return Phase.OPEN
        if now < self.prompt.opens_at and self.prompt.closed_at is None:
            return Phase.BEFORE
        return Phase.LATE if self.meeting.state == MeetingState.UPCOMING else Phase.OVER


@dataclass(frozen=True)
class GroupToAnswer:
    """A group as somebody answers in it."""

    id: str
    workspace: str
    zone: str


@dataclass(frozen=True)
class MeetingToAnswer:
    """A meeting as somebody answers before it."""

    id: str
    starts_at: datetime
    state: MeetingState
    facilitator: str | None


@dataclass(frozen=True)
class RoundToAnswer(_InPhases):
    """No more of a round than answering needs."""

    group: GroupToAnswer
    meeting: MeetingToAnswer
    prompt: PromptToAnswer


@dataclass(frozen=True)
class Round(_InPhases):
    """Everything about one meeting that planning and composing look at."""

    group: Group
    meeting: Meeting
    prompt: Prompt
    previous: Meeting | None
    following: Meeting | None
    posts: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)

    @property
    def begun(self) -> datetime:
        """Since when people may have brought forward what is posted for this round: it opens when the last one ends."""
        return self.previous.starts_at if self.previous else self.group.started_at

    def post(self, kind: str) -> Post | None:
        """The latest message of a kind, if one was sent."""
        return next(reversed(self.posts.get(kind, ())), None)

    def standing(self, delivery: str) -> Post | None:
        """The message of a delivery, if it stands somewhere."""
        return next((post for posts in self.posts.values() for post in posts if post.id == delivery), None)

    def thread(self, *kinds: str) -> str | None:
        """The name of the message that a thread below the latest post of the first of these kinds hangs from, of which
        it is known."""
        return next((standing.ts for kind in kinds if (standing := self.post(kind)) and standing.ts), None)

    def leads(self, person: str) -> bool:
        """Whether somebody may do the facilitator's work at this meeting (design.md, Tenancy and people)."""
        return person == self.meeting.facilitator or person in self.group.conveners

    def reviews(self, person: str) -> bool:
        """Whether somebody may decide on the anonymous answers. After the meeting, whoever leads next may, too: whoever
        led may be gone, and a group always has somebody who can."""
        next_leader = (
            self.following.facilitator if self.following and self.meeting.state != MeetingState.UPCOMING else None
        )
        return self.leads(person) or person == next_leader


@dataclass(frozen=True, kw_only=True)
class RoundToPlan(Round):
    """A round, and whom the app can write to about it: `readers` about its questions, who are members, and nobody where
    a later one asks by now; `conveners_here` are conveners with an account who are in the channel."""

    readers: tuple[Recipient, ...]
    conveners_here: tuple[Recipient, ...]

    @classmethod
    def of(cls, round_: Round, readers: tuple[Recipient, ...], conveners_here: tuple[Recipient, ...]) -> "RoundToPlan":
        return cls(**vars(round_), readers=readers, conveners_here=conveners_here)
