"""One message to settle in Slack, from the lease until its record goes (`bot.services.message_cleanup`)."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.lease import hold, in_time, pause_after, write_down
from bot.delivery.message import Message
from bot.delivery.sender import GONE, delete, open_dm, send
from bot.delivery.types import DeliveryTypes
from bot.deps import Deps
from bot.domain.deliveries import DeliveryState, Operation
from bot.runtime.slack_errors import Outcome, SendStatus
from bot.services import claims, deliveries, message_cleanup, results
from bot.services.claims import ClaimedDelivery
from bot.services.message_cleanup import Face
from bot.services.results import Records

log = structlog.get_logger()


@dataclass(frozen=True)
class MessageCleanup:
    """Settles one such message at a time for the tick. Neither metrics nor logs show that there was one: who received
    it is private."""

    deps: Deps
    records: Records
    lease: float
    types: DeliveryTypes

    async def deliver(self, claimed: ClaimedDelivery) -> None:
        """Process one. Doing it again has no further effect, except for a new message, which is not repeated."""
        if (claimed.operation != Operation.POST and not claimed.sent_ts) or (
            claimed.operation == Operation.POST and claimed.state == DeliveryState.UNCLEAR
        ):
            await write_down(self.records, claimed, lambda session: message_cleanup.give_up(session, claimed))
            return
        message = await self._compose(claimed)
        outcome = await in_time(claimed, self.lease, lambda: self._send(claimed, message))
        await write_down(self.records, claimed, lambda session: self._record(session, claimed, outcome))
        if outcome.status is SendStatus.STOP_ALL:
            log.warning("workspace stopped", workspace=claimed.workspace, reason=outcome.reason)

    async def _compose(self, claimed: ClaimedDelivery) -> Message:
        async with self.deps.sessions.read() as session:
            name = await message_cleanup.name_of(session, claimed.group)
        return self.types.render_settled(Face(claimed.arguments.get("face", Face.OVER)), name)

    async def _send(self, claimed: ClaimedDelivery, message: Message) -> Outcome:
        channel, ts = claimed.sent_channel or "", claimed.sent_ts or ""
        if claimed.operation == Operation.DELETE:
            return await delete(self.deps.slack, channel, ts)
        if claimed.operation == Operation.UPDATE:
            return await send(self.deps.slack, claimed, message, channel, ts)
        async with self.deps.sessions.read() as session:
            seconds = await claims.held_for(session, claimed.workspace, "conversations.open")
        if seconds > 0:
            return Outcome(SendStatus.LATER, claims.HELD, seconds)
        opened = await open_dm(self.deps.slack, claimed.recipient)
        return await send(self.deps.slack, claimed, message, opened.channel, None) if opened.channel else opened

    async def _record(self, session: AsyncSession, claimed: ClaimedDelivery, outcome: Outcome) -> None:
        now = self.deps.now()
        await hold(session, claimed, outcome)
        again = now + timedelta(seconds=outcome.seconds if outcome.held else pause_after(claimed, outcome.seconds or 1))
        match outcome.status:
            case SendStatus.YES:
                await message_cleanup.settled(session, claimed, outcome.channel, outcome.ts, now)
            case SendStatus.LATER:
                await results.record_retry(session, claimed, outcome.reason, again)
            case SendStatus.UNCLEAR if claimed.operation != Operation.POST:
                await results.record_retry(session, claimed, outcome.reason, again)
            case SendStatus.STOP_ALL:
                await results.record_retry(session, claimed, outcome.reason, again)
                await deliveries.stop_workspace(session, claimed.workspace, outcome.reason)
            case SendStatus.REFUSED if claimed.operation == Operation.UPDATE and not outcome.reason.endswith(GONE):
                await message_cleanup.delete_instead(session, claimed, now)
            case _:
                await message_cleanup.give_up(session, claimed)
