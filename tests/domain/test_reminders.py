"""Reminders inside somebody's working hours: against a look at every minute."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import DomainError
from bot.domain.reminders import (
    LEAST_BETWEEN,
    GroupDays,
    Hours,
    Recipient,
    Reminders,
    Window,
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
    """A day's work, or a night's; on any days of the week."""
    begins, ends = draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Hours(time(begins // 60, begins % 60), time(ends // 60, ends % 60), days)


def minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += MINUTE


def worked_minutes(since: datetime, until: datetime, worked: Hours, zone: str) -> set[datetime]:
    """Every minute at which somebody works, found by looking at a clock on the wall minute by minute: work begins at
    the first minute at which the clock shows its beginning or later, and ends at the first at which it shows its end
    or later."""
    tz, found = ZoneInfo(zone), set[datetime]()
    working: set[date] = set()
    slots: dict[datetime, tuple[str, date]] = {}
    day = (since - timedelta(days=3)).date()
    while day <= (until + timedelta(days=3)).date():
        if day.weekday() in worked.days:
            slots[datetime.combine(day, worked.begins)] = "begins", day
            end = day + timedelta(days=1) if worked.ends < worked.begins else day
            slots[datetime.combine(end, worked.ends)] = "ends", day
        day += timedelta(days=1)
    ahead = sorted(slots)
    for minute in minutes(since - timedelta(days=4), until):
        shown = minute.astimezone(tz).replace(tzinfo=None)
        while ahead and ahead[0] <= shown:
            what, of = slots[ahead.pop(0)]
            working = working | {of} if what == "begins" else working - {of}
        if working and minute >= since:
            found.add(minute)
    return found


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
    inside = worked_minutes(since, until, worked, zone)
    assert {moment for moment in minutes(since, until) if is_inside(moment, worked, zone)} == inside
    nearest = min(inside, key=lambda moment: (abs(moment - wished), moment), default=None)
    assert nearest_inside(wished, since, until, worked, zone) == nearest


@given(
    since=moments,
    lasts=st.integers(0, 4000),
    worked=hours(),
    zone=st.sampled_from(ZONES),
    group=st.builds(GroupDays, st.sampled_from(ZONES), st.frozensets(st.integers(0, 6))),
)
def test_on_a_groups_days_off_nobody_is_written_to(
    since: datetime, lasts: int, worked: Hours, zone: str, group: GroupDays
) -> None:
    until = since + lasts * MINUTE
    there = ZoneInfo(group.zone)
    open_to = [m for m in worked_minutes(since, until, worked, zone) if m.astimezone(there).weekday() in group.days]
    nearest = min(open_to, key=lambda moment: (abs(moment - since), moment), default=None)
    assert nearest_inside(since, since, until, worked, zone, group) == nearest


@given(
    opens=moments,
    open_for=st.integers(0, 6000),
    passed=st.none() | st.integers(0, 6000),
    wants=st.sampled_from(Reminders),
    away=st.none() | st.dates(date(2026, 3, 20), date(2026, 11, 10)),
    worked=hours(),
    zone=st.sampled_from(ZONES),
)
def test_reminders_keep_to_what_somebody_chose(
    opens: datetime,
    open_for: int,
    passed: int | None,
    wants: Reminders,
    away: date | None,
    worked: Hours,
    zone: str,
) -> None:
    closes = opens + open_for * MINUTE
    reader = Recipient("U1", zone, Wishes(wants, away_until=away, hours=worked))
    group, now = GroupDays("America/Chicago"), None if passed is None else opens + passed * MINUTE
    times = reminder_times(reader, Window(opens, closes, group, now))
    assert len(times) <= {Reminders.NONE: 0, Reminders.LIGHT: 1, Reminders.TWICE: 2}[wants]
    for at in times.values():
        assert max(opens + LEAST_BETWEEN, now or opens) <= at < closes
        assert is_inside(at, worked, zone)
        assert group.hold(at)
        assert not reader.wishes.away_at(at, zone)
    if len(times) == 2:
        assert times["second"] - times["first"] >= LEAST_BETWEEN


CHICAGO = Recipient("U1", "America/Chicago", Wishes(Reminders.TWICE))
OPENS, CLOSES = (
    datetime(2026, 9, 2, 14, tzinfo=UTC),  # Wednesday, 9 AM in Chicago
    datetime(2026, 9, 7, 20, tzinfo=UTC),  # Monday, 3 PM
)
WINDOW = Window(OPENS, CLOSES, GroupDays("America/Chicago"))


def test_one_comes_half_way_and_the_other_some_hours_before_answering_ends() -> None:
    assert reminder_times(CHICAGO, Window(OPENS, datetime(2026, 9, 4, 20, tzinfo=UTC), WINDOW.group)) == {
        "first": datetime(2026, 9, 3, 17, tzinfo=UTC),
        "second": datetime(2026, 9, 4, 16, tzinfo=UTC),
    }


def test_half_way_on_a_weekend_is_the_nearest_time_of_a_working_day() -> None:
    # Half-way is the midnight before Saturday: Friday's end of work is nearer than Monday's beginning.
    assert reminder_times(CHICAGO, WINDOW)["first"] == datetime(2026, 9, 4, 21, 59, tzinfo=UTC)


def test_whose_own_week_begins_on_sunday_is_not_written_to_on_the_groups_day_off() -> None:
    sundays = Hours(days=frozenset({6, 0, 1, 2, 3}))
    reader = Recipient("U1", "America/Chicago", Wishes(hours=sundays))
    closes = datetime(2026, 9, 8, 14, tzinfo=UTC)
    # Half-way is Saturday at nine. Theirs are Thursday's end and Sunday's beginning, which is nearer and the group's
    # day off.
    assert reminder_times(reader, Window(OPENS, closes, WINDOW.group))["first"] == datetime(
        2026, 9, 3, 21, 59, tzinfo=UTC
    )
    same_week = GroupDays("America/Chicago", frozenset({6, 0, 1, 2, 3}))
    assert reminder_times(reader, Window(OPENS, closes, same_week))["first"] == datetime(2026, 9, 6, 14, tzinfo=UTC)


def test_who_works_at_night_is_reminded_at_night() -> None:
    nights = Recipient("U1", "America/Chicago", Wishes(hours=Hours(time(22), time(6))))
    # Half-way is Thursday at noon: Thursday's early morning ends six hours before it, the next night is ten hours away.
    window = Window(OPENS, datetime(2026, 9, 4, 20, tzinfo=UTC), WINDOW.group)
    assert reminder_times(nights, window) == {"first": datetime(2026, 9, 3, 10, 59, tzinfo=UTC)}


def test_who_would_be_asleep_is_reminded_at_the_next_best_time() -> None:
    kolkata = Recipient("U1", "Asia/Kolkata", Wishes())
    # Half-way is half past ten at night there; the end of their Thursday is nearer than their Friday morning.
    window = Window(OPENS, datetime(2026, 9, 4, 20, tzinfo=UTC), WINDOW.group)
    assert reminder_times(kolkata, window) == {"first": datetime(2026, 9, 3, 11, 29, tzinfo=UTC)}


def test_what_passed_unsent_is_made_up_for_in_the_hours_that_are_left() -> None:
    light = Recipient("U1", "America/Chicago", Wishes())
    sunday = Window(OPENS, CLOSES, WINDOW.group, datetime(2026, 9, 6, 12, tzinfo=UTC))
    assert reminder_times(light, sunday) == {"first": datetime(2026, 9, 7, 14, tzinfo=UTC)}


def test_the_second_keeps_its_distance_from_the_first_as_it_was_sent() -> None:
    sent = datetime(2026, 9, 7, 14, tzinfo=UTC)
    assert reminder_times(CHICAGO, WINDOW, sent)["second"] == datetime(2026, 9, 7, 18, tzinfo=UTC)


def test_over_a_weekend_with_nothing_but_a_weekend_there_is_none() -> None:
    saturday = datetime(2026, 9, 5, 14, tzinfo=UTC)
    assert reminder_times(CHICAGO, Window(saturday, saturday + timedelta(days=1))) == {}


def test_who_is_back_before_the_end_is_reminded_then() -> None:
    back = Recipient("U1", "America/Chicago", Wishes(away_until=date(2026, 9, 7)))
    assert reminder_times(back, WINDOW) == {"first": datetime(2026, 9, 7, 14, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        (Wishes(hours=Hours(time(9), time(9))), "ends"),
        (Wishes(hours=Hours(days=frozenset())), "days"),
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
