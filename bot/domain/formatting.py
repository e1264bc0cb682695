"""How Collab says dates, times, lists and numbers; the forms are Babel's (CLDR)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_day_names, get_timezone_name
from babel.lists import format_list

LOCALE = Locale("en", "US")
NARROW_SPACE = "\u202f"  # CLDR's, before AM; many fonts and screen readers stumble over it

NO_PLACE = "Unknown Region"  # how CLDR calls where such a zone is


def say_time(at: time | datetime) -> str:
    """“10:00 AM”."""
    return _say_time(at.hour, at.minute)


@lru_cache(1440)
def _say_time(hour: int, minute: int) -> str:
    return format_time(time(hour, minute), "short", locale=LOCALE).replace(NARROW_SPACE, " ")


@lru_cache(256)
def say_day(day: date, today: date) -> str:
    """“today”, “tomorrow”, “Tuesday, September 1”; with the year when it is not this one."""
    if day == today:
        return "today"
    if day == today + timedelta(days=1):
        return "tomorrow"
    return format_date(day, "EEEE, MMMM d" if day.year == today.year else "EEEE, MMMM d, y", locale=LOCALE)


def say_when(moment: datetime, zone: str, now: datetime) -> str:
    """A moment as somebody in `zone` says it: “Tuesday, September 1 at 10:00 AM (Central Time)”."""
    tz = ZoneInfo(zone)
    there = moment.astimezone(tz)
    return f"{say_day(there.date(), now.astimezone(tz).date())} at {say_time(there)} ({say_zone(zone)})"


@lru_cache(1024)
def say_zone(zone: str) -> str:
    """“Central Time”; a zone that is no place on Earth (UTC, Etc/GMT+5) by its own name."""
    name = get_timezone_name(ZoneInfo(zone), "long", locale=LOCALE)
    return zone.removeprefix("Etc/") if name.startswith(NO_PLACE) else name


def join_words(words: Sequence[str]) -> str:
    """“Ana, Ben, and Chen”."""
    return format_list(list(words), locale=LOCALE)


def count(number: int, one: str, other: str) -> str:
    """“1 person”, “2 people”."""
    return f"{number:,} {one if LOCALE.plural_form(number) == 'one' else other}"


def ordinal(number: int) -> str:
    """“1st”, “22nd”."""
    suffixes = {"one": "st", "two": "nd", "few": "rd"}
    return f"{number}{suffixes.get(LOCALE.ordinal_form(number), 'th')}"


WEEK = 7


def day_name(day: int) -> str:
    """“Monday” for 0, as Python numbers them."""
    return str(get_day_names("wide", locale=LOCALE)[day])


def say_days(days: Collection[int]) -> str:
    """Days of the week in few words: “Monday to Friday”, “Sunday to Thursday”, “Monday and Wednesday”, “every day”."""
    if len(set(days)) == WEEK:
        return "every day"
    begins = [day for day in sorted(days) if (day - 1) % WEEK not in days]
    if len(begins) == 1 and len(days) > 2:
        return f"{day_name(begins[0])} to {day_name((begins[0] + len(days) - 1) % WEEK)}"
    return join_words([day_name(day) for day in sorted(days)])
