"""The tick: does what time has made due, plans, claims what is owed under a lease, sends it, and records."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.kinds import KINDS
from bot.delivery.pace import POST, Pace
from bot.delivery.planning import plan_group
from bot.delivery.registry import Kind, Situation
from bot.delivery.sender import Answer, Outcome, find, open_dm, send
from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.services import agendas, closing, deliveries, handovers, people, rounds
from bot.services.deliveries import Owed
from handlers.views.kit import Message

log = structlog.get_logger()

AT_ONCE = 20
MOST_ATTEMPTS = 10
LOOKS = 2
LOOK_AGAIN = timedelta(seconds=3)
"""History may lag behind a post, so an unclear one is looked for twice, after a pause (design.md)."""

LONG = 30.0
"""Seconds that the tick's own transactions may take; nobody waits for them."""


def method_of(owed: Owed) -> str:
    """Slack's method for it, which has limits of its own."""
    return "chat.update" if owed.operation == "update" else POST


@dataclass
class Tick:
    """One process's share of the sending. Several may run on one database.

    `tell` hears what is due next whenever that has changed (a sandbox shows it).
    """

    deps: Deps
    lease_seconds: float
    pace: Pace
    tell: Callable[[datetime | None], Awaitable[None]] | None = None
    owner: str = field(default_factory=lambda: uuid4().hex)
    _told: datetime | None = None
    _broken: set[str] = field(default_factory=set)
    _running: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def settle(self) -> datetime | None:
        """Do everything that is due now, and say when there is something to do next."""
        async with self._running:
            while await self._round():
                pass
        async with self.deps.sessions.read() as session:
            return await deliveries.next_due(session)

    async def run(self) -> None:
        """What the scheduler calls. A database that is away for a moment is not the end: the next tick tries again."""
        try:
            next_due = await self.settle()
        except (DomainError, SQLAlchemyError) as error:
            log.warning("tick failed", error=type(error).__name__)
            return
        except Exception:  # whatever is broken, the next tick has to come
            log.exception("tick broken")
            return
        if self.tell is not None and next_due != self._told:
            self._told = next_due
            await self.tell(next_due)

    async def settle_surely(self) -> datetime | None:
        """`settle`, tried again until the database is there."""
        while True:
            try:
                return await self.settle()
            except (DomainError, SQLAlchemyError) as error:
                log.warning("tick failed", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _round(self) -> bool:
        """One pass; whether there was anything to do."""
        stepped = await self._step()
        owed = await self._claim()
        if owed:
            await asyncio.gather(*(self._in_turn(one) for one in owed))
        return bool(stepped or owed)

    async def _step(self) -> int:
        """What time has made due, group by group, so that a broken one holds up no other; how many groups."""
        now = self.deps.now()
        async with self.deps.sessions.read() as session:
            groups = await deliveries.groups_to_advance(session, now, AT_ONCE, self._broken)
        for workspace, group in groups:
            try:
                await self._advance(workspace, group, now)
            except (LookupError, TypeError, ValueError):
                self._broken.add(group)  # until this process is started anew
                log.exception("group broken", group=group)
        return len(groups)

    async def _advance(self, workspace: str, group: str, now: datetime) -> None:
        async with self.deps.sessions.begin(LONG) as session:
            await rounds.group_by_id(session, workspace, group)  # from here on it is ours alone
            closed = await closing.close_due(session, group, now)
            await agendas.mark_posted_due(session, group, now)
            await handovers.hand_over_due(session, self.deps.asker, group, now)
            erased = await closing.erase_unreviewed(session, group, now)
            await session.flush()
            await plan_group(session, workspace, group, now)
        if closed or erased:
            await self.deps.sessions.forget()

    async def _claim(self) -> list[Owed]:
        async with self.deps.sessions.begin(LONG) as session:
            return await deliveries.claim(session, self.owner, self.lease_seconds, AT_ONCE, self.deps.now())

    async def _in_turn(self, owed: Owed) -> None:
        async with self.pace.turn(owed.recipient):
            if (seconds := self.pace.held_for(owed.workspace, method_of(owed))) > 0:
                # Not waited for here: it may be minutes, and others' messages are behind this one.
                await self._put_off(owed, seconds)
                return
            await self._deliver(owed)

    async def _put_off(self, owed: Owed, seconds: float) -> None:
        async with self.deps.sessions.begin(LONG) as session:
            at = self.deps.now() + timedelta(seconds=seconds)
            if owed.state == "unclear":
                await deliveries.record_unclear(session, owed, "Slack asked to wait", at)
            else:
                await deliveries.record_retry(session, owed, "Slack asked to wait", at)

    async def _deliver(self, owed: Owed) -> None:
        kind = KINDS[owed.kind]
        if owed.state == "unclear":
            await self._look(owed, kind)
            return
        try:
            composed = await self._compose(owed, kind)
        except (LookupError, TypeError, ValueError) as error:
            log.exception("composing broken", delivery=owed.id, kind=owed.kind)
            async with self.deps.sessions.begin(LONG) as session:
                await deliveries.record_failed(session, owed, f"it could not be composed: {type(error).__name__}")
            return
        if isinstance(composed, str):
            async with self.deps.sessions.begin(LONG) as session:
                await deliveries.record_skipped(session, owed, composed)
            log.info("delivery skipped", delivery=owed.id, kind=owed.kind, reason=composed)
            return
        message, channel, ts = composed
        outcome = await self._send(owed, message, channel, ts)
        await self._record(owed, kind, outcome)

    async def _compose(self, owed: Owed, kind: Kind) -> tuple[Message, str, str | None] | str:
        """Message, channel and (for an update) the message to bring up to date; or the reason to skip it."""
        now = self.deps.now()
        if owed.expires_at is not None and owed.expires_at <= now:
            return "too late: it had become pointless"
        async with self.deps.sessions.read() as session:
            found = await rounds.round_of(session, owed.workspace, owed.meeting or "")
            if found is None:
                return "its meeting is gone"
            situation = Situation(session, found, owed, now, self.deps.asker.chooser)
            reason = kind.useful(situation) or kind.late(situation, now - owed.due_at)
            if reason:
                return reason
            message = await kind.compose(situation)
        if kind.updates is None:
            return message, owed.recipient, None
        standing = found.post(kind.updates)
        if standing is None or not standing.ts:
            return "the message to bring up to date is not known"
        return message, standing.channel, standing.ts

    async def _send(self, owed: Owed, message: Message, channel: str, ts: str | None) -> Outcome:
        method = method_of(owed)
        await self.pace.wait(method, channel)
        if channel == owed.recipient and channel.startswith(("U", "W")):
            opened = await self._dm(owed)
            if isinstance(opened, Outcome):
                return opened
            channel = opened
        outcome = await send(self.deps.slack, owed, message, channel, ts)
        if outcome.answer is Answer.LATER:
            self.pace.hold(owed.workspace, method, outcome.seconds)
        return outcome

    async def _dm(self, owed: Owed) -> str | Outcome:
        """The DM channel with a person, opened once and remembered."""
        async with self.deps.sessions.read() as session:
            known = await people.dm_channel_of(session, owed.workspace, owed.recipient)
        if known:
            return known
        outcome = await open_dm(self.deps.slack, owed.recipient)
        if outcome.channel is None:
            return outcome
        async with self.deps.sessions.begin(LONG) as session:
            await people.remember_dm(session, owed.workspace, owed.recipient, outcome.channel)
        return outcome.channel

    async def _record(self, owed: Owed, kind: Kind, outcome: Outcome) -> None:
        now = self.deps.now()
        async with self.deps.sessions.begin(LONG) as session:
            match outcome.answer:
                case Answer.YES:
                    await deliveries.record_sent(session, owed, outcome.channel, outcome.ts, now)
                case Answer.LATER if owed.attempts < MOST_ATTEMPTS:
                    await deliveries.record_retry(
                        session, owed, outcome.reason, now + timedelta(seconds=outcome.seconds)
                    )
                case Answer.UNCLEAR if kind.updates is not None and owed.attempts < MOST_ATTEMPTS:
                    # Saying the same again in the same place changes nothing.
                    await deliveries.record_retry(session, owed, outcome.reason, now + timedelta(seconds=owed.attempts))
                case Answer.UNCLEAR if kind.asks:
                    await deliveries.record_unclear(session, owed, outcome.reason, now)
                case Answer.UNCLEAR:
                    # A DM is not sent again on a guess: what it says stands on Home and behind /collab too.
                    await deliveries.record_skipped(session, owed, f"{outcome.reason}; not sent again on a guess")
                case Answer.STOP:
                    await self._stop(session, owed, outcome.reason)
                case _:
                    await deliveries.record_failed(session, owed, outcome.reason)
        log.info("delivery", delivery=owed.id, kind=owed.kind, outcome=outcome.answer.value, reason=outcome.reason)

    async def _stop(self, session: AsyncSession, owed: Owed, reason: str) -> None:
        if owed.recipient.startswith(("U", "W")):
            await deliveries.record_failed(session, owed, reason)
            return
        await deliveries.record_withdrawn(session, owed, reason)
        await deliveries.stop_group(session, owed.group, reason)

    async def _thread(self, owed: Owed, kind: Kind) -> str | None:
        if kind.thread_of is None:
            return None
        async with self.deps.sessions.read() as session:
            found = await rounds.round_of(session, owed.workspace, owed.meeting or "")
        return found.thread(kind.thread_of) if found else None

    async def _look(self, owed: Owed, kind: Kind) -> None:
        """An unclear post is looked up where history may be read, asked about where not, never guessed."""
        now = self.deps.now()
        if not kind.asks:
            reason = "not sent again on a guess" if kind.updates is None else None
            async with self.deps.sessions.begin(LONG) as session:
                if reason:
                    await deliveries.record_skipped(session, owed, reason)
                else:
                    await deliveries.record_retry(session, owed, "brought up to date again", now)
            return
        outcome = await find(self.deps.slack, owed, owed.recipient, await self._thread(owed, kind))
        async with self.deps.sessions.begin(LONG) as session:
            match outcome.answer:
                case Answer.YES:
                    await deliveries.record_sent(session, owed, outcome.channel, outcome.ts, now)
                case Answer.LATER if outcome.seconds:
                    await deliveries.record_unclear(
                        session, owed, outcome.reason, now + timedelta(seconds=outcome.seconds)
                    )
                case Answer.LATER if owed.looks + 1 < LOOKS:
                    await deliveries.record_look(session, owed, now + LOOK_AGAIN)
                case Answer.LATER:
                    await deliveries.record_retry(session, owed, "looked for twice and not there", now)
                case Answer.UNCLEAR:
                    await deliveries.record_unclear(session, owed, outcome.reason, now + LOOK_AGAIN)
                case _:
                    await deliveries.record_asked(session, owed)
        log.info("delivery looked for", delivery=owed.id, kind=owed.kind, outcome=outcome.answer.value)
