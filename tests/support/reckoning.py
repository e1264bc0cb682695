"""A second computation of when a group meets, and of what comes around a meeting: it knows neither recurrence rules nor
folds, and asks day by day."""

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.cadence import Frequency


def days_of(frequency: Frequency, first: date, until: date) -> Iterator[date]:
    """Every day of the calendar, asked one by one."""
    day = first
    while day <= until:
        length = monthrange(day.year, day.month)[1]
        same_weekday = day.weekday() == first.weekday()
        if {
            Frequency.WEEKLY: same_weekday,
            Frequency.BIWEEKLY: (day - first).days % 14 == 0,
            Frequency.MONTHLY_WEEKDAY: same_weekday and (day.day + 6) // 7 == (first.day + 6) // 7,
            Frequency.MONTHLY_LAST: same_weekday and day.day + 7 > length,
            Frequency.MONTHLY_DATE: day.day == min(first.day, length),
        }[frequency]:
            yield day
        day += timedelta(days=1)


def moment_of(slot: datetime, zone: ZoneInfo) -> datetime:
    """The first minute of all time at which the zone's clock shows this or later."""
    about = slot.replace(tzinfo=UTC)
    offsets = [(about + timedelta(hours=h)).astimezone(zone).utcoffset() or timedelta() for h in (-30, 0, 30)]
    minute = about - max(offsets) - timedelta(minutes=90)
    while minute.astimezone(zone).replace(tzinfo=None) < slot:
        minute += timedelta(minutes=1)
    return minute


def works(day: date, week: Collection[int], off: Collection[date] = ()) -> bool:
    return day.weekday() in week and day not in off


def working_days_back(day: date, count: int, week: Collection[int], off: Collection[date] = ()) -> date:
    """From the list of all days of the year before; the meeting's own day is the one with the number 0."""
    earlier = [day - timedelta(days=n) for n in range(1, 366)]
    return [day, *(one for one in earlier if works(one, week, off))][count]


def first_working_day(day: date, week: Collection[int], off: Collection[date] = ()) -> date:
    return next(one for one in (day + timedelta(days=n) for n in range(366)) if works(one, week, off))


@dataclass(frozen=True)
class Around:
    """What comes around a meeting by practice.md's table, where there is time for it."""

    asked: datetime
    ends: datetime
    agenda: datetime
    handoff: datetime


def around(
    slot: datetime, following: datetime, minutes: int, zone: ZoneInfo, week: Collection[int] = range(5)
) -> Around:
    """Three working days before at nine; one before at three in the afternoon; two hours before, or at five on the
    working day before where the meeting is before nine; a day after, on a working day, before the next questions."""

    def back(count: int, at: time, of: datetime = slot) -> datetime:
        return moment_of(datetime.combine(working_days_back(of.date(), count, week), at), zone)

    starts = moment_of(slot, zone)
    over = starts + timedelta(minutes=minutes)
    agenda = back(1, time(17)) if slot.hour < 9 else starts - timedelta(hours=2)
    day_after = over.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    handed = datetime.combine(first_working_day(day_after.date(), week), day_after.time())
    handoff = max(over, min(moment_of(handed, zone), back(3, time(9), following)))
    return Around(back(3, time(9)), back(1, time(15)), agenda, handoff)
