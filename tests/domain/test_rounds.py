"""A round's timetable."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import place
from bot.domain.charter import Rhythm
from bot.domain.rounds import timetable

SLOT, FOLLOWING = datetime(2026, 9, 1, 10), datetime(2026, 9, 8, 10)
STARTS = place(SLOT, "America/Chicago")


def test_a_meeting_far_away_has_the_rhythm_of_the_charter() -> None:
    times = timetable(SLOT, FOLLOWING, 60, "America/Chicago", Rhythm(), STARTS - timedelta(days=20))
    assert times.opens_at == datetime(2026, 8, 29, 14, tzinfo=UTC)  # three days before, 9:00 in Chicago
    assert times.draft_due_at == datetime(2026, 8, 31, 15, tzinfo=UTC)
    assert times.closes_at == datetime(2026, 9, 1, 13, tzinfo=UTC)
    assert times.handover_due_at == datetime(2026, 9, 2, 16, tzinfo=UTC)


@given(
    minutes=st.integers(1, 60 * 24 * 30),
    length=st.integers(10, 480),
    rhythm=st.builds(
        Rhythm,
        prompt_days_before=st.integers(0, 28),
        draft_days_before=st.integers(0, 28),
        agenda_hours_before=st.integers(0, 72),
        handoff_hours_after=st.integers(0, 168),
    ),
)
def test_however_near_the_meeting_everything_stays_in_order(minutes: int, length: int, rhythm: Rhythm) -> None:
    now = STARTS - timedelta(minutes=minutes)
    times = timetable(SLOT, FOLLOWING, length, "America/Chicago", rhythm, now)
    assert now <= times.opens_at <= times.draft_due_at <= times.closes_at <= STARTS
    assert times.handover_due_at >= STARTS + timedelta(minutes=length)
    assert times.opens_at < times.closes_at
