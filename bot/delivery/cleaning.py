"""One message to settle in Slack, from the lease until its record goes (`bot.services.cleanup`)."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.attempt import hold, in_time, pause_after, write_down
from bot.delivery.sender import GONE, Answer, Outcome, open_dm, send
from bot.deps import Deps
from bot.services import claiming, cleanup, deliveries, outcomes
from bot.services.claiming import Owed
from bot.services.cleanup import Face
from bot.services.outcomes import Records
from handlers.views import quiet
from handlers.views.kit import Message

log = structlog.get_logger()


@dataclass(frozen=True)
class Cleaner:
    """Does one of them at a time for a tick. Neither logs nor figures tell that there was any: who got such a message
    is nobody's business."""

    deps: Deps
    records: Records
    lease: float

    async def deliver(self, owed: Owed) -> None:
        """Do it, whatever comes of it. Doing it twice does it once, but for a new message, which is not repeated."""
        if (owed.operation != "post" and not owed.sent_ts) or (owed.operation == "post" and owed.state == "unclear"):
            await write_down(self.records, owed, lambda session: cleanup.give_up(session, owed))
            return
        message = await self._compose(owed)
        outcome = await in_time(owed, self.lease, lambda: self._send(owed, message))
        await write_down(self.records, owed, lambda session: self._record(session, owed, outcome))
        if outcome.answer is Answer.STOP_ALL:
            log.warning("workspace stopped", workspace=owed.workspace, reason=outcome.reason)

    async def _compose(self, owed: Owed) -> Message:
        async with self.deps.sessions.read() as session:
            name = await cleanup.name_of(session, owed.group)
        return quiet.build_end(Face(owed.subject or Face.OVER), name)

    async def _send(self, owed: Owed, message: Message) -> Outcome:
        if owed.operation != "post":
            return await send(self.deps.slack, owed, message, owed.sent_channel or "", owed.sent_ts)
        async with self.deps.sessions.read() as session:
            seconds = await claiming.held_for(session, owed.workspace, "conversations.open")
        if seconds > 0:
            return Outcome(Answer.LATER, claiming.HELD, seconds)
        opened = await open_dm(self.deps.slack, owed.recipient)
        return await send(self.deps.slack, owed, message, opened.channel, None) if opened.channel else opened

    async def _record(self, session: AsyncSession, owed: Owed, outcome: Outcome) -> None:
        now = self.deps.now()
        await hold(session, owed, outcome)
        again = now + timedelta(seconds=outcome.seconds if outcome.held else pause_after(owed, outcome.seconds or 1))
        match outcome.answer:
            case Answer.YES:
                await cleanup.settled(session, owed, outcome.channel, outcome.ts, now)
            case Answer.LATER:
                await outcomes.record_retry(session, owed, outcome.reason, again)
            case Answer.UNCLEAR if owed.operation != "post":
                await outcomes.record_retry(session, owed, outcome.reason, again)
            case Answer.STOP_ALL:
                await outcomes.record_retry(session, owed, outcome.reason, again)
                await deliveries.stop_workspace(session, owed.workspace, outcome.reason)
            case Answer.REFUSED if owed.operation == "update" and not outcome.reason.endswith(GONE):
                await cleanup.delete_instead(session, owed, now)
            case _:
                await cleanup.give_up(session, owed)
