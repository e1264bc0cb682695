"""What each person chose to be sent, and when: reminders inside their own working hours, nothing on their days away."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.domain.cadence import local, place
from bot.domain.errors import DomainError
from bot.domain.working_days import MONDAY_TO_FRIDAY

HOURS_BEFORE = timedelta(hours=4)
"""The second reminder comes so long before answering ends."""

LEAST_BETWEEN = timedelta(hours=4)
"""So long after the questions, or after the first reminder, another message would only be noise."""

MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)

"""Days are numbered as Python does: Monday is 0."""

Span = tuple[datetime, datetime]
"""From a moment until just before another."""


class Reminders(StrEnum):
    """How often somebody wants to be reminded of open questions."""

    NONE = "none"
    LIGHT = "light"
    TWICE = "twice"


@dataclass(frozen=True)
class Hours:
    """When somebody works: on which days, from `begins` until just before `ends`, in their own zone.

    Where `ends` is not after `begins`, a night's work begins on such a day and ends on the next one.
    """

    begins: time = time(9)
    ends: time = time(17)
    days: frozenset[int] = MONDAY_TO_FRIDAY

    @property
    def over_midnight(self) -> bool:
        return self.ends <= self.begins

    def on(self, day: date, zone: str) -> Span | None:
        """The stretch of work that begins on a day; None on a day off. Across a change of clocks it is as long as the
        two wall-clock times are apart then."""
        if day.weekday() not in self.days:
            return None
        end = day + A_DAY if self.over_midnight else day
        return place(datetime.combine(day, self.begins), zone), place(datetime.combine(end, self.ends), zone)


@dataclass(frozen=True)
class GroupDays:
    """The days on which a group works, in its own zone: nothing reaches anybody on the others."""

    zone: str
    days: frozenset[int] = MONDAY_TO_FRIDAY

    def spans(self, since: datetime, until: datetime) -> Iterator[Span]:
        """These days one by one, as far as they touch the time in between."""
        day, last = local(since, self.zone).date(), local(until, self.zone).date()
        while day <= last:
            if day.weekday() in self.days:
                midnight, next_one = datetime.combine(day, time()), datetime.combine(day + A_DAY, time())
                yield place(midnight, self.zone), place(next_one, self.zone)
            day += A_DAY

    def hold(self, moment: datetime) -> bool:
        return local(moment, self.zone).weekday() in self.days


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
class Recipient:
    """Somebody whom the bot may write to about open questions, with their own zone and what they chose."""

    person: str
    zone: str
    wishes: Wishes


def check_wishes(wishes: Wishes, today: date) -> None:
    """DomainError at the field when they have no meaning."""
    if not wishes.hours.days:
        raise DomainError("Pick at least one day. If you want no reminders, choose “None” above.", "days")
    if wishes.hours.ends == wishes.hours.begins:
        raise DomainError("That is the time at which your working hours begin. Pick another one.", "ends")
    if wishes.away_until is not None and wishes.away_until <= today:
        raise DomainError("That day is not to come. Pick the day on which you are back, or leave it empty.", "away")


def is_inside(moment: datetime, hours: Hours, zone: str) -> bool:
    """Whether somebody works then."""
    today = local(moment, zone).date()
    stretches = (hours.on(day, zone) for day in (today - A_DAY, today))
    return any(span is not None and span[0] <= moment < span[1] for span in stretches)


def nearest_inside(
    wished: datetime, since: datetime, until: datetime, hours: Hours, zone: str, group: GroupDays | None = None
) -> datetime | None:
    """The moment nearest to `wished` inside somebody's working hours, from `since` to just before `until`; with
    `group`, on that group's working days only.

    None when there is none; of two that are equally near, the earlier.
    """
    spans = _stretches(since, until, hours, zone)
    if group is not None:
        spans = _common(spans, list(group.spans(since, until)))
    moments = [min(max(wished, begins), ends - MINUTE) for begins, ends in spans]
    return min(moments, key=lambda moment: (abs(moment - wished), moment), default=None)


def _stretches(since: datetime, until: datetime, hours: Hours, zone: str) -> Iterator[Span]:
    """Their working hours day by day, as far as they lie in between; each a minute long at least."""
    day, last = local(since, zone).date() - A_DAY, local(until, zone).date()
    while day <= last:
        if (span := hours.on(day, zone)) is not None:
            yield from _common([span], [(since, until)])
        day += A_DAY


def _common(ones: Iterable[Span], others: Sequence[Span]) -> Iterator[Span]:
    """What lies in one of both; each a minute long at least."""
    for begins, ends in ones:
        for since, until in others:
            common = max(begins, since), min(ends, until)
            if common[1] - common[0] >= MINUTE:
                yield common


@dataclass(frozen=True)
class Window:
    """From when until when questions can be answered, on which days the group works, and when it is now.

    `now` None says nothing about what is past: reminders stand where they should have been.
    """

    opens_at: datetime
    closes_at: datetime
    group: GroupDays | None = None
    now: datetime | None = None

    @property
    def middle(self) -> datetime:
        return self.opens_at + (self.closes_at - self.opens_at) / 2


def reminder_times(reader: Recipient, window: Window, first_at: datetime | None = None) -> dict[str, datetime]:
    """When somebody is reminded of open questions, by which reminder it is; `first_at` is when they got the first.

    One half-way to the end of answering; for those who want two, another some hours before the end.
    """
    wishes = reader.wishes
    if wishes.reminders is Reminders.NONE:
        return {}
    earliest = max(window.opens_at + LEAST_BETWEEN, _back(reader), window.now or window.opens_at)
    first = first_at or _nearest(window.middle, earliest, reader, window)
    times = {} if first is None else {"first": first}
    if wishes.reminders is Reminders.TWICE:
        since = earliest if first is None else max(earliest, first + LEAST_BETWEEN)
        second = _nearest(window.closes_at - HOURS_BEFORE, since, reader, window)
        times |= {} if second is None else {"second": second}
    return {which: at for which, at in times.items() if not wishes.away_at(at, reader.zone)}


def _back(reader: Recipient) -> datetime:
    """When somebody is back, if they are away."""
    day = reader.wishes.away_until
    return LONG_AGO if day is None else place(datetime.combine(day, time()), reader.zone)


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _nearest(wished: datetime, since: datetime, reader: Recipient, window: Window) -> datetime | None:
    return nearest_inside(wished, since, window.closes_at, reader.wishes.hours, reader.zone, window.group)
