"""A second computation of when a group meets: it knows neither recurrence rules nor folds, and asks day by day."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
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
