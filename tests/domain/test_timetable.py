"""A round's timetable: practice.md's rhythm, and in order however little time there is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import local, place
from bot.domain.charter import Rhythm
from bot.domain.timetable import Timetable, timetable
from tests.support.reckoning import around, works

CHICAGO = "America/Chicago"
SLOT, FOLLOWING = datetime(2026, 9, 8, 10), datetime(2026, 9, 22, 10)  # both on a Tuesday
STARTS = place(SLOT, CHICAGO)
ZONES = (CHICAGO, "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia")
LONG_AGO = timedelta(days=60)
WEEKS = st.frozensets(st.integers(0, 6), min_size=3)


def made(slot: datetime, *, founded: datetime | None = None, zone: str = CHICAGO, **changes: object) -> Timetable:
    now = founded or place(slot, zone) - LONG_AGO
    return timetable(slot, slot + timedelta(days=14), 60, zone, Rhythm(**changes), now)  # type: ignore[arg-type]  # a test's shorthand


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """In September 2026, when Chicago is five hours behind."""
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


def test_a_meeting_on_tuesday_has_the_rhythm_of_the_practice() -> None:
    times = made(SLOT)
    assert times.opens_at == utc(3, 14)  # Thursday, three working days before, at nine
    assert times.closes_at == times.draft_due_at == utc(7, 20)  # Monday at three in the afternoon
    assert times.agenda_due_at == utc(8, 13)  # two hours before
    assert times.handoff_due_at == utc(9, 16)  # a day after it ended
    assert not times.squeezed


@pytest.mark.parametrize(
    ("slot", "agenda"),
    [
        (datetime(2026, 9, 8, 8, 30), utc(7, 22)),  # before nine: on Monday at five in the afternoon
        (datetime(2026, 9, 8, 8, 59), utc(7, 22)),
        (datetime(2026, 9, 8, 9), utc(8, 12)),
        (datetime(2026, 9, 7, 8), utc(4, 22)),  # a Monday: on Friday
        (datetime(2026, 9, 12, 10), utc(12, 13)),  # a Saturday: the meeting's own day counts
        (datetime(2026, 9, 13, 8), utc(11, 22)),  # a Sunday: on Friday
        (datetime(2026, 9, 8, 0, 30), utc(7, 22)),
    ],
)
def test_the_agenda_comes_two_hours_before_or_the_evening_of_the_working_day_before(
    slot: datetime, agenda: datetime
) -> None:
    assert made(slot).agenda_due_at == agenda


@pytest.mark.parametrize(
    ("slot", "handoff"),
    [
        (datetime(2026, 9, 11, 10), utc(14, 16)),  # from Friday to Monday
        (datetime(2026, 9, 12, 10), utc(14, 16)),
        (datetime(2026, 9, 13, 10), utc(14, 16)),
        (datetime(2026, 9, 10, 10), utc(11, 16)),
    ],
)
def test_the_handover_comes_a_day_after_or_on_the_next_working_day(slot: datetime, handoff: datetime) -> None:
    assert made(slot).handoff_due_at == handoff


def test_the_handover_never_comes_after_the_next_questions() -> None:
    slot, following = datetime(2026, 9, 11, 10), datetime(2026, 9, 16, 10)  # Friday, and Wednesday after it
    times = timetable(slot, following, 60, CHICAGO, Rhythm(handoff_hours_after=96), place(slot, CHICAGO) - LONG_AGO)
    assert times.handoff_due_at == place(slot, CHICAGO) + timedelta(hours=1)  # they are asked that same morning
    later = timetable(slot, following + timedelta(days=1), 60, CHICAGO, Rhythm(), place(slot, CHICAGO) - LONG_AGO)
    assert later.handoff_due_at == utc(14, 14)  # Monday at nine


def test_working_days_are_the_groups() -> None:
    from_sunday = made(datetime(2026, 9, 8, 10), working_days=frozenset({6, 0, 1, 2, 3}))
    assert (from_sunday.opens_at, from_sunday.closes_at) == (utc(3, 14), utc(7, 20))
    monday = made(datetime(2026, 9, 7, 10), working_days=frozenset({6, 0, 1, 2, 3}))
    assert (monday.opens_at, monday.closes_at) == (utc(2, 14), utc(6, 20))  # Wednesday, and Sunday


def test_days_off_move_what_comes_before_to_earlier_days_and_what_comes_after_to_later_ones() -> None:
    off = frozenset({date(2026, 9, 7), date(2026, 9, 9)})
    times = timetable(SLOT, FOLLOWING, 60, CHICAGO, Rhythm(), STARTS - LONG_AGO, off)
    assert (times.opens_at, times.closes_at, times.agenda_due_at) == (utc(2, 14), utc(4, 20), utc(8, 13))
    assert times.handoff_due_at == utc(10, 16)


@given(
    day=st.dates(date(2025, 1, 1), date(2029, 12, 31)),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
    week=WEEKS,
    minutes=st.sampled_from((30, 60, 240)),
)
def test_where_there_is_time_it_is_what_a_calendar_says_day_by_day(
    day: date, at: time, zone: str, week: frozenset[int], minutes: int
) -> None:
    slot, following = datetime.combine(day, at), datetime.combine(day + timedelta(days=14), at)
    times = timetable(slot, following, minutes, zone, Rhythm(working_days=week), place(slot, zone) - LONG_AGO)
    there = around(slot, following, minutes, ZoneInfo(zone), week)
    assert (times.opens_at, times.closes_at, times.agenda_due_at, times.handoff_due_at) == (
        there.asked,
        there.ends,
        there.agenda,
        there.handoff,
    )
    assert not times.squeezed


# ---- Where there is none ----


@pytest.mark.parametrize(
    ("founded", "opens", "closes", "agenda", "squeezed"),
    [
        (utc(4, 15), utc(4, 15), utc(7, 20), utc(8, 13), False),  # on Friday there is time enough
        (utc(7, 14), utc(7, 14), utc(7, 20), utc(8, 13), True),  # on the day before, people have till the afternoon
        (utc(7, 19), utc(7, 19), utc(8, 4), utc(8, 13), True),  # too late for that: half of what is left
        (utc(8, 14), utc(8, 14), utc(8, 14, 22) + timedelta(seconds=30), utc(8, 14, 45), True),
        (utc(5, 16), utc(7, 14), utc(7, 20), utc(8, 13), True),  # on a Saturday nobody is asked before Monday
    ],
)
def test_a_group_that_starts_late_is_squeezed_in_order(
    founded: datetime, opens: datetime, closes: datetime, agenda: datetime, squeezed: bool
) -> None:
    times = made(SLOT, founded=founded)
    assert (times.opens_at, times.closes_at, times.agenda_due_at) == (opens, closes, agenda)
    assert times.squeezed is squeezed


@given(
    minutes=st.integers(1, 60 * 24 * 30),
    length=st.integers(10, 480),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    rhythm=st.builds(
        Rhythm,
        prompt_days_before=st.integers(0, 20),
        prompt_at=st.times(),
        closes_days_before=st.integers(0, 20),
        closes_time=st.times(),
        agenda_hours_before=st.integers(0, 72),
        handoff_hours_after=st.integers(0, 168),
        working_days=st.frozensets(st.integers(0, 6), min_size=1),
    ),
)
def test_however_near_the_meeting_and_whatever_the_rhythm_everything_stays_in_order(
    minutes: int, length: int, at: time, rhythm: Rhythm
) -> None:
    slot = datetime.combine(SLOT.date(), at)
    starts = place(slot, CHICAGO)
    now = starts - timedelta(minutes=minutes)
    times = timetable(slot, slot + timedelta(days=7), length, CHICAGO, rhythm, now)
    assert now <= times.opens_at < times.closes_at <= times.agenda_due_at <= starts
    assert times.draft_due_at == times.closes_at
    assert times.handoff_due_at >= starts + timedelta(minutes=length)


@given(
    hours=st.integers(1, 24 * 20),
    week=WEEKS,
    days=st.integers(1, 5),
)
def test_nobody_is_asked_on_a_day_off_where_that_can_wait(hours: int, week: frozenset[int], days: int) -> None:
    founded = STARTS - timedelta(hours=hours)
    times = made(SLOT, founded=founded, working_days=week, prompt_days_before=days)
    asked_on, agenda = local(times.opens_at, CHICAGO).date(), utc(8, 13)
    days_left = [day for day in (founded.date() + timedelta(days=n) for n in range(22)) if day <= SLOT.date()]
    mornings = [place(datetime.combine(day, time(9)), CHICAGO) for day in days_left if works(day, week)]
    could_wait = any(founded <= morning <= agenda - timedelta(hours=2) for morning in mornings)
    assert works(asked_on, week) or asked_on == SLOT.date() or not could_wait


def test_a_rhythm_that_contradicts_itself_is_kept_in_order_and_not_blamed_on_the_meeting() -> None:
    times = made(SLOT, closes_days_before=5)
    assert times.opens_at < times.closes_at <= times.agenda_due_at
    assert not times.squeezed
