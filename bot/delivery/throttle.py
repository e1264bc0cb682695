"""Runs a job again only after a pause, by the group's clock, which a sandbox may move in both directions."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Seldom:
    """Skips the job for this long after each run."""

    every: timedelta
    _done_at: datetime | None = None

    def rests(self, now: datetime) -> bool:
        return self._done_at is not None and abs(now - self._done_at) < self.every

    def done(self, now: datetime) -> None:
        self._done_at = now
