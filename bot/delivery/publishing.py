"""One screen of one person from the lease to the record: drawn from the state now, published if it is another one."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.attempt import count, hold, in_time, pause_after, write_down
from bot.delivery.kinds import SCREENS
from bot.delivery.registry import Picture, Screen
from bot.delivery.sender import Answer, Outcome, publish
from bot.deps import Deps
from bot.services import deliveries, outcomes
from bot.services.claiming import Owed
from bot.services.outcomes import Records

log = structlog.get_logger()

SAME = "it would show the same"
NOBODY = "nobody looks at it any more"


@dataclass(frozen=True)
class Publisher:
    """Does one delivery at a time for a tick, as `Poster` does.

    Publishing the same twice changes nothing, so an unclear one is simply done again. Its log lines name no delivery:
    when somebody's screen changed is nobody else's business.
    """

    deps: Deps
    records: Records
    lease: float

    async def deliver(self, owed: Owed) -> None:
        """Do it, whatever comes of it; the lease is given back with the record."""
        screen = SCREENS[owed.kind]
        try:
            picture = await self._draw(owed, screen)
        except (LookupError, TypeError, ValueError) as error:
            log.exception("drawing broken", kind=owed.kind)
            reason = f"it could not be drawn: {type(error).__name__}"
            await write_down(self.records, owed, lambda session: outcomes.record_failed(session, owed, reason))
            return
        if picture is None or picture.shown == picture.before:
            await self._skip(owed, screen, picture)
            return
        outcome = await in_time(owed, self.lease, lambda: publish(self.deps.slack, owed.recipient, picture.view))
        await write_down(self.records, owed, lambda session: self._record(session, owed, picture, outcome))
        count(self.deps, owed, outcome)
        if outcome.answer is not Answer.YES:
            log.info("not published", kind=owed.kind, outcome=outcome.answer.value, reason=outcome.reason)

    async def _draw(self, owed: Owed, screen: Screen) -> Picture | None:
        async with self.deps.sessions.read() as session:
            return await screen.draw(session, owed, self.deps.now())

    async def _skip(self, owed: Owed, screen: Screen, picture: Picture | None) -> None:
        reason = SAME if picture else NOBODY

        async def write(session: AsyncSession) -> None:
            if picture:
                await screen.keep(session, owed, picture, self.deps.now())
            await outcomes.record_skipped(session, owed, reason)

        await write_down(self.records, owed, write)
        self.deps.metrics.skipped.labels(owed.kind, reason).inc()

    async def _record(self, session: AsyncSession, owed: Owed, picture: Picture, outcome: Outcome) -> None:
        screen, now = SCREENS[owed.kind], self.deps.now()
        await hold(session, owed, outcome)
        match outcome.answer:
            case Answer.YES:
                await screen.keep(session, owed, picture, now)
                await outcomes.record_sent(session, owed, None, None, now)
            case Answer.LATER | Answer.UNCLEAR:
                pause = outcome.seconds if outcome.held else pause_after(owed, outcome.seconds or 1)
                await outcomes.record_retry(session, owed, outcome.reason, now + timedelta(seconds=pause))
            case Answer.STOP_ALL:
                await outcomes.record_withdrawn(session, owed, outcome.reason)
                await deliveries.stop_workspace(session, owed.workspace, outcome.reason)
            case _:
                await screen.forget(session, owed)
                await outcomes.record_failed(session, owed, outcome.reason)
