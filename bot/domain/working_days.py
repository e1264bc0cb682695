"""The days on which a group works, and steps from one to another, on the group's own calendar.

`week` holds weekdays, Monday is 0; `off` are days that are free all the same (public holidays).
"""

from datetime import date, timedelta
from functools import lru_cache

MONDAY_TO_FRIDAY = frozenset(range(5))
NO_DAYS: frozenset[date] = frozenset()

_DAY = timedelta(days=1)


def is_working(day: date, week: frozenset[int], off: frozenset[date] = NO_DAYS) -> bool:
    return day.weekday() in week and day not in off


@lru_cache(4096)  # groups with the same days are many
def working_day_before(day: date, count: int, week: frozenset[int], off: frozenset[date] = NO_DAYS) -> date:
    """So many working days before a meeting's day; 0 is that day itself, which counts whichever day it is."""
    _require_days(week)
    while count > 0:
        day -= _DAY
        count -= is_working(day, week, off)
    return day


def nearest_earlier(day: date, week: frozenset[int], off: frozenset[date] = NO_DAYS) -> date:
    """The day itself, or the last working day before it."""
    _require_days(week)
    while not is_working(day, week, off):
        day -= _DAY
    return day


@lru_cache(4096)
def nearest_later(day: date, week: frozenset[int], off: frozenset[date] = NO_DAYS) -> date:
    """The day itself, or the first working day after it."""
    _require_days(week)
    while not is_working(day, week, off):
        day += _DAY
    return day


def _require_days(week: frozenset[int]) -> None:
    if not week:
        raise ValueError("a week without a working day")
