"""Slack's pace, in real time: so many calls a minute and method, one message a second and channel, with a burst."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

TIERS = {1: 20, 2: 20, 3: 50, 4: 100, 5: 300}
"""Calls a minute. Tier 1 is Slack's "1+", generous here as it is there; 5 stands for its special tiers."""

SOLD_ELSEWHERE = {"conversations.history": 1, "conversations.replies": 1}
"""Calls a minute for apps that are sold outside Slack's marketplace, since 2025-05-29."""

POSTS_BURST, POSTS_A_SECOND = 4, 1.0


@dataclass
class Bucket:
    """Holds up to `size` calls and is refilled evenly."""

    size: float
    a_second: float
    left: float
    at: float

    def take(self, now: float) -> float:
        """Take one; 0, or the seconds until there is one again."""
        self.left = min(self.size, self.left + (now - self.at) * self.a_second)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0
        return (1 - self.left) / self.a_second


@dataclass
class Limits:
    timer: Callable[[], float] = time.monotonic
    on: bool = True
    sold_elsewhere: bool = False
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def call(self, method: str, tier: int) -> float:
        """Seconds to wait before this method may be called, 0 for none."""
        calls = SOLD_ELSEWHERE.get(method, TIERS[tier]) if self.sold_elsewhere else TIERS[tier]
        return self._take(method, calls, calls / 60)

    def post(self, channel: str) -> float:
        """The same for one more message in a channel."""
        return self._take(f"#{channel}", POSTS_BURST, POSTS_A_SECOND)

    def _take(self, key: str, size: float, a_second: float) -> float:
        if not self.on:
            return 0
        now = self.timer()
        return self._buckets.setdefault(key, Bucket(size, a_second, size, now)).take(now)
