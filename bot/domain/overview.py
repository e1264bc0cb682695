"""What somebody finds on Home: their meetings, and lists of what is open for them and theirs to prepare; page by
page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
Other = TypeVar("Other")


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

    def has_draft(self, now: datetime) -> bool:
        """Whether its agenda can still be changed before it is posted."""
        return self.draft_due_at <= now < self.ends_at and not self.agenda_posted

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When what there is to do here changes by itself."""
        before = self.opens_at, self.closes_at, self.draft_due_at, self.agenda_due_at
        return *before, self.starts_at, self.ends_at, self.handoff_due_at


@dataclass(frozen=True)
class Entry:
    """An entry in one of the lists, about a meeting. Those of a lower `rank` stand first, and of these the earlier by
    `at`; `until` is when it goes on without whoever reads it."""

    name: str
    zone: str
    meeting: str
    until: datetime
    at: datetime
    rank: int = 0

    @property
    def order(self) -> tuple[int, datetime, str, str]:
        return self.rank, self.at, self.name, self.meeting


def by_date(glimpses: Iterable[MeetingSummary]) -> list[MeetingSummary]:
    return sorted(glimpses, key=lambda g: (g.starts_at, g.name, g.meeting))


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

    def of(self, build: Callable[[Item], Other]) -> "Page[Other]":
        """The same page, with what is made of each item."""
        return Page(tuple(build(item) for item in self.items), self.number, self.last, self.total)


def leaf(items: Sequence[Item], number: int, size: int) -> Page[Item]:
    """The page of that number; the last one where there are not that many any more."""
    last = max(0, (len(items) - 1) // size)
    number = min(number, last)
    return Page(tuple(items[number * size : (number + 1) * size]), number, last, len(items))
