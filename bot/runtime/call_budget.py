"""How quickly each of Slack's methods may be called: below its tier, and not at all while Slack asks to wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

A_MINUTE: Mapping[str, int] = {"users.conversations": 40, "conversations.members": 80, "users.info": 80}
"""Four fifths of what Slack's tiers allow (50, 100 and 100 a minute), so that whoever acts is not refused."""

BURST = 0.5
"""The part of a minute's calls that may be made at once after a rest."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after a first failure, twice as long after each further one, at most."""


@dataclass
class _Method:
    left: float
    at: float
    held_until: float = 0.0
    failures: int = 0


@dataclass
class Pacing:
    """By `timer`, in seconds that only go forward."""

    timer: Callable[[], float]
    _methods: dict[str, _Method] = field(default_factory=dict)

    def held(self, method: str) -> float:
        """Seconds until the method may be called at all: Slack asked for that, or it has just failed."""
        return max(0.0, self._of(method).held_until - self.timer())

    def wait(self, method: str, calls: int = 1) -> float:
        """Seconds until the method may be called so often by whoever is in no hurry."""
        state = self._of(method)
        return max(self.held(method), (calls - state.left) * 60 / A_MINUTE[method])

    def spend(self, method: str) -> None:
        """One call is made."""
        self._of(method).left -= 1

    def worked(self, method: str) -> None:
        self._of(method).failures = 0

    def hold(self, method: str, seconds: float) -> None:
        """Slack asked to leave the method alone for so long."""
        self._of(method).held_until = self.timer() + seconds

    def failed(self, method: str) -> None:
        """It did not work, and nobody said when it will."""
        state = self._of(method)
        state.held_until = self.timer() + min(FIRST_PAUSE * 2**state.failures, LONGEST_PAUSE)
        state.failures = min(state.failures + 1, 10)

    def _of(self, method: str) -> _Method:
        """The method's state, with what has been refilled since it was looked at."""
        now, size = self.timer(), A_MINUTE[method] * BURST
        state = self._methods.setdefault(method, _Method(size, now))
        state.left = min(size, state.left + (now - state.at) * A_MINUTE[method] / 60)
        state.at = now
        return state
