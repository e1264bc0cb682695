"""One delivery from lease to result: rendered from the current state, sent or searched for, and recorded."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.delivery.composing import Composed, Composer, State
from bot.delivery.finder import find
from bot.delivery.lease import count, in_time
from bot.delivery.recording import Recorder
from bot.delivery.sender import delete, open_dm, send
from bot.delivery.types import DeliveryType, DeliveryTypes
from bot.deps import Deps
from bot.domain.anonymity import AUTHORS_ONLY, UNCOUNTED
from bot.domain.deliveries import DeliveryState
from bot.runtime.slack_errors import Outcome, SendStatus
from bot.services import claims, deliveries, people, results, rounds
from bot.services.claims import ClaimedDelivery
from bot.services.results import Records

log = structlog.get_logger()


class Poster:
    """Processes deliveries for the tick. `between` is the time in seconds between two messages in a channel."""

    def __init__(self, deps: Deps, types: DeliveryTypes, records: Records, lease: float, between: float) -> None:
        self.deps = deps
        self.lease = lease
        self._types = types
        self._composer = Composer(deps, types)
        self._recorder = Recorder(deps, types, records, between)

    async def read(self, claimed: Sequence[ClaimedDelivery]) -> State:
        """Read, in one go, what the messages are rendered from, just before they are sent."""
        return await self._composer.read(claimed)

    async def deliver(self, claimed: ClaimedDelivery, state: State) -> None:
        """Process one delivery. The lease is released with the result, whatever happens."""
        kind = self._types.kinds.get(claimed.kind)
        if kind is None:  # planned by an earlier version
            await self._recorder.write(
                claimed, lambda session: results.record_skipped(session, claimed, "nothing sends this any more")
            )
            return
        if claimed.state == DeliveryState.UNCLEAR:
            self._tell("delivery looked for", claimed, await self._look(claimed, kind))
            return
        composed = await self._composer.compose_safely(claimed, kind, state)
        if isinstance(composed, datetime):
            at = composed
            late = claimed.planned_for if kind.late.told else at  # it says so when it comes
            await self._recorder.write(claimed, lambda session: results.record_put_off(session, claimed, at, late))
            return
        if isinstance(composed, str):
            await self._recorder.write(
                claimed, lambda session: self._recorder.skip(session, claimed, kind, state, composed)
            )
            self._tell_skipped(claimed, composed)
            return
        outcome = await in_time(claimed, self.lease, lambda: self._send(claimed, composed))
        await self._recorder.record(claimed, kind, outcome, composed)
        self._tell("delivery", claimed, outcome)

    def _tell(self, event: str, claimed: ClaimedDelivery, outcome: Outcome) -> None:
        """Count and log the result, unless the number or the time would tell who answered how."""
        if claimed.kind not in UNCOUNTED:
            count(self.deps, claimed, outcome)
            answer = outcome.status.value
            log.info(event, **_marks(claimed), outcome=answer, reason=outcome.reason, ts=outcome.ts)

    def _tell_skipped(self, claimed: ClaimedDelivery, reason: str) -> None:
        if claimed.kind not in UNCOUNTED:
            self.deps.metrics.skipped.labels(claimed.kind, reason).inc()
            log.info("delivery skipped", **_marks(claimed), reason=reason)

    # ---- Sending ----

    async def _send(self, claimed: ClaimedDelivery, composed: Composed) -> Outcome:
        channel, message, kind = composed.channel, composed.message, self._types.kinds[claimed.kind]
        if message is None:
            return await delete(self.deps.slack, channel, composed.ts or "")
        if channel == claimed.recipient and channel.startswith(("U", "W")):
            opened = await self._dm(claimed)
            if isinstance(opened, Outcome):
                return opened
            channel = opened
        return await send(
            self.deps.slack, claimed, self._composer.as_sent(claimed, kind, message), channel, composed.ts
        )

    async def _dm(self, claimed: ClaimedDelivery) -> str | Outcome:
        """The direct-message channel with a person, opened once and stored."""
        async with self.deps.sessions.read() as session:
            known = await people.dm_channel_of(session, claimed.workspace, claimed.recipient)
            if known:
                return known
            seconds = await claims.held_for(session, claimed.workspace, "conversations.open")
        if seconds > 0:
            return Outcome(SendStatus.LATER, claims.HELD, seconds)
        outcome = await open_dm(self.deps.slack, claimed.recipient)
        channel = outcome.channel
        if channel is None:
            return outcome
        if claimed.kind not in AUTHORS_ONLY:  # that it is known would tell of what it was opened for
            await self._recorder.write(
                claimed, lambda session: people.remember_dm(session, claimed.workspace, claimed.recipient, channel)
            )
        return channel

    # ---- Looking ----

    async def _look(self, claimed: ClaimedDelivery, kind: DeliveryType) -> Outcome:
        """An unclear post is searched for where history may be read, else a person is asked; it is never repeated on a
        guess."""
        if not kind.asks or claimed.refreshes is not None:
            return await self._not_looked_for(claimed)
        thread = await self._thread(claimed, kind)
        async with self.deps.sessions.read() as session:
            workspace = await people.find_workspace(session, claimed.workspace)
            known = await deliveries.standing_in(session, claimed.workspace, claimed.recipient)
        us = workspace.bot_id if workspace else ""
        outcome = await find(self.deps.slack, claimed, claimed.recipient, thread, us, known)
        found = await self._composer.found(claimed, kind, outcome)
        await self._recorder.write(
            claimed, lambda session: self._recorder.record_look(session, claimed, kind, outcome, found)
        )
        return outcome

    async def _not_looked_for(self, claimed: ClaimedDelivery) -> Outcome:
        now = self.deps.now()
        if claimed.refreshes is None:
            await self._recorder.write(
                claimed, lambda session: results.record_skipped(session, claimed, "not sent again on a guess")
            )
        else:
            await self._recorder.write(
                claimed, lambda session: results.record_retry(session, claimed, "brought up to date again", now)
            )
        return Outcome(SendStatus.UNCLEAR, "not looked for")

    async def _thread(self, claimed: ClaimedDelivery, kind: DeliveryType) -> str | None:
        if not kind.thread_of:
            return None
        async with self.deps.sessions.read() as session:
            found = await rounds.round_of(session, claimed.workspace, claimed.meeting or "")
        return found.thread(*kind.thread_of) if found else None


def _marks(claimed: ClaimedDelivery) -> dict[str, str | int]:
    return {"delivery": claimed.id, "kind": claimed.kind, "workspace": claimed.workspace, "attempt": claimed.attempts}
