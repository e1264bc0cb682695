"""What somebody finds on Home: what is open for them, their meetings, what is theirs to prepare; page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class MeetingSummary:
    """A group as one of its members finds it: the meeting that is to come, or is over and not handed on yet.

    `readable` is the meeting whose answers the group can read by now: this one, or the one before it.
    """

    name: str
    zone: str
    meeting: str
    prompt: str
    starts_at: datetime
    ends_at: datetime
    handoff_due_at: datetime
    opens_at: datetime
    closes_at: datetime
    closed: bool
    draft_due_at: datetime
    agenda_due_at: datetime
    agenda_posted: bool
    facilitator: str | None
    leads: bool
    took_part: bool
    readable: str | None = None

    def is_open(self, now: datetime) -> bool:
        return not self.closed and self.opens_at <= now < self.closes_at

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When what there is to do here changes by itself."""
        before = self.opens_at, self.closes_at, self.draft_due_at, self.agenda_due_at
        return *before, self.starts_at, self.ends_at, self.handoff_due_at


class Work(StrEnum):
    """What a facilitator has to prepare."""

    DRAFT = "draft"
    BATCH = "batch"
    NOTES = "notes"


@dataclass(frozen=True)
class Task:
    """One such thing; `until` is when it goes on without them."""

    work: Work
    name: str
    zone: str
    meeting: str
    until: datetime


def open_now(glimpses: Iterable[MeetingSummary], now: datetime) -> list[MeetingSummary]:
    """What can be answered: what waits for an answer first, the soonest to end before the others."""
    return sorted((g for g in glimpses if g.is_open(now)), key=lambda g: (g.took_part, g.closes_at, g.name, g.meeting))


def by_date(glimpses: Iterable[MeetingSummary]) -> list[MeetingSummary]:
    return sorted(glimpses, key=lambda g: (g.starts_at, g.name, g.meeting))


def tasks(glimpses: Iterable[MeetingSummary], now: datetime) -> list[Task]:
    """Drafts that can still be changed before they are posted, and meetings whose notes are not written yet."""
    return [task for glimpse in by_date(glimpses) if glimpse.leads for task in _tasks(glimpse, now)]


def _tasks(found: MeetingSummary, now: datetime) -> Iterable[Task]:
    if found.ends_at <= now:
        yield Task(Work.NOTES, found.name, found.zone, found.meeting, found.handoff_due_at)
    elif found.draft_due_at <= now and not found.agenda_posted:
        yield Task(Work.DRAFT, found.name, found.zone, found.meeting, found.agenda_due_at)


def next_change(glimpses: Iterable[MeetingSummary], now: datetime) -> datetime | None:
    """When Home says something else, although nobody did anything."""
    return min((moment for glimpse in glimpses for moment in glimpse.moments if moment > now), default=None)


# ---- Pages ----


@dataclass(frozen=True)
class Pages:
    """Which page of each list somebody has open, from 0."""

    open: int = 0
    meetings: int = 0
    tasks: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what `str` made of it; whatever else it is given is the first page of each."""
        parts = text.split(",")
        numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 4]
        return cls(*numbers) if len(numbers) == len(parts) == 3 else cls()

    def __str__(self) -> str:
        return f"{self.open},{self.meetings},{self.tasks}"


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list."""

    items: tuple[Item, ...]
    number: int
    last: int
    total: int


def leaf(items: Sequence[Item], number: int, size: int) -> Page[Item]:
    """The page of that number; the last one where there are not that many any more."""
    last = max(0, (len(items) - 1) // size)
    number = min(number, last)
    return Page(tuple(items[number * size : (number + 1) * size]), number, last, len(items))
