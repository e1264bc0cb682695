"""What was written while messages about it were being sent is looked at again, and by whom it is no longer awaited."""

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.second_look import SecondLook
from bot.domain.scopes import Scope
from bot.services.changes import Changes, Reach

PAUSE = 0.25
WRITTEN = Changes({("T1", Scope.GROUP, "G1"): Reach(times=1)})
WRITTEN_AGAIN = Changes({("T1", Scope.GROUP, "G1"): Reach(times=2)})
NOTHING = Changes()


@given(st.floats(0, 1e6), st.floats(0, 10))
def test_it_is_looked_at_again_after_the_pause(moment: float, seconds: float) -> None:
    again = SecondLook(PAUSE)
    again.hold(WRITTEN, moment)
    assert again.holds(WRITTEN, moment + seconds) is again.is_waiting is (moment + seconds < moment + PAUSE)


def test_what_is_written_meanwhile_is_looked_at_at_once() -> None:
    again = SecondLook(PAUSE)
    again.hold(WRITTEN, 0)
    assert not again.holds(WRITTEN_AGAIN, 0)


def test_nobody_waits_for_what_another_process_has_seen_to() -> None:
    again = SecondLook(PAUSE)
    again.hold(WRITTEN, 0)
    assert not again.holds(NOTHING, 0)
    assert not again.is_waiting


def test_nothing_is_held_in_the_beginning() -> None:
    again = SecondLook(PAUSE)
    assert not again.is_waiting
    assert not again.holds(WRITTEN, 0)
