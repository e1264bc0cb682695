"""What goes to one person waits for their hours, unless it would come too late to be of use."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.personal_hours import notice_time, put_off
from bot.domain.reminders import Hours, Recipient, Wishes, is_inside

ZONES = st.sampled_from(["America/Chicago", "Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata"])
HOURS = st.sampled_from([Hours(), Hours(time(6), time(10)), Hours(time(13), time(21))])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
MONDAY_THREE = datetime(2026, 9, 7, 20, tzinfo=UTC)  # in Chicago; when answering ends and the draft comes


NINE_TO_FIVE = Hours()


def reader(zone: str, hours: Hours = NINE_TO_FIVE) -> Recipient:
    return Recipient("U1", zone, Wishes(hours=hours))


@given(MOMENTS, ZONES, HOURS)
def test_it_waits_for_the_first_of_their_hours(now: datetime, zone: str, hours: Hours) -> None:
    later = put_off(reader(zone, hours), now, None)
    if is_inside(now, hours, zone):
        assert later is None
        return
    assert later is not None
    assert is_inside(later, hours, zone)
    minutes = range(1, int((later - now) / timedelta(minutes=1)))
    assert not any(is_inside(now + timedelta(minutes=minute), hours, zone) for minute in minutes)


@pytest.mark.parametrize(
    ("zone", "needed_by", "becomes"),
    [
        ("America/Chicago", None, None),  # three in the afternoon: at once
        ("Europe/Berlin", datetime(2026, 9, 8, 11, tzinfo=UTC), datetime(2026, 9, 8, 7, tzinfo=UTC)),  # nine there
        ("Europe/Berlin", datetime(2026, 9, 8, 6, tzinfo=UTC), None),  # it would come too late
        ("Europe/Berlin", datetime(2026, 9, 7, 19, tzinfo=UTC), datetime(2026, 9, 8, 7, tzinfo=UTC)),  # so it has
        ("Pacific/Auckland", datetime(2026, 9, 8, 11, tzinfo=UTC), datetime(2026, 9, 7, 21, tzinfo=UTC)),
    ],
)
def test_what_is_needed_before_their_hours_does_not_wait(
    zone: str, needed_by: datetime | None, becomes: datetime | None
) -> None:
    assert put_off(reader(zone), MONDAY_THREE, needed_by) == becomes


THURSDAY_NINE = datetime(2026, 9, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hours", "told"),
    [
        ("America/Chicago", Hours(), datetime(2026, 9, 7, 16, tzinfo=UTC)),  # Monday at eleven
        ("America/Los_Angeles", Hours(), datetime(2026, 9, 7, 16, tzinfo=UTC)),
        ("Europe/Berlin", Hours(), datetime(2026, 9, 7, 14, 59, tzinfo=UTC)),  # just before their day is over
        ("America/Chicago", Hours(time(6), time(10)), datetime(2026, 9, 7, 14, 59, tzinfo=UTC)),
        ("America/Chicago", Hours(time(13), time(21)), datetime(2026, 9, 7, 18, tzinfo=UTC)),
        ("Pacific/Auckland", Hours(), datetime(2026, 9, 7, 4, 59, tzinfo=UTC)),
        (
            "America/Chicago",
            Hours(time(16), time(21)),
            datetime(2026, 9, 7, 16, tzinfo=UTC),
        ),  # none is left: all the same
    ],
)
def test_the_warning_comes_in_their_own_hours_while_it_can_be_changed(zone: str, hours: Hours, told: datetime) -> None:
    assert notice_time(reader(zone, hours), THURSDAY_NINE, MONDAY_THREE, 4) == told
