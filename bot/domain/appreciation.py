"""When somebody hears that they were thanked: once a day, in the afternoon of the place where they live."""

from datetime import date, datetime, time, timedelta

from bot.domain.cadence import local, place

TOLD_AT, UNTIL = time(16), time(17)
"""A day's thanks are told together, late enough to have gathered and well within working hours."""

ENDS_BEFORE = timedelta(minutes=5)
"""Thanks given so shortly before are told the next day, so that none falls between."""


def telling_day(now: datetime, zone: str) -> date:
    """The day on which thanks that are given now are told."""
    today = local(now, zone).date()
    return today if now < telling_time(today, zone) - ENDS_BEFORE else today + timedelta(days=1)


def telling_time(day: date, zone: str) -> datetime:
    return place(datetime.combine(day, TOLD_AT), zone)


def telling_ends(day: date, zone: str) -> datetime:
    """After that it is too late in the day; what was not told by then is told on another."""
    return place(datetime.combine(day, UNTIL), zone)


def next_telling(first: date, now: datetime, zone: str) -> date:
    """The day on which thanks that wait since `first` are told, seen from now."""
    today = local(now, zone).date()
    return max(first, today if now < telling_ends(today, zone) else today + timedelta(days=1))
