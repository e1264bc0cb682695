"""New rules of a zone: what is to come keeps its wall clock, what has come to pass stays."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.timetable import Timetable
from bot.domain.timezone_moves import Moments, moved

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
times = st.integers(0, 24 * 14).map(lambda hours: BEGIN + hours * HOUR)


def as_list(one: Moments) -> list[datetime]:
    own = one.times
    return [own.opens_at, own.draft_due_at, own.closes_at, own.agenda_due_at, one.starts_at, own.handoff_due_at]


@st.composite
def rounds(draw: st.DrawFn) -> Moments:
    opens, draft, closes, agenda, starts, handoff = sorted(draw(st.tuples(*[times] * 6)))
    return Moments(starts, Timetable(opens, draft, closes, agenda, handoff))


def later(one: Moments, by: timedelta) -> Moments:
    opens, draft, closes, agenda, starts, handoff = (moment + by for moment in as_list(one))
    return Moments(starts, Timetable(opens, draft, closes, agenda, handoff))


@given(planned=rounds(), hours=st.integers(-3, 3), now=times)
def test_what_has_passed_stays_and_what_is_to_come_moves(planned: Moments, hours: int, now: datetime) -> None:
    fresh = later(planned, hours * HOUR)
    *before, handoff = as_list(moved(planned, fresh, now))
    begun = planned.starts_at <= now
    for was, becomes, got in zip(as_list(planned), as_list(fresh), before, strict=False):
        assert got == (was if was <= now or begun else becomes)
    assert handoff == (planned if begun else fresh).times.handoff_due_at


@given(planned=rounds(), now=times)
def test_the_same_rules_move_nothing(planned: Moments, now: datetime) -> None:
    assert moved(planned, planned, now) == planned
