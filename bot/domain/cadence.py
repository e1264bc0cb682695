"""When a group meets: wall-clock time in a zone, kept across daylight saving, as exact as the calendar."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_day_names
from dateutil import rrule

from bot.domain.errors import DomainError
from bot.domain.formatting import ordinal, say_time

SECOND = timedelta(seconds=1)
_NOT_PLACES = {"Factory", "localtime"}


class Frequency(StrEnum):
    """How often; the first meeting's date says on which day."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY_WEEKDAY = "monthly_weekday"
    MONTHLY_LAST = "monthly_last"
    MONTHLY_DATE = "monthly_date"


class BadCadence(DomainError):
    """A cadence that has no meaning; `field` is `first` or `zone`."""


@dataclass(frozen=True)
class Cadence:
    """`first` is the first meeting's local date, `at` its wall-clock time in the IANA zone `zone`.

    Raises BadCadence when the zone is unknown, or the first date can't carry the frequency (a fifth Tuesday).
    """

    frequency: Frequency
    first: date
    at: time
    zone: str

    def __post_init__(self) -> None:
        if self.zone not in zones():
            raise BadCadence("I don't know that time zone. Type a city near you and pick one from the list.", "zone")
        if self.frequency is Frequency.MONTHLY_WEEKDAY and self.nth > 4:
            day = _day_name(self.first)
            raise BadCadence(
                f"That is a fifth {day}, and few months have one. Pick an earlier day, or “the last {day}”.", "first"
            )
        if self.frequency is Frequency.MONTHLY_LAST and self.first.day + 7 <= _month_length(self.first):
            raise BadCadence(f"That is not the last {_day_name(self.first)} of its month. Pick the last one.", "first")

    @property
    def nth(self) -> int:
        """Which of its weekday in the month the first date is, from 1."""
        return (self.first.day - 1) // 7 + 1

    def rule(self, near: date | None = None) -> rrule.rrule:
        """The recurrence on naive local time; the zone comes in afterwards (`place`).

        With `near`, only from shortly before that day on: what a group lived through for years is not counted again.
        """
        start = datetime.combine(self.first if near is None else self._start_near(near), self.at)
        weekday = rrule.weekdays[self.first.weekday()]
        match self.frequency:
            case Frequency.WEEKLY:
                return rrule.rrule(rrule.WEEKLY, dtstart=start)
            case Frequency.BIWEEKLY:
                return rrule.rrule(rrule.WEEKLY, interval=2, dtstart=start)
            case Frequency.MONTHLY_WEEKDAY:
                return rrule.rrule(rrule.MONTHLY, byweekday=weekday(self.nth), dtstart=start)
            case Frequency.MONTHLY_LAST:
                return rrule.rrule(rrule.MONTHLY, byweekday=weekday(-1), dtstart=start)
            case Frequency.MONTHLY_DATE:
                # The last of the days up to this one that the month has: the 31st is the last day of a short month.
                days = range(min(self.first.day, 28), self.first.day + 1)
                return rrule.rrule(rrule.MONTHLY, bymonthday=tuple(days), bysetpos=-1, dtstart=start)

    def _start_near(self, near: date) -> date:
        """A day on or before `near` from which the rule makes the same days as from the first, where it can be."""
        if near <= self.first:
            return self.first
        match self.frequency:
            case Frequency.WEEKLY:
                return near - timedelta(days=(near - self.first).days % 7)
            case Frequency.BIWEEKLY:
                return near - timedelta(days=(near - self.first).days % 14)
            case _:
                return max(self.first, near.replace(day=1))


@dataclass(frozen=True)
class Occurrence:
    """One meeting: `slot` as the group's wall clock shows it (naive), `starts_at` the moment in UTC."""

    slot: datetime
    starts_at: datetime


def occurrences(cadence: Cadence, after: datetime) -> Iterator[Occurrence]:
    """The meetings that start after a moment, in order, none before the cadence's first; unending."""
    # A zone is never further than a day from UTC, and a skipped day (Samoa, 2011) moves a slot by less than two.
    near = local(after, cadence.zone).replace(tzinfo=None) - timedelta(days=2)
    for year in range(near.year, MAXYEAR + 1):
        slots = _slots_of(cadence, year)
        for slot in slots[bisect_left(slots, near) :]:
            starts_at = place(slot, cadence.zone)
            if starts_at > after:
                yield Occurrence(slot, starts_at)


@lru_cache(maxsize=256)
def _slots_of(cadence: Cadence, year: int) -> tuple[datetime, ...]:
    """A calendar year of slots. Planning goes round by round, and groups with the same cadence are many."""
    begins = datetime.combine(date(year, 1, 1), time.min)
    ends = datetime.combine(date(year, 12, 31), time.max)
    return tuple(cadence.rule(begins.date()).between(begins, ends, inc=True))


def next_occurrence(cadence: Cadence, after: datetime) -> Occurrence:
    """The first meeting that starts after a moment."""
    return next(islice(occurrences(cadence, after), 1))


def place(slot: datetime, zone: str) -> datetime:
    """The moment (UTC) of a wall-clock time. One inside a gap becomes the first valid minute after it; one that comes
    twice is meant the first time."""
    tz = ZoneInfo(zone)
    moment = slot.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if moment.astimezone(tz).replace(tzinfo=None) == slot:
        return moment
    return _end_of_gap(slot.replace(tzinfo=tz, fold=1).astimezone(UTC), moment, tz)


def _end_of_gap(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The moment between two at which the zone's offset changes, on a whole minute of its wall clock."""
    new = after.astimezone(tz).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == new:
            after = middle
        else:
            before = middle
    wall = after.astimezone(tz)
    return after + timedelta(seconds=-wall.second % 60)


def local(moment: datetime, zone: str) -> datetime:
    """A moment as the zone's clock shows it."""
    return moment.astimezone(ZoneInfo(zone))


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Every IANA zone that this machine knows."""
    return frozenset(available_timezones() - _NOT_PLACES)


def describe(cadence: Cadence) -> str:
    """The cadence as people say it: “every two weeks on Tuesday at 10:00 AM”."""
    day, at = _day_name(cadence.first), say_time(cadence.at)
    match cadence.frequency:
        case Frequency.WEEKLY:
            return f"every week on {day} at {at}"
        case Frequency.BIWEEKLY:
            return f"every two weeks on {day} at {at}"
        case Frequency.MONTHLY_WEEKDAY:
            nth = ("first", "second", "third", "fourth")[cadence.nth - 1]
            return f"on the {nth} {day} of each month at {at}"
        case Frequency.MONTHLY_LAST:
            return f"on the last {day} of each month at {at}"
        case Frequency.MONTHLY_DATE:
            return f"on {_day_of_month(cadence.first.day)} of each month at {at}"


def _day_of_month(day: int) -> str:
    if day == 31:
        return "the last day"
    return f"the {ordinal(day)} (or the last day)" if day > 28 else f"the {ordinal(day)}"


def _day_name(day: date) -> str:
    return str(get_day_names("wide", locale="en")[day.weekday()])


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]
