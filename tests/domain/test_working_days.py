"""Working days: against a list of all days of the year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.working_days import MONDAY_TO_FRIDAY, nearest_earlier, nearest_later, working_day_before
from tests.support.reckoning import first_working_day, working_days_back, works

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
WEEKS = st.frozensets(st.integers(0, 6), min_size=1)
SUNDAY_TO_THURSDAY = frozenset({6, 0, 1, 2, 3})
TUESDAY, SATURDAY = date(2026, 9, 8), date(2026, 9, 12)


@st.composite
def some_off(draw: st.DrawFn) -> tuple[date, frozenset[date]]:
    """A day, and public holidays around it."""
    day = draw(DAYS)
    near = st.integers(-20, 20).map(lambda n: day + timedelta(days=n))
    return day, draw(st.frozensets(near, max_size=6))


@given(some_off(), st.integers(0, 20), WEEKS)
def test_steps_back_are_those_of_a_list_of_all_days(
    given_: tuple[date, frozenset[date]], count: int, week: frozenset[int]
) -> None:
    day, off = given_
    assert working_day_before(day, count, week, off) == working_days_back(day, count, week, off)


@given(some_off(), WEEKS)
def test_the_nearest_days_are_the_first_ones_in_each_direction(
    given_: tuple[date, frozenset[date]], week: frozenset[int]
) -> None:
    day, off = given_
    assert nearest_later(day, week, off) == first_working_day(day, week, off)
    earlier = nearest_earlier(day, week, off)
    assert works(earlier, week, off)
    assert not any(works(earlier + timedelta(days=n), week, off) for n in range(1, (day - earlier).days + 1))


@pytest.mark.parametrize(
    ("day", "week", "count", "becomes"),
    [
        (TUESDAY, MONDAY_TO_FRIDAY, 3, date(2026, 9, 3)),
        (TUESDAY, MONDAY_TO_FRIDAY, 1, date(2026, 9, 7)),
        (TUESDAY, SUNDAY_TO_THURSDAY, 3, date(2026, 9, 3)),
        (SATURDAY, MONDAY_TO_FRIDAY, 1, date(2026, 9, 11)),
        (SATURDAY, MONDAY_TO_FRIDAY, 0, SATURDAY),  # the meeting's own day counts as a working day
        (SATURDAY, SUNDAY_TO_THURSDAY, 1, date(2026, 9, 10)),
    ],
)
def test_working_days_before_a_meeting_are_the_groups(
    day: date, week: frozenset[int], count: int, becomes: date
) -> None:
    assert working_day_before(day, count, week) == becomes


def test_public_holidays_are_stepped_over() -> None:
    labor_day = frozenset({date(2026, 9, 7)})
    assert working_day_before(TUESDAY, 1, MONDAY_TO_FRIDAY, labor_day) == date(2026, 9, 4)
    assert nearest_later(date(2026, 9, 5), MONDAY_TO_FRIDAY, labor_day) == TUESDAY


def test_a_week_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="without a working day"):
        nearest_later(TUESDAY, frozenset())
