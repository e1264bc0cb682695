"""What each person chose to be sent, and when: reminders inside their own working hours, nothing on their days away."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.domain.cadence import local, place
from bot.domain.errors import DomainError

DAY_BEFORE = timedelta(days=1)
HOURS_BEFORE = timedelta(hours=4)
"""The second reminder comes so long before answering ends."""

LEAST_BETWEEN = timedelta(hours=4)
"""So long after the questions, or after the first reminder, another message would only be noise."""

MINUTE = timedelta(minutes=1)
FRIDAY = 4


class Reminders(StrEnum):
    """How often somebody wants to be reminded of open questions."""

    NONE = "none"
    LIGHT = "light"
    TWICE = "twice"


@dataclass(frozen=True)
class Hours:
    """When somebody works: from Monday to Friday, from `begins` until just before `ends`, in their own zone."""

    begins: time = time(9)
    ends: time = time(17)


@dataclass(frozen=True)
class Wishes:
    """What somebody chose; `away_until` is the day on which they are back."""

    reminders: Reminders = Reminders.LIGHT
    by_dm: bool = False
    away_until: date | None = None
    hours: Hours = field(default_factory=Hours)

    def away_on(self, day: date) -> bool:
        return self.away_until is not None and day < self.away_until

    def away_at(self, moment: datetime, zone: str) -> bool:
        return self.away_on(local(moment, zone).date())


@dataclass(frozen=True)
class Reader:
    """Somebody whom the bot may write to about open questions, with their own zone and what they chose."""

    person: str
    zone: str
    wishes: Wishes


def check_wishes(wishes: Wishes, today: date) -> None:
    """DomainError at the field when they have no meaning."""
    if wishes.hours.ends <= wishes.hours.begins:
        raise DomainError("The end of your working hours has to be after their beginning.", "ends")
    if wishes.away_until is not None and wishes.away_until <= today:
        raise DomainError("That day is not to come. Pick the day on which you are back, or leave it empty.", "away")


def is_inside(moment: datetime, hours: Hours, zone: str) -> bool:
    """Whether somebody works then."""
    there = local(moment, zone)
    return there.weekday() <= FRIDAY and hours.begins <= there.time() < hours.ends


def nearest_inside(wished: datetime, since: datetime, until: datetime, hours: Hours, zone: str) -> datetime | None:
    """The moment nearest to `wished` inside somebody's working hours, from `since` to just before `until`.

    None when there is none; of two that are equally near, the earlier.
    """
    moments = [min(max(wished, begins), ends - MINUTE) for begins, ends in _stretches(since, until, hours, zone)]
    return min(moments, key=lambda moment: (abs(moment - wished), moment), default=None)


def _stretches(since: datetime, until: datetime, hours: Hours, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Their working hours day by day, as far as they lie in between; each a minute long at least."""
    day, last = local(since, zone).date(), local(until, zone).date()
    while day <= last:
        if day.weekday() <= FRIDAY:
            begins = max(place(datetime.combine(day, hours.begins), zone), since)
            ends = min(place(datetime.combine(day, hours.ends), zone), until)
            if ends - begins >= MINUTE:
                yield begins, ends
        day += timedelta(days=1)


def reminder_times(reader: Reader, opens_at: datetime, closes_at: datetime, starts_at: datetime) -> dict[str, datetime]:
    """When somebody is reminded of the questions before a meeting, by which reminder it is.

    One, the day before the meeting; for those who want two, another on the day on which answering ends.
    """
    wishes, zone = reader.wishes, reader.zone
    if wishes.reminders is Reminders.NONE:
        return {}
    since = opens_at + LEAST_BETWEEN
    first = nearest_inside(starts_at - DAY_BEFORE, since, closes_at, wishes.hours, zone)
    times = {} if first is None else {"first": first}
    if wishes.reminders is Reminders.TWICE:
        midnight = place(datetime.combine(local(closes_at, zone).date(), time()), zone)
        since = max(since if first is None else first + LEAST_BETWEEN, midnight)
        second = nearest_inside(closes_at - HOURS_BEFORE, since, closes_at, wishes.hours, zone)
        times |= {} if second is None else {"second": second}
    return {which: at for which, at in times.items() if not wishes.away_at(at, zone)}
