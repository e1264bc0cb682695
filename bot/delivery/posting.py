"""One delivery from lease to result: rendered from the current state, sent or searched for, and recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.finder import find
from bot.delivery.lateness import TOLD_FROM
from bot.delivery.lease import count, hold, in_time, pause_after, write_down
from bot.delivery.message import Message, looks, says_the_same
from bot.delivery.planning import BROKEN
from bot.delivery.refreshing import context_of, of_round
from bot.delivery.sender import OF_PERSON, delete, open_dm, send
from bot.delivery.types import DeliveryType, DeliveryTypes, NothingToSend, RenderContext, Vanished, differs
from bot.deps import Deps
from bot.domain.anonymity import AUTHORS_ONLY, UNCOUNTED
from bot.domain.cadence import local
from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.errors import DomainError
from bot.domain.personal_hours import put_off
from bot.domain.rounds import Post, Round
from bot.domain.timetable import LEAST_TO_ANSWER, next_morning
from bot.runtime.slack_errors import OF_CHANNEL, OF_WORKSPACE, Outcome, SendStatus
from bot.services import changes, claims, deliveries, people, preferences, private_answers, refreshes, results, rounds
from bot.services.claims import ClaimedDelivery
from bot.services.results import Records, Write

log = structlog.get_logger()

STOPPED = {*OF_CHANNEL.values(), *OF_WORKSPACE.values()}
"""The reason why a group was stopped while the app was installed."""


@dataclass(frozen=True)
class Composed:
    """A message, its channel, and the message there that it replaces; None in its place: that one is deleted.

    `context` is what it was rendered from.
    """

    context: RenderContext
    message: Message | None
    channel: str
    ts: str | None = None

    @property
    def shows(self) -> Sequence[str]:
        return self.message.shows if self.message is not None else ()


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
            await self._write(claimed, lambda session: self._skip(session, claimed, kind, state, composed))
            self._tell_skipped(claimed, composed)
            return
        outcome = await in_time(claimed, self.lease, lambda: self._send(claimed, composed))
        await self._record(claimed, kind, outcome, composed)
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

    async def _skip(
        self, session: AsyncSession, claimed: ClaimedDelivery, kind: DeliveryType, state: State, reason: str
    ) -> None:
        await results.record_skipped(session, claimed, reason)
        if reason == deliveries.TOO_LATE:  # some things have another time
            _plan_anew(session, claimed)
        round_ = state.rounds.get(claimed.meeting or "")
        standing = round_.standing(claimed.refreshes) if round_ and claimed.refreshes else None
        if round_ is not None and standing is not None:
            await self._want_next(session, kind, round_, standing)

    async def _want_next(self, session: AsyncSession, kind: DeliveryType, round_: Round, post: Post) -> None:
        """When a message's content changes by itself again."""
        if kind.refresh is not None:
            moment = kind.refresh.next_moment(round_, self.deps.now())
            await refreshes.want_next(session, of_round(kind.name, round_, post), moment)

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
            round_ = state.rounds.get(claimed.meeting or "")
            if round_ is None and claimed.meeting is not None:
                round_ = await rounds.round_of(session, claimed.workspace, claimed.meeting)
                if round_ is None:
                    return "its meeting is gone"
            if claimed.refreshes is not None:
                return await self._compose_anew(session, claimed, kind, round_)
            context = _new(session, claimed, round_, now)
            reason = kind.useful(context) or await kind.still_wanted(context)
            if reason:
                return reason
            later = await _waits(context, claimed, kind)
            if later is not None:
                return deliveries.TOO_LATE if claimed.expires_at is not None and claimed.expires_at <= later else later
            return Composed(context, await kind.compose(context), claimed.recipient)

    async def _compose_anew(
        self, session: AsyncSession, claimed: ClaimedDelivery, kind: DeliveryType, round_: Round | None
    ) -> Composed | str:
        """A message that stands in Slack as it is to look by now."""
        delivery = claimed.refreshes or ""
        if round_ is not None:
            post = round_.standing(delivery)
            standing = of_round(kind.name, round_, post) if post is not None else None
        else:
            standing = await refreshes.of_delivery(session, claimed.workspace, delivery)
        if standing is None or kind.refresh is None or not standing.post.ts:
            return "the message to bring up to date is not known"
        context = context_of(session, round_, standing, kind.refresh, self.deps.now())
        try:
            message = await kind.compose(context)
        except Vanished:
            return Composed(context, None, standing.post.channel, standing.post.ts)
        if not differs(context, message) and not kind.refresh.live:
            return refreshes.SAME
        return Composed(context, message, standing.post.channel, standing.post.ts)

    def _as_sent(self, claimed: ClaimedDelivery, kind: DeliveryType, message: Message) -> Message:
        """A new message says so where it is late."""
        if claimed.refreshes is None and kind.late.told and self.deps.now() - claimed.planned_for >= TOLD_FROM:
            # A message that was searched for or asked about, or whose channel was stopped, waited for
            # that reason.
            out_of_reach = claimed.looks == 0 and claimed.reason not in STOPPED
            return self._types.say_late(message, out_of_reach=out_of_reach)
        return message

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
        return await send(self.deps.slack, claimed, self._as_sent(claimed, kind, message), channel, composed.ts)

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

    async def _record(self, claimed: ClaimedDelivery, kind: DeliveryType, outcome: Outcome, composed: Composed) -> None:
        async def write(session: AsyncSession) -> None:
            await self._record_in(session, claimed, kind, outcome)
            if outcome.status in {
                SendStatus.YES,
                SendStatus.UNCLEAR,
            }:  # where Slack gave no answer, they may have read it
                await private_answers.mark_shown(session, composed.shows)
            if outcome.status is SendStatus.YES:
                await self._record_looks(session, claimed, kind, composed, outcome)

        await self._write(claimed, write)

    async def _record_looks(
        self,
        session: AsyncSession,
        claimed: ClaimedDelivery,
        kind: DeliveryType,
        composed: Composed,
        outcome: Outcome,
    ) -> None:
        """How it looks from now on; or that it is gone, which has its group planned again."""
        if kind.refresh is None:
            return
        if composed.message is None:
            await refreshes.record_deleted(session, claimed)
            _plan_anew(session, claimed)
            return
        remembered = composed.message.says or claimed.kind not in AUTHORS_ONLY
        shown = looks(composed.message) if remembered else None
        await refreshes.record_looks(session, claimed.refreshes or claimed.id, shown, composed.context.now)
        standing, round_ = composed.context.standing, composed.context.of_meeting
        if round_ is not None:
            where = (outcome.channel or composed.channel, outcome.ts or "")
            new = Post(*where, claimed.subject, composed.context.now, claimed.id, claimed.recipient)
            await self._want_next(session, kind, round_, standing or new)

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
            case SendStatus.UNCLEAR if claimed.refreshes is not None:
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
        if claimed.kind in self._types.leading and claimed.refreshes is None:
            _plan_anew(session, claimed)

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
        if not kind.asks or claimed.refreshes is not None:
            return await self._not_looked_for(claimed)
        thread = await self._thread(claimed, kind)
        async with self.deps.sessions.read() as session:
            workspace = await people.find_workspace(session, claimed.workspace)
            known = await deliveries.standing_in(session, claimed.workspace, claimed.recipient)
        us = workspace.bot_id if workspace else ""
        outcome = await find(self.deps.slack, claimed, claimed.recipient, thread, us, known)
        found = await self._found(claimed, kind, outcome)
        await self._write(claimed, lambda session: self._record_look(session, claimed, kind, outcome, found))
        return outcome

    async def _found(self, claimed: ClaimedDelivery, kind: DeliveryType, outcome: Outcome) -> Composed | None:
        """What a message that was found shows, if that is what it would show by now, as of its own time."""
        if outcome.status is not SendStatus.YES or outcome.ts is None or claimed.meeting is None:
            return None
        at = min(self.deps.now(), datetime.fromtimestamp(float(outcome.ts), UTC))
        async with self.deps.sessions.read() as session:
            context = _new(session, claimed, await rounds.round_of(session, claimed.workspace, claimed.meeting), at)
            try:
                message = await kind.compose(context)
            except (NothingToSend, *BROKEN):
                return None
        same = says_the_same(message, outcome.text)
        return Composed(context, message, claimed.recipient, outcome.ts) if same else None

    async def _not_looked_for(self, claimed: ClaimedDelivery) -> Outcome:
        now = self.deps.now()
        if claimed.refreshes is None:
            await self._write(
                claimed, lambda session: results.record_skipped(session, claimed, "not sent again on a guess")
            )
        else:
            await self._write(
                claimed, lambda session: results.record_retry(session, claimed, "brought up to date again", now)
            )
        return Outcome(SendStatus.UNCLEAR, "not looked for")

    async def _record_look(
        self,
        session: AsyncSession,
        claimed: ClaimedDelivery,
        kind: DeliveryType,
        outcome: Outcome,
        found: Composed | None,
    ) -> None:
        now = self.deps.now()
        await hold(session, claimed, outcome)
        match outcome.status:
            case SendStatus.YES:
                await self._sent(session, claimed, outcome)
                if found is not None:
                    await self._record_looks(session, claimed, kind, found, outcome)
                elif claimed.meeting is not None:  # it shows something else than it would by now
                    changes.want_refresh(session, claimed.workspace, claimed.meeting)
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


def _plan_anew(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    """What else is planned for its group depends on what became of it."""
    if claimed.group:
        changes.want_plan(session, claimed.workspace, claimed.group)


def _new(session: AsyncSession, claimed: ClaimedDelivery, round_: Round | None, now: datetime) -> RenderContext:
    """To render a message that is not in Slack yet."""
    chooser = Random(claimed.nonce)  # noqa: S311 - what has to be hard to guess is the order, by whoever has no nonce
    return RenderContext(session, round_, claimed.workspace, claimed.recipient, claimed.subject, None, now, chooser)


async def _waits(context: RenderContext, claimed: ClaimedDelivery, kind: DeliveryType) -> datetime | None:
    """Until when a message waits: one to a person for their hours, a late one to a group for a working day."""
    if not claimed.recipient.startswith(("U", "W")):
        return waits_for_working_day(context, claimed, kind)
    if not kind.hours.waits:
        return None
    reader = await preferences.of_person(context.session, claimed.workspace, claimed.recipient)
    needed_by = kind.hours.needed_by(context.of_meeting) if context.of_meeting is not None else None
    return put_off(reader, context.now, needed_by)


def waits_for_working_day(context: RenderContext, claimed: ClaimedDelivery, kind: DeliveryType) -> datetime | None:
    """Nobody asked for it just now, and there is time."""
    found, now = context.of_meeting, context.now
    if found is None:
        return None
    is_late = kind.late.told and now - claimed.planned_for >= TOLD_FROM
    if not is_late and not kind.by_itself(found):
        return None
    slot, wall = (found.following or found.meeting).slot, local(now, found.group.zone).replace(tzinfo=None)
    if kind.by_itself(found) and slot.date() < wall.date():  # no meeting is to come, so that no day off is one
        slot = wall + SOME_WEEKS
    later = next_morning(slot, found.group.zone, found.group.charter.rhythm, now)
    in_time = later is None or claimed.expires_at is None or later + LEAST_TO_ANSWER <= claimed.expires_at
    return later if in_time else None
