"""Client-side rate limits of Slack's methods: below their tiers, and no calls while Slack asks to wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

A_MINUTE: Mapping[str, int] = {"users.conversations": 40, "conversations.members": 80, "users.info": 80}
"""Four fifths of Slack's tiers (50, 100 and 100 a minute), which leaves room for calls on behalf of people."""

BURST = 0.5
"""The part of a minute's calls that may be made at once after a pause."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""The pause in seconds after a first failure, doubled after each further one, and its maximum."""


@dataclass
class _Method:
    left: float
    at: float
    held_until: float = 0.0
    failures: int = 0


@dataclass
class Pacing:
    """`timer` returns monotonic seconds."""

    timer: Callable[[], float]
    _methods: dict[str, _Method] = field(default_factory=dict)

    def held(self, method: str) -> float:
        """Seconds until the method may be called at all: Slack asked to wait, or a call has just failed."""
        return max(0.0, self._of(method).held_until - self.timer())

    def wait(self, method: str, calls: int = 1) -> float:
        """Seconds until a call that can wait may be made."""
        state = self._of(method)
        return max(self.held(method), (calls - state.left) * 60 / A_MINUTE[method])

    def spend(self, method: str) -> None:
        """Record a call."""
        self._of(method).left -= 1

    def worked(self, method: str) -> None:
        self._of(method).failures = 0

    def hold(self, method: str, seconds: float) -> None:
        """Slack asked not to call the method for so long."""
        self._of(method).held_until = self.timer() + seconds

    def failed(self, method: str) -> None:
        """A call failed without a time to wait."""
        state = self._of(method)
        state.held_until = self.timer() + min(FIRST_PAUSE * 2**state.failures, LONGEST_PAUSE)
        state.failures = min(state.failures + 1, 10)

    def _of(self, method: str) -> _Method:
        """The method's bucket, refilled up to now."""
        now, size = self.timer(), A_MINUTE[method] * BURST
        state = self._methods.setdefault(method, _Method(size, now))
        state.left = min(size, state.left + (now - state.at) * A_MINUTE[method] / 60)
        state.at = now
        return state
