"""Groups whose rows don't fit together are left alone for a while, longer each time, so that they hold up no other."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import Gauge

FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
"""How long a group is left alone: at first, and at most, after twice as long each time."""


@dataclass
class GroupBackoff:
    """One process's knowledge of them, by group. `gauge` shows how many there are."""

    gauge: Gauge
    _pauses: dict[str, timedelta] = field(default_factory=dict)
    _until: dict[str, datetime] = field(default_factory=dict)

    def resting(self, now: datetime) -> set[str]:
        """Those that are not to be looked at now. A clock that was set back keeps none of them for longer."""
        return {group for group, until in self._until.items() if now < until <= now + self._pauses[group]}

    def add(self, group: str, now: datetime) -> None:
        """It was found broken, perhaps once more."""
        pause = min(self._pauses.get(group, FIRST / 2) * 2, LONGEST)
        self._pauses[group], self._until[group] = pause, now + pause
        self.gauge.set(len(self._until))

    def keep(self, groups: Collection[str]) -> None:
        """Only these may be broken still: in the others nothing is left to be done, or they are gone."""
        for group in self._until.keys() - groups:
            del self._until[group], self._pauses[group]
        self.gauge.set(len(self._until))
