"""Reminders inside somebody's working hours: against a look at every minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import DomainError
from bot.domain.reminders import (
    LEAST_BETWEEN,
    Hours,
    Reader,
    Reminders,
    Wishes,
    check_wishes,
    is_inside,
    nearest_inside,
    reminder_times,
)

MINUTE = timedelta(minutes=1)
ZONES = ("America/Chicago", "Asia/Kolkata", "Pacific/Apia", "Pacific/Kiritimati", "Australia/Lord_Howe", "UTC")

# Around a spring and an autumn in both halves of the world.
springs = st.datetimes(datetime(2026, 3, 25), datetime(2026, 4, 10))
autumns = st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 5))
moments = st.one_of(springs, autumns).map(lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    begins, ends = sorted(draw(st.lists(st.integers(5 * 60, 22 * 60), min_size=2, max_size=2, unique=True)))
    return Hours(time(begins // 60, begins % 60), time(ends // 60, ends % 60))


def minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += MINUTE


@settings(max_examples=60, deadline=None)
@given(
    since=moments,
    wished_after=st.integers(-3000, 6000),
    lasts=st.integers(0, 4000),
    worked=hours(),
    zone=st.sampled_from(ZONES),
)
def test_it_is_the_nearest_minute_of_their_hours_before_the_end(
    since: datetime, wished_after: int, lasts: int, worked: Hours, zone: str
) -> None:
    until, wished = since + lasts * MINUTE, since + wished_after * MINUTE
    inside = [moment for moment in minutes(since, until) if is_inside(moment, worked, zone)]
    nearest = min(inside, key=lambda moment: (abs(moment - wished), moment), default=None)
    assert nearest_inside(wished, since, until, worked, zone) == nearest


@settings(max_examples=200, deadline=None)
@given(
    opens=moments,
    open_for=st.integers(0, 6000),
    until_it_starts=st.integers(0, 600),
    wants=st.sampled_from(Reminders),
    away=st.none() | st.dates(date(2026, 3, 20), date(2026, 11, 10)),
    worked=hours(),
    zone=st.sampled_from(ZONES),
)
def test_reminders_keep_to_what_somebody_chose(
    opens: datetime,
    open_for: int,
    until_it_starts: int,
    wants: Reminders,
    away: date | None,
    worked: Hours,
    zone: str,
) -> None:
    closes = opens + open_for * MINUTE
    reader = Reader("U1", zone, Wishes(wants, away_until=away, hours=worked))
    times = reminder_times(reader, opens, closes, closes + until_it_starts * MINUTE)
    assert len(times) <= {Reminders.NONE: 0, Reminders.LIGHT: 1, Reminders.TWICE: 2}[wants]
    for at in times.values():
        assert opens + LEAST_BETWEEN <= at < closes
        assert is_inside(at, worked, zone)
        assert not reader.wishes.away_at(at, zone)
    if len(times) == 2:
        assert times["second"] - times["first"] >= LEAST_BETWEEN


CHICAGO = Reader("U1", "America/Chicago", Wishes(Reminders.TWICE))
OPENS, CLOSES, STARTS = (
    datetime(2026, 9, 5, 14, tzinfo=UTC),  # Saturday
    datetime(2026, 9, 8, 18, tzinfo=UTC),  # Tuesday, 1 PM in Chicago
    datetime(2026, 9, 8, 20, tzinfo=UTC),
)


def test_one_comes_the_day_before_and_the_other_some_hours_before_answering_ends() -> None:
    assert reminder_times(CHICAGO, OPENS, CLOSES, STARTS) == {
        "first": datetime(2026, 9, 7, 20, tzinfo=UTC),
        "second": datetime(2026, 9, 8, 14, tzinfo=UTC),
    }


def test_who_would_be_asleep_is_reminded_at_the_next_best_time() -> None:
    kolkata = Reader("U1", "Asia/Kolkata", Wishes())
    # The day before is half past one in the night there; their morning is nearer than the end of their Monday.
    assert reminder_times(kolkata, OPENS, CLOSES, STARTS) == {"first": datetime(2026, 9, 8, 3, 30, tzinfo=UTC)}


def test_over_a_weekend_with_nothing_but_a_weekend_there_is_none() -> None:
    sunday = datetime(2026, 9, 6, 18, tzinfo=UTC)
    assert reminder_times(CHICAGO, OPENS, sunday, sunday + timedelta(hours=2)) == {}


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(hours=Hours(time(9), time(9))), "ends"),
        (Wishes(hours=Hours(time(22), time(6))), "ends"),
        (Wishes(away_until=date(2026, 9, 5)), "away"),
    ],
)
def test_what_has_no_meaning_is_said_at_its_field(wishes: Wishes, field: str) -> None:
    with pytest.raises(DomainError) as said:
        check_wishes(wishes, date(2026, 9, 5))
    assert said.value.field == field


def test_who_is_back_on_a_day_is_away_before_it() -> None:
    wishes = Wishes(away_until=date(2026, 9, 8))
    assert [wishes.away_on(date(2026, 9, day)) for day in (7, 8)] == [True, False]
