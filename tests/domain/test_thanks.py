"""When thanks are told: once a day, in the afternoon of whoever they are for."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.reminders import Hours
from bot.domain.thanks import next_telling, telling_day, telling_ends, telling_time

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(
    ["America/Chicago", "Asia/Kolkata", "Pacific/Apia", "Pacific/Kiritimati", "UTC", "Africa/Cairo"]
)


HOURS = st.sampled_from([Hours(), Hours(time(6), time(14)), Hours(time(11), time(19, 30)), Hours(time(17), time(23))])


@given(MOMENTS, ZONES, HOURS)
def test_they_are_told_soon_and_within_their_hours_on_a_day_on_which_they_work(
    now: datetime, zone: str, hours: Hours
) -> None:
    told = telling_time(next_telling(telling_day(now, zone), now, zone, hours), zone, hours)
    assert now - timedelta(hours=1) < told <= now + timedelta(days=4)
    there = told.astimezone(ZoneInfo(zone))
    assert there.weekday() < 5
    assert hours.begins <= there.time() < hours.ends


@given(MOMENTS, ZONES, HOURS)
def test_what_waits_keeps_its_day_until_that_day_is_over(now: datetime, zone: str, hours: Hours) -> None:
    first = telling_day(now, zone)
    day = next_telling(first, now, zone, hours)
    assert next_telling(first, telling_time(day, zone, hours), zone, hours) == day
    assert next_telling(first, telling_ends(day, zone, hours) - timedelta(seconds=1), zone, hours) == day
    assert next_telling(first, telling_ends(day, zone, hours), zone, hours) > day


@given(MOMENTS, ZONES, st.integers(1, 7), HOURS)
def test_what_was_missed_is_told_on_the_next_day_on_which_they_work(
    now: datetime, zone: str, days: int, hours: Hours
) -> None:
    missed = telling_day(now, zone) - timedelta(days=days)
    day = next_telling(missed, now, zone, hours)
    assert now < telling_ends(day, zone, hours) <= now + timedelta(days=4)
