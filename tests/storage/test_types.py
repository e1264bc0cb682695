"""Column types that keep times honest."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from storage.types import Slot, UtcDateTime, WallTime

SQLITE = sqlite.dialect()
ANYWHERE = st.timezones() | st.just(timezone(timedelta(hours=5, minutes=45)))
MOMENTS = st.datetimes(
    datetime(2, 1, 1),
    datetime(9998, 12, 30),
    allow_imaginary=False,
    timezones=ANYWHERE,
)


@given(MOMENTS)
def test_a_moment_comes_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    kept = UtcDateTime().process_bind_param(moment, SQLITE)
    assert kept is not None
    back = UtcDateTime().process_result_value(kept.replace(tzinfo=None), SQLITE)  # as SQLite gives it
    assert back == moment.astimezone(UTC)  # Python holds no time that came twice equal to one of another zone
    assert back is not None
    assert back.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 9, 1, 10), SQLITE)


def test_a_slot_with_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="wall-clock"):
        Slot().process_bind_param(datetime(2026, 9, 1, 10, tzinfo=UTC), SQLITE)


@given(st.datetimes(min_value=datetime(1000, 1, 1)))
def test_slots_and_wall_times_come_back_to_the_minute(moment: datetime) -> None:
    minute = moment.replace(second=0, microsecond=0)
    assert Slot().process_result_value(Slot().process_bind_param(minute, SQLITE), SQLITE) == minute
    at = WallTime().process_bind_param(minute.time(), SQLITE)
    assert WallTime().process_result_value(at, SQLITE) == time(minute.hour, minute.minute)
