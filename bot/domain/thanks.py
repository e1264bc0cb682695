"""When somebody hears that they were thanked: once a day, in the afternoon of the place where they live."""

from datetime import date, datetime, time, timedelta

from bot.domain.cadence import local, place
from bot.domain.reminders import Hours, is_inside, nearest_inside

TOLD_AT, WITHIN = time(16), timedelta(hours=1)
"""A day's thanks are told together, late enough to have gathered and well within working hours."""

DAY = timedelta(days=1)
ENDS_BEFORE = timedelta(minutes=5)
"""Thanks given so shortly before are told the next day, so that none falls between."""


def telling_day(now: datetime, zone: str) -> date:
    """The day on which thanks that are given now are told."""
    today = local(now, zone).date()
    return today if now < _wished(today, zone) - ENDS_BEFORE else today + timedelta(days=1)


def _wished(day: date, zone: str) -> datetime:
    return place(datetime.combine(day, TOLD_AT), zone)


def telling_time(day: date, zone: str, hours: Hours) -> datetime:
    """When on that day they are told: as near to the afternoon as somebody works; on a day off, in the afternoon."""
    begins, ends = place(datetime.combine(day, time()), zone), place(datetime.combine(day + DAY, time()), zone)
    return nearest_inside(_wished(day, zone), begins, ends, hours, zone) or _wished(day, zone)


def telling_ends(day: date, zone: str, hours: Hours) -> datetime:
    """After that it is too late in the day; what was not told by then is told on another."""
    return telling_time(day, zone, hours) + WITHIN


def next_telling(first: date, now: datetime, zone: str, hours: Hours) -> date:
    """The day on which thanks that wait since `first` are told, seen from now: one on which they work."""
    today = local(now, zone).date()
    days = [max(first, today) + DAY * n for n in range(15)]
    to_come = [day for day in days if now < telling_ends(day, zone, hours)]
    return next((day for day in to_come if is_inside(telling_time(day, zone, hours), hours, zone)), to_come[0])
