"""What is looked at again only after a while, by the clock of the group's world, which may be moved either way."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Seldom:
    """Rests for so long after each time that it was done."""

    every: timedelta
    _done_at: datetime | None = None

    def rests(self, now: datetime) -> bool:
        return self._done_at is not None and abs(now - self._done_at) < self.every

    def done(self, now: datetime) -> None:
        self._done_at = now
