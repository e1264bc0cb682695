"""How Collab says things."""

from datetime import UTC, date, datetime, time

import pytest

from bot.domain.cadence import zones
from bot.domain.formatting import count, join_words, ordinal, say_day, say_time, say_when, say_zone

TODAY = date(2026, 8, 31)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 8, 31), "today"),
        (date(2026, 9, 1), "tomorrow"),
        (date(2026, 9, 8), "Tuesday, September 8"),
        (date(2027, 1, 5), "Tuesday, January 5, 2027"),
    ],
)
def test_days_are_said_as_people_say_them(day: date, words: str) -> None:
    assert say_day(day, TODAY) == words


def test_times_have_no_odd_spaces() -> None:
    assert say_time(time(14, 5)) == "2:05 PM"


def test_a_moment_is_said_in_the_zone_of_whoever_hears_it() -> None:
    moment, now = datetime(2026, 9, 1, 3, 30, tzinfo=UTC), datetime(2026, 8, 31, 12, tzinfo=UTC)
    assert say_when(moment, "America/Chicago", now) == "today at 10:30 PM (Central Time)"
    assert say_when(moment, "Asia/Kolkata", now) == "tomorrow at 9:00 AM (India Time)"


def test_every_zone_has_a_name() -> None:
    assert all(say_zone(zone).strip() and "Unknown" not in say_zone(zone) for zone in zones())


def test_numbers_and_lists() -> None:
    assert [count(n, "person", "people") for n in (0, 1, 2, 1200)] == [
        "0 people",
        "1 person",
        "2 people",
        "1,200 people",
    ]
    assert join_words(["Ana", "Ben", "Chen"]) == "Ana, Ben, and Chen"
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 22, 23, 31)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "22nd",
        "23rd",
        "31st",
    ]
