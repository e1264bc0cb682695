"""Once an hour: erases answers that are older than the retention time."""

from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.delivery.throttle import Seldom
from bot.deps import Deps
from bot.services import retention

log = structlog.get_logger()

EVERY = timedelta(hours=1)


@dataclass
class RetentionJob:
    """Erases a limited number of answers at a time. `days` None: answers are kept for ever."""

    deps: Deps
    days: int | None
    _seldom: Seldom = field(default_factory=lambda: Seldom(EVERY))

    async def look(self) -> int:
        """Erase a limited number of expired answers; returns how many."""
        now = self.deps.now()
        if self.days is None or self._seldom.rests(now):
            return 0
        async with self.deps.sessions.behind() as session:
            gone = await retention.erase_older(session, now.date() - timedelta(days=self.days), now)
        if gone:
            log.info("kept for long enough", erased=gone)
        else:
            self._seldom.done(now)
        return gone
