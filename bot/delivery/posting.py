"""One delivery from the lease to the record: composed from the state now, sent, or looked for, and written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.attempt import count, hold, in_time, pause_after, write_down
from bot.delivery.finder import find
from bot.delivery.kinds import KINDS, LEADING
from bot.delivery.late import TOLD_FROM
from bot.delivery.registry import Kind, Pointless, Situation
from bot.delivery.sender import OF_CHANNEL, OF_PERSON, OF_WORKSPACE, Answer, Outcome, open_dm, send
from bot.deps import Deps
from bot.domain.anonymity import AUTHORS_ONLY, UNCOUNTED
from bot.domain.cadence import local
from bot.domain.errors import DomainError
from bot.domain.personal_hours import put_off
from bot.domain.rounds import Round
from bot.domain.timetable import LEAST_TO_ANSWER, next_morning
from bot.services import claiming, deliveries, outcomes, people, private_answers, rounds, wishes
from bot.services.claiming import Owed
from bot.services.groups import want_plan
from bot.services.outcomes import Records, Write
from handlers.views import troubles
from handlers.views.kit import Message

log = structlog.get_logger()

STOPPED = {*OF_CHANNEL.values(), *OF_WORKSPACE.values()}
"""Why a group had to stop, where the app was there all the time."""

Composed = tuple[Message, str, str | None]
"""A message, its channel, and the message there that it is to be put in the place of."""

LOOKS = 2
LOOK_AGAIN = timedelta(seconds=3)
"""History may lag behind a post, so an unclear one is looked for twice, after a pause (design.md)."""


SOME_WEEKS = timedelta(days=14)


@dataclass(frozen=True)
class State:
    """The rounds of what was claimed, by meeting, as they were at a moment. What is missing is read again."""

    at: datetime
    rounds: Mapping[str, Round]


class Poster:
    """Does deliveries for a tick. `between` are the seconds between two messages in a channel."""

    def __init__(self, deps: Deps, records: Records, lease: float, between: float) -> None:
        self.deps = deps
        self.lease = lease
        self.between = between
        self._records = records

    async def read(self, claimed: Sequence[Owed]) -> State:
        """What they are composed from, in one go, just before they are sent."""
        at, wanted = self.deps.now(), {(one.workspace, one.meeting) for one in claimed if one.meeting}
        if not wanted:
            return State(at, {})
        try:
            async with self.deps.sessions.read() as session:
                return State(at, await rounds.rounds_of(session, wanted))
        except (DomainError, SQLAlchemyError, LookupError, TypeError, ValueError):
            return State(at, {})  # each reads its own, so that a broken one holds up no other

    async def deliver(self, owed: Owed, state: State) -> None:
        """Do it, whatever comes of it; the lease is given back with the record."""
        kind = KINDS.get(owed.kind)
        if kind is None:  # planned by an earlier version
            await self._write(
                owed, lambda session: outcomes.record_skipped(session, owed, "nothing sends this any more")
            )
            return
        if owed.state == "unclear":
            self._tell("delivery looked for", owed, await self._look(owed, kind))
            return
        composed = await self._compose_safely(owed, kind, state)
        if isinstance(composed, datetime):
            at = composed
            late = owed.planned_for if kind.late.told else at  # it says so when it comes
            await self._write(owed, lambda session: outcomes.record_put_off(session, owed, at, late))
            return
        if isinstance(composed, str):
            await self._write(owed, lambda session: self._skip(session, owed, composed))
            self._tell_skipped(owed, composed)
            return
        outcome = await in_time(owed, self.lease, lambda: self._send(owed, *composed))
        await self._record(owed, kind, outcome, state.at, composed[0].shows)
        self._tell("delivery", owed, outcome)

    def _tell(self, event: str, owed: Owed, outcome: Outcome) -> None:
        """In figures and in the log; but not where how many there are, or when, would tell who answered how."""
        if owed.kind not in UNCOUNTED:
            count(self.deps, owed, outcome)
            answer = outcome.answer.value
            log.info(event, **_marks(owed), outcome=answer, reason=outcome.reason, ts=outcome.ts)

    def _tell_skipped(self, owed: Owed, reason: str) -> None:
        if owed.kind not in UNCOUNTED:
            self.deps.metrics.skipped.labels(owed.kind, reason).inc()
            log.info("delivery skipped", **_marks(owed), reason=reason)

    async def _write(self, owed: Owed, write: Write) -> None:
        await write_down(self._records, owed, write)

    async def _skip(self, session: AsyncSession, owed: Owed, reason: str) -> None:
        await outcomes.record_skipped(session, owed, reason)
        if reason == deliveries.TOO_LATE:  # some things have another time
            await want_plan(session, owed.group)

    # ---- Composing ----

    async def _compose_safely(self, owed: Owed, kind: Kind, state: State) -> Composed | datetime | str:
        try:
            return await self._compose(owed, kind, state)
        except Pointless as reason:
            return str(reason)
        except (LookupError, TypeError, ValueError) as error:
            log.exception("composing broken", delivery=owed.id, kind=owed.kind)
            return f"it could not be composed: {type(error).__name__}"

    async def _compose(self, owed: Owed, kind: Kind, state: State) -> Composed | datetime | str:
        """What is to be sent; or until when it waits for its person's hours; or the reason to skip it."""
        now = self.deps.now()
        if owed.expires_at is not None and owed.expires_at <= now:
            return deliveries.TOO_LATE
        async with self.deps.sessions.read() as session:
            meeting = owed.meeting or ""
            found = state.rounds.get(meeting) or await rounds.round_of(session, owed.workspace, meeting)
            if found is None:
                return "its meeting is gone"
            situation = Situation(session, found, owed, now, self.deps.asker.chooser)
            reason = kind.useful(situation) or await kind.still_wanted(situation)
            if reason:
                return reason
            later = await _waits(situation, kind)
            if later is not None:
                return deliveries.TOO_LATE if owed.expires_at is not None and owed.expires_at <= later else later
            message = await kind.compose(situation)
        if kind.late.told and now - owed.planned_for >= TOLD_FROM:
            # One that was looked for, or asked about, waited for that; and one that had to stop, for its channel.
            out_of_reach = owed.looks == 0 and owed.reason not in STOPPED
            message = troubles.say_late(message, out_of_reach=out_of_reach)
        return _placed(message, owed, kind, found)

    # ---- Sending ----

    async def _send(self, owed: Owed, message: Message, channel: str, ts: str | None) -> Outcome:
        if channel == owed.recipient and channel.startswith(("U", "W")):
            opened = await self._dm(owed)
            if isinstance(opened, Outcome):
                return opened
            channel = opened
        return await send(self.deps.slack, owed, message, channel, ts)

    async def _dm(self, owed: Owed) -> str | Outcome:
        """The DM channel with a person, opened once and remembered."""
        async with self.deps.sessions.read() as session:
            known = await people.dm_channel_of(session, owed.workspace, owed.recipient)
            if known:
                return known
            seconds = await claiming.held_for(session, owed.workspace, "conversations.open")
        if seconds > 0:
            return Outcome(Answer.LATER, claiming.HELD, seconds)
        outcome = await open_dm(self.deps.slack, owed.recipient)
        channel = outcome.channel
        if channel is None:
            return outcome
        if owed.kind not in AUTHORS_ONLY:  # that it is known would tell of what it was opened for
            await self._write(
                owed, lambda session: people.remember_dm(session, owed.workspace, owed.recipient, channel)
            )
        return channel

    # ---- Recording ----

    async def _record(
        self, owed: Owed, kind: Kind, outcome: Outcome, composed_at: datetime, shows: Sequence[str]
    ) -> None:
        async def write(session: AsyncSession) -> None:
            await self._record_in(session, owed, kind, outcome)
            if outcome.answer in {Answer.YES, Answer.UNCLEAR}:  # where Slack gave no answer, they may have read it
                await private_answers.mark_shown(session, shows)
            if outcome.answer is Answer.YES and kind.late.merged:
                await outcomes.record_merged(session, owed, composed_at)

        await self._write(owed, write)

    async def _record_in(self, session: AsyncSession, owed: Owed, kind: Kind, outcome: Outcome) -> None:
        now = self.deps.now()
        await hold(session, owed, outcome)
        match outcome.answer:
            case Answer.YES:
                await self._sent(session, owed, outcome)
            case Answer.LATER:
                pause = outcome.seconds if outcome.held else pause_after(owed, outcome.seconds)
                await outcomes.record_retry(session, owed, outcome.reason, now + timedelta(seconds=pause))
            case Answer.UNCLEAR if kind.updates is not None:
                # Saying the same again in the same place changes nothing.
                at = now + timedelta(seconds=pause_after(owed, 1))
                await outcomes.record_retry(session, owed, outcome.reason, at)
            case Answer.UNCLEAR if kind.asks:
                await outcomes.record_unclear(session, owed, outcome.reason, now)
            case Answer.UNCLEAR:
                # A DM is not sent again on a guess: what it says stands on Home and behind /collab too.
                await outcomes.record_skipped(session, owed, f"{outcome.reason}; not sent again on a guess")
            case Answer.STOP | Answer.STOP_ALL:
                await self._stop(session, owed, outcome)
            case _:
                await outcomes.record_failed(session, owed, outcome.reason)

    async def _sent(self, session: AsyncSession, owed: Owed, outcome: Outcome) -> None:
        # Changing a message is limited by its method alone, posting one by its channel too.
        between = self.between if owed.operation == "post" else 0
        await outcomes.record_sent(session, owed, outcome.channel, outcome.ts, self.deps.now(), between)
        if owed.kind in LEADING:
            await want_plan(session, owed.group)

    async def _stop(self, session: AsyncSession, owed: Owed, outcome: Outcome) -> None:
        if outcome.answer is Answer.STOP_ALL:
            await outcomes.record_withdrawn(session, owed, outcome.reason)
            await deliveries.stop_workspace(session, owed.workspace, outcome.reason)
            log.warning("workspace stopped", workspace=owed.workspace, reason=outcome.reason)
        elif owed.recipient.startswith(("U", "W", "D")):
            # It is about one person, or their DM; the channel may take everything. What stands there is brought up to
            # date when Slack takes it again.
            if owed.operation == "post":
                await outcomes.record_failed(session, owed, OF_PERSON)
            else:
                await outcomes.record_withdrawn(session, owed, OF_PERSON)
        else:
            await outcomes.record_withdrawn(session, owed, outcome.reason)
            await deliveries.stop_group(session, owed.group, outcome.reason)

    # ---- Looking ----

    async def _look(self, owed: Owed, kind: Kind) -> Outcome:
        """An unclear post is looked up where history may be read, asked about where not, never guessed."""
        if not kind.asks:
            return await self._not_looked_for(owed, kind)
        thread = await self._thread(owed, kind)
        async with self.deps.sessions.read() as session:
            workspace = await people.find_workspace(session, owed.workspace)
            known = await deliveries.standing_in(session, owed.workspace, owed.recipient)
        us = workspace.bot_id if workspace else ""
        outcome = await find(self.deps.slack, owed, owed.recipient, thread, us, known)
        await self._write(owed, lambda session: self._record_look(session, owed, outcome))
        return outcome

    async def _not_looked_for(self, owed: Owed, kind: Kind) -> Outcome:
        now = self.deps.now()
        if kind.updates is None:
            await self._write(owed, lambda session: outcomes.record_skipped(session, owed, "not sent again on a guess"))
        else:
            await self._write(
                owed, lambda session: outcomes.record_retry(session, owed, "brought up to date again", now)
            )
        return Outcome(Answer.UNCLEAR, "not looked for")

    async def _record_look(self, session: AsyncSession, owed: Owed, outcome: Outcome) -> None:
        now = self.deps.now()
        await hold(session, owed, outcome)
        match outcome.answer:
            case Answer.YES:
                await self._sent(session, owed, outcome)
            case Answer.LATER if outcome.seconds:
                await outcomes.record_unclear(session, owed, outcome.reason, now + timedelta(seconds=outcome.seconds))
            case Answer.LATER if owed.looks + 1 < LOOKS:
                await outcomes.record_look(session, owed, now + LOOK_AGAIN)
            case Answer.LATER:
                await outcomes.record_retry(session, owed, "looked for twice and not there", now)
            case Answer.UNCLEAR:
                await outcomes.record_unclear(session, owed, outcome.reason, now + LOOK_AGAIN)
            case _:
                await outcomes.record_asked(session, owed)

    async def _thread(self, owed: Owed, kind: Kind) -> str | None:
        if not kind.thread_of:
            return None
        async with self.deps.sessions.read() as session:
            found = await rounds.round_of(session, owed.workspace, owed.meeting or "")
        return found.thread(*kind.thread_of) if found else None


def _marks(owed: Owed) -> dict[str, str | int]:
    return {"delivery": owed.id, "kind": owed.kind, "workspace": owed.workspace, "attempt": owed.attempts}


async def _waits(situation: Situation, kind: Kind) -> datetime | None:
    """Until when a message waits, where it does: one to a person for their hours, a late one to a group for a working
    day."""
    owed = situation.owed
    if owed.operation != "post":
        return None
    if not owed.recipient.startswith(("U", "W")):
        return waits_for_working_day(situation, kind)
    if not kind.hours.waits:
        return None
    reader = await wishes.of_person(situation.session, owed.workspace, owed.recipient)
    return put_off(reader, situation.now, kind.hours.needed_by(situation.found))


def waits_for_working_day(situation: Situation, kind: Kind) -> datetime | None:
    """Nobody asked for it just now, and there is time."""
    found, owed, now = situation.found, situation.owed, situation.now
    is_late = kind.late.told and now - owed.planned_for >= TOLD_FROM
    if not is_late and not kind.by_itself(found):
        return None
    slot, wall = (found.following or found.meeting).slot, local(now, found.group.zone).replace(tzinfo=None)
    if kind.by_itself(found) and slot.date() < wall.date():  # no meeting is to come, so that no day off is one
        slot = wall + SOME_WEEKS
    later = next_morning(slot, found.group.zone, found.group.charter.rhythm, now)
    in_time = later is None or owed.expires_at is None or later + LEAST_TO_ANSWER <= owed.expires_at
    return later if in_time else None


def _placed(message: Message, owed: Owed, kind: Kind, found: Round) -> Composed | str:
    """A message with where it is to stand: anew, or in the place of one that is to be brought up to date."""
    if kind.updates is None:
        return message, owed.recipient, None
    standing = found.post(kind.updates, owed.subject, owed.recipient)
    if standing is None or not standing.ts:
        return "the message to bring up to date is not known"
    return message, standing.channel, standing.ts
