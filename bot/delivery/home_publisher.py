"""One view of one person, from lease to result: rendered from the current state, published if it differs."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.lease import count, hold, in_time, pause_after, write_down
from bot.delivery.sender import publish
from bot.delivery.types import DeliveryTypes, RenderedView, Screen
from bot.deps import Deps
from bot.runtime.slack_errors import Outcome, SendStatus
from bot.services import deliveries, results
from bot.services.claims import ClaimedDelivery
from bot.services.results import Records

log = structlog.get_logger()

SAME = "it would show the same"
NOBODY = "nobody looks at it any more"


@dataclass(frozen=True)
class HomePublisher:
    """Publishes one view at a time for the tick, as `Poster` posts messages.

    Publishing is idempotent, so an unclear call is simply repeated. Log lines do not name the delivery: when
    somebody's view changed is private.
    """

    deps: Deps
    records: Records
    lease: float
    types: DeliveryTypes

    async def deliver(self, claimed: ClaimedDelivery) -> None:
        """Process one delivery. The lease is released with the result, whatever happens."""
        screen = self.types.screens[claimed.kind]
        try:
            rendered = await self._draw(claimed, screen)
        except (LookupError, TypeError, ValueError) as error:
            log.exception("drawing broken", kind=claimed.kind)
            reason = f"it could not be drawn: {type(error).__name__}"
            await write_down(self.records, claimed, lambda session: results.record_failed(session, claimed, reason))
            return
        if rendered is None or rendered.shown == rendered.before:
            await self._skip(claimed, screen, rendered)
            return
        outcome = await in_time(claimed, self.lease, lambda: publish(self.deps.slack, claimed.recipient, rendered.view))
        await write_down(self.records, claimed, lambda session: self._record(session, claimed, rendered, outcome))
        count(self.deps, claimed, outcome)
        if outcome.status is not SendStatus.YES:
            log.info("not published", kind=claimed.kind, outcome=outcome.status.value, reason=outcome.reason)

    async def _draw(self, claimed: ClaimedDelivery, screen: Screen) -> RenderedView | None:
        async with self.deps.sessions.read() as session:
            return await screen.draw(session, claimed, self.deps.plugged, self.deps.now())

    async def _skip(self, claimed: ClaimedDelivery, screen: Screen, rendered: RenderedView | None) -> None:
        reason = SAME if rendered else NOBODY

        async def write(session: AsyncSession) -> None:
            if rendered:
                await screen.keep(session, claimed, rendered, self.deps.now())
            await results.record_skipped(session, claimed, reason)

        await write_down(self.records, claimed, write)
        self.deps.metrics.skipped.labels(claimed.kind, reason).inc()

    async def _record(
        self, session: AsyncSession, claimed: ClaimedDelivery, rendered: RenderedView, outcome: Outcome
    ) -> None:
        screen, now = self.types.screens[claimed.kind], self.deps.now()
        await hold(session, claimed, outcome)
        match outcome.status:
            case SendStatus.YES:
                await screen.keep(session, claimed, rendered, now)
                await results.record_sent(session, claimed, None, None, now)
            case SendStatus.LATER | SendStatus.UNCLEAR:
                pause = outcome.seconds if outcome.held else pause_after(claimed, outcome.seconds or 1)
                await results.record_retry(session, claimed, outcome.reason, now + timedelta(seconds=pause))
            case SendStatus.STOP_ALL:
                await results.record_withdrawn(session, claimed, outcome.reason)
                await deliveries.stop_workspace(session, claimed.workspace, outcome.reason)
            case _:
                await screen.forget(session, claimed)
                await results.record_failed(session, claimed, outcome.reason)
