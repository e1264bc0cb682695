"""At the start and once a day: checks whether planned meetings still match their wall-clock times, and moves them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.delivery.planning import BROKEN
from bot.delivery.throttle import Seldom
from bot.deps import Deps
from bot.domain import tzdata_fingerprint
from bot.services import timezone_moves

log = structlog.get_logger()

EVERY = timedelta(days=1)
LOOKED_AT, AT_ONCE = 1000, 20


@dataclass
class TimezoneReschedule:
    """Checks time-zone rules for a few groups at a time."""

    deps: Deps
    _seldom: Seldom = field(default_factory=lambda: Seldom(EVERY))
    _waiting: list[tuple[str, str]] = field(default_factory=list)
    _broken: set[str] = field(default_factory=set)

    async def look(self) -> int:
        """Reschedule a limited number of groups whose zone has new rules; returns how many."""
        now = self.deps.now()
        if not self._waiting and not await self._find(now):
            return 0
        some, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        for workspace, group in some:
            await self._place(workspace, group, now)
        return len(some)

    async def _find(self, now: datetime) -> bool:
        """Whether there are such groups, if it is time to check."""
        if self._seldom.rests(now):
            return False
        tzdata_fingerprint.read_anew()
        async with self.deps.sessions.read() as session:
            self._waiting = await timezone_moves.out_of_place(session, LOOKED_AT, self._broken)
        if not self._waiting:
            self._seldom.done(now)
            self._broken.clear()
        return bool(self._waiting)

    async def _place(self, workspace: str, group: str, now: datetime) -> None:
        try:
            async with self.deps.sessions.behind() as session:
                moved = await timezone_moves.place_anew(session, workspace, group, now)
        except BROKEN:
            self._broken.add(group)  # it holds up no other; looked at again the next time
            log.exception("group could not be placed anew", group=group)
        else:
            log.info("placed by the zone's present rules", group=group, moved=moved)
