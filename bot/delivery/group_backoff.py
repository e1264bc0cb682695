"""Back-off for groups whose rows are inconsistent: each failure doubles the pause, so that they do not block others."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import Gauge

FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
"""The first pause, and the longest; each failure doubles it."""


@dataclass
class GroupBackoff:
    """Which groups failed, in this process. `gauge` shows how many."""

    gauge: Gauge
    _pauses: dict[str, timedelta] = field(default_factory=dict)
    _until: dict[str, datetime] = field(default_factory=dict)

    def resting(self, now: datetime) -> set[str]:
        """The groups to skip now. If the clock was set back, no group is skipped for longer than its pause."""
        return {group for group, until in self._until.items() if now < until <= now + self._pauses[group]}

    def add(self, group: str, now: datetime) -> None:
        """Record a failure."""
        pause = min(self._pauses.get(group, FIRST / 2) * 2, LONGEST)
        self._pauses[group], self._until[group] = pause, now + pause
        self.gauge.set(len(self._until))

    def keep(self, groups: Collection[str]) -> None:
        """Forget all groups but these: the others have nothing left to do, or are gone."""
        for group in self._until.keys() - groups:
            del self._until[group], self._pauses[group]
        self.gauge.set(len(self._until))
