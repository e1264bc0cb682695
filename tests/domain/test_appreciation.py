"""When thanks are told: once a day, in the afternoon of whoever they are for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.appreciation import ENDS_BEFORE, next_telling, telling_day, telling_ends, telling_time

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(
    ["America/Chicago", "Asia/Kolkata", "Pacific/Apia", "Pacific/Kiritimati", "UTC", "Africa/Cairo"]
)


@given(MOMENTS, ZONES)
def test_they_are_told_within_a_day_and_within_working_hours(now: datetime, zone: str) -> None:
    told = telling_time(telling_day(now, zone), zone)
    assert timedelta() < told - now <= timedelta(days=1) + ENDS_BEFORE
    assert 9 <= told.astimezone(ZoneInfo(zone)).hour < 17


@given(MOMENTS, ZONES)
def test_what_waits_keeps_its_day_until_that_day_is_over(now: datetime, zone: str) -> None:
    day = telling_day(now, zone)
    assert next_telling(day, now, zone) == day
    assert next_telling(day, telling_time(day, zone), zone) == day
    assert next_telling(day, telling_ends(day, zone), zone) == day + timedelta(days=1)


@given(MOMENTS, ZONES, st.integers(1, 7))
def test_what_was_missed_is_told_the_next_afternoon_and_stays_there_until_it_is_over(
    now: datetime, zone: str, days: int
) -> None:
    missed = telling_day(now, zone) - timedelta(days=days)
    day = next_telling(missed, now, zone)
    assert now < telling_ends(day, zone) <= now + timedelta(days=1, hours=2)
    assert next_telling(missed, telling_ends(day, zone) - timedelta(seconds=1), zone) == day
