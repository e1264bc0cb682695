"""One delivery from lease to result: rendered from the current state, sent or searched for, and recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.finder import find
from bot.delivery.lateness import TOLD_FROM
from bot.delivery.lease import count, hold, in_time, pause_after, write_down
from bot.delivery.message import Message
from bot.delivery.sender import OF_PERSON, open_dm, send
from bot.delivery.types import DeliveryType, DeliveryTypes, NothingToSend, RenderContext
from bot.deps import Deps
from bot.domain.anonymity import AUTHORS_ONLY, UNCOUNTED
from bot.domain.cadence import local
from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.errors import DomainError
from bot.domain.personal_hours import put_off
from bot.domain.rounds import Round
from bot.domain.timetable import LEAST_TO_ANSWER, next_morning
from bot.runtime.slack_errors import OF_CHANNEL, OF_WORKSPACE, Outcome, SendStatus
from bot.services import claims, deliveries, people, preferences, private_answers, results, rounds
from bot.services.claims import ClaimedDelivery
from bot.services.groups import want_plan
from bot.services.results import Records, Write

log = structlog.get_logger()

STOPPED = {*OF_CHANNEL.values(), *OF_WORKSPACE.values()}
"""The reason why a group was stopped while the app was installed."""

Composed = tuple[Message, str, str | None]
"""A message, its channel, and the message there that it replaces."""

LOOKS = 2
LOOK_AGAIN = timedelta(seconds=3)
"""History may lag behind a post, so an unclear post is searched for twice, with a pause (design.md)."""


SOME_WEEKS = timedelta(days=14)


@dataclass(frozen=True)
class State:
    """The rounds of the claimed deliveries by meeting, read together. Missing ones are read one by one."""

    at: datetime
    rounds: Mapping[str, Round]


class Poster:
    """Processes deliveries for the tick. `between` is the time in seconds between two messages in a channel."""

    def __init__(self, deps: Deps, types: DeliveryTypes, records: Records, lease: float, between: float) -> None:
        self.deps = deps
        self.lease = lease
        self.between = between
        self._records = records
        self._types = types

    async def read(self, claimed: Sequence[ClaimedDelivery]) -> State:
        """Read, in one go, what the messages are rendered from, just before they are sent."""
        at, wanted = self.deps.now(), {(one.workspace, one.meeting) for one in claimed if one.meeting}
        if not wanted:
            return State(at, {})
        try:
            async with self.deps.sessions.read() as session:
                return State(at, await rounds.rounds_of(session, wanted))
        except (DomainError, SQLAlchemyError, LookupError, TypeError, ValueError):
            return State(at, {})  # each reads its own, so that a broken one holds up no other

    async def deliver(self, claimed: ClaimedDelivery, state: State) -> None:
        """Process one delivery. The lease is released with the result, whatever happens."""
        kind = self._types.kinds.get(claimed.kind)
        if kind is None:  # planned by an earlier version
            await self._write(
                claimed, lambda session: results.record_skipped(session, claimed, "nothing sends this any more")
            )
            return
        if claimed.state == DeliveryState.UNCLEAR:
            self._tell("delivery looked for", claimed, await self._look(claimed, kind))
            return
        composed = await self._compose_safely(claimed, kind, state)
        if isinstance(composed, datetime):
            at = composed
            late = claimed.planned_for if kind.late.told else at  # it says so when it comes
            await self._write(claimed, lambda session: results.record_put_off(session, claimed, at, late))
            return
        if isinstance(composed, str):
            await self._write(claimed, lambda session: self._skip(session, claimed, composed))
            self._tell_skipped(claimed, composed)
            return
        outcome = await in_time(claimed, self.lease, lambda: self._send(claimed, *composed))
        await self._record(claimed, kind, outcome, state.at, composed[0].shows)
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

    async def _write(self, claimed: ClaimedDelivery, write: Write) -> None:
        await write_down(self._records, claimed, write)

    async def _skip(self, session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
        await results.record_skipped(session, claimed, reason)
        if reason == deliveries.TOO_LATE:  # some things have another time
            await want_plan(session, claimed.group)

    # ---- Composing ----

    async def _compose_safely(
        self, claimed: ClaimedDelivery, kind: DeliveryType, state: State
    ) -> Composed | datetime | str:
        try:
            return await self._compose(claimed, kind, state)
        except NothingToSend as reason:
            return str(reason)
        except (LookupError, TypeError, ValueError) as error:
            log.exception("composing broken", delivery=claimed.id, kind=claimed.kind)
            return f"it could not be composed: {type(error).__name__}"

    async def _compose(self, claimed: ClaimedDelivery, kind: DeliveryType, state: State) -> Composed | datetime | str:
        """What to send; or until when it waits for its recipient's hours; or the reason to skip it."""
        now = self.deps.now()
        if claimed.expires_at is not None and claimed.expires_at <= now:
            return deliveries.TOO_LATE
        async with self.deps.sessions.read() as session:
            meeting = claimed.meeting or ""
            found = state.rounds.get(meeting) or await rounds.round_of(session, claimed.workspace, meeting)
            if found is None:
                return "its meeting is gone"
            context = RenderContext(session, found, claimed, now, self.deps.questions.chooser)
            reason = kind.useful(context) or await kind.still_wanted(context)
            if reason:
                return reason
            later = await _waits(context, kind)
            if later is not None:
                return deliveries.TOO_LATE if claimed.expires_at is not None and claimed.expires_at <= later else later
            message = await kind.compose(context)
        if kind.late.told and now - claimed.planned_for >= TOLD_FROM:
            # A message that was searched for or asked about, or whose channel was stopped, waited for
            # that reason.
            out_of_reach = claimed.looks == 0 and claimed.reason not in STOPPED
            message = self._types.say_late(message, out_of_reach=out_of_reach)
        return _placed(message, claimed, kind, found)

    # ---- Sending ----

    async def _send(self, claimed: ClaimedDelivery, message: Message, channel: str, ts: str | None) -> Outcome:
        if channel == claimed.recipient and channel.startswith(("U", "W")):
            opened = await self._dm(claimed)
            if isinstance(opened, Outcome):
                return opened
            channel = opened
        return await send(self.deps.slack, claimed, message, channel, ts)

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
            await self._write(
                claimed, lambda session: people.remember_dm(session, claimed.workspace, claimed.recipient, channel)
            )
        return channel

    # ---- Recording ----

    async def _record(
        self,
        claimed: ClaimedDelivery,
        kind: DeliveryType,
        outcome: Outcome,
        composed_at: datetime,
        shows: Sequence[str],
    ) -> None:
        async def write(session: AsyncSession) -> None:
            await self._record_in(session, claimed, kind, outcome)
            if outcome.status in {
                SendStatus.YES,
                SendStatus.UNCLEAR,
            }:  # where Slack gave no answer, they may have read it
                await private_answers.mark_shown(session, shows)
            if outcome.status is SendStatus.YES and kind.late.merged:
                await results.record_merged(session, claimed, composed_at)

        await self._write(claimed, write)

    async def _record_in(
        self, session: AsyncSession, claimed: ClaimedDelivery, kind: DeliveryType, outcome: Outcome
    ) -> None:
        now = self.deps.now()
        await hold(session, claimed, outcome)
        match outcome.status:
            case SendStatus.YES:
                await self._sent(session, claimed, outcome)
            case SendStatus.LATER:
                pause = outcome.seconds if outcome.held else pause_after(claimed, outcome.seconds)
                await results.record_retry(session, claimed, outcome.reason, now + timedelta(seconds=pause))
            case SendStatus.UNCLEAR if kind.updates is not None:
                # Updating a message to the same content changes nothing.
                at = now + timedelta(seconds=pause_after(claimed, 1))
                await results.record_retry(session, claimed, outcome.reason, at)
            case SendStatus.UNCLEAR if kind.asks:
                await results.record_unclear(session, claimed, outcome.reason, now)
            case SendStatus.UNCLEAR:
                # A direct message is not sent again on a guess: its content is on Home and behind
                # /collab, too.
                await results.record_skipped(session, claimed, f"{outcome.reason}; not sent again on a guess")
            case SendStatus.STOP | SendStatus.STOP_ALL:
                await self._stop(session, claimed, outcome)
            case _:
                await results.record_failed(session, claimed, outcome.reason)

    async def _sent(self, session: AsyncSession, claimed: ClaimedDelivery, outcome: Outcome) -> None:
        # Slack limits updates by method only, posts by channel, too.
        between = self.between if claimed.operation == Operation.POST else 0
        await results.record_sent(session, claimed, outcome.channel, outcome.ts, self.deps.now(), between)
        if claimed.kind in self._types.leading:
            await want_plan(session, claimed.group)

    async def _stop(self, session: AsyncSession, claimed: ClaimedDelivery, outcome: Outcome) -> None:
        if outcome.status is SendStatus.STOP_ALL:
            await results.record_withdrawn(session, claimed, outcome.reason)
            await deliveries.stop_workspace(session, claimed.workspace, outcome.reason)
            log.warning("workspace stopped", workspace=claimed.workspace, reason=outcome.reason)
        elif claimed.recipient.startswith(("U", "W", "D")):
            # It is about one person, or their DM; the channel may take everything. What stands there is brought up to
            # date when Slack takes it again.
            if claimed.operation == Operation.POST:
                await results.record_failed(session, claimed, OF_PERSON)
            else:
                await results.record_withdrawn(session, claimed, OF_PERSON)
        else:
            await results.record_withdrawn(session, claimed, outcome.reason)
            await deliveries.stop_group(session, claimed.group, outcome.reason)

    # ---- Looking ----

    async def _look(self, claimed: ClaimedDelivery, kind: DeliveryType) -> Outcome:
        """An unclear post is searched for where history may be read, else a person is asked; it is never repeated on a
        guess."""
        if not kind.asks:
            return await self._not_looked_for(claimed, kind)
        thread = await self._thread(claimed, kind)
        async with self.deps.sessions.read() as session:
            workspace = await people.find_workspace(session, claimed.workspace)
            known = await deliveries.standing_in(session, claimed.workspace, claimed.recipient)
        us = workspace.bot_id if workspace else ""
        outcome = await find(self.deps.slack, claimed, claimed.recipient, thread, us, known)
        await self._write(claimed, lambda session: self._record_look(session, claimed, outcome))
        return outcome

    async def _not_looked_for(self, claimed: ClaimedDelivery, kind: DeliveryType) -> Outcome:
        now = self.deps.now()
        if kind.updates is None:
            await self._write(
                claimed, lambda session: results.record_skipped(session, claimed, "not sent again on a guess")
            )
        else:
            await self._write(
                claimed, lambda session: results.record_retry(session, claimed, "brought up to date again", now)
            )
        return Outcome(SendStatus.UNCLEAR, "not looked for")

    async def _record_look(self, session: AsyncSession, claimed: ClaimedDelivery, outcome: Outcome) -> None:
        now = self.deps.now()
        await hold(session, claimed, outcome)
        match outcome.status:
            case SendStatus.YES:
                await self._sent(session, claimed, outcome)
            case SendStatus.LATER if outcome.seconds:
                await results.record_unclear(session, claimed, outcome.reason, now + timedelta(seconds=outcome.seconds))
            case SendStatus.LATER if claimed.looks + 1 < LOOKS:
                await results.record_look(session, claimed, now + LOOK_AGAIN)
            case SendStatus.LATER:
                await results.record_retry(session, claimed, "looked for twice and not there", now)
            case SendStatus.UNCLEAR:
                await results.record_unclear(session, claimed, outcome.reason, now + LOOK_AGAIN)
            case _:
                await results.record_asked(session, claimed)

    async def _thread(self, claimed: ClaimedDelivery, kind: DeliveryType) -> str | None:
        if not kind.thread_of:
            return None
        async with self.deps.sessions.read() as session:
            found = await rounds.round_of(session, claimed.workspace, claimed.meeting or "")
        return found.thread(*kind.thread_of) if found else None


def _marks(claimed: ClaimedDelivery) -> dict[str, str | int]:
    return {"delivery": claimed.id, "kind": claimed.kind, "workspace": claimed.workspace, "attempt": claimed.attempts}


async def _waits(context: RenderContext, kind: DeliveryType) -> datetime | None:
    """Until when a message waits: one to a person for their hours, a late one to a group for a working day."""
    claimed = context.claimed
    if claimed.operation != Operation.POST:
        return None
    if not claimed.recipient.startswith(("U", "W")):
        return waits_for_working_day(context, kind)
    if not kind.hours.waits:
        return None
    reader = await preferences.of_person(context.session, claimed.workspace, claimed.recipient)
    return put_off(reader, context.now, kind.hours.needed_by(context.round_))


def waits_for_working_day(context: RenderContext, kind: DeliveryType) -> datetime | None:
    """Nobody asked for it just now, and there is time."""
    found, claimed, now = context.round_, context.claimed, context.now
    is_late = kind.late.told and now - claimed.planned_for >= TOLD_FROM
    if not is_late and not kind.by_itself(found):
        return None
    slot, wall = (found.following or found.meeting).slot, local(now, found.group.zone).replace(tzinfo=None)
    if kind.by_itself(found) and slot.date() < wall.date():  # no meeting is to come, so that no day off is one
        slot = wall + SOME_WEEKS
    later = next_morning(slot, found.group.zone, found.group.charter.rhythm, now)
    in_time = later is None or claimed.expires_at is None or later + LEAST_TO_ANSWER <= claimed.expires_at
    return later if in_time else None


def _placed(message: Message, claimed: ClaimedDelivery, kind: DeliveryType, round_: Round) -> Composed | str:
    """A message and where it goes: a new one, or an update of an earlier one."""
    if kind.updates is None:
        return message, claimed.recipient, None
    standing = round_.post(kind.updates, claimed.subject, claimed.recipient)
    if standing is None or not standing.ts:
        return "the message to bring up to date is not known"
    return message, standing.channel, standing.ts
