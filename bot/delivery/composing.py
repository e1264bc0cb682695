"""What a delivery says when it is sent: rendered from the state of that moment; or why it waits, or is skipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.lateness import TOLD_FROM
from bot.delivery.message import Message, says_the_same
from bot.delivery.planning import BROKEN
from bot.delivery.refreshing import context_of, of_round
from bot.delivery.types import DeliveryType, DeliveryTypes, NothingToSend, RenderContext, Vanished, differs
from bot.deps import Deps
from bot.domain.cadence import local
from bot.domain.errors import DomainError
from bot.domain.personal_hours import put_off
from bot.domain.rounds import Round
from bot.domain.timetable import LEAST_TO_ANSWER, next_morning
from bot.runtime.slack_errors import OF_CHANNEL, OF_WORKSPACE, Outcome, SendStatus
from bot.services import deliveries, preferences, refreshes, rounds
from bot.services.claims import ClaimedDelivery

log = structlog.get_logger()

STOPPED = {*OF_CHANNEL.values(), *OF_WORKSPACE.values()}
"""The reason why a group was stopped while the app was installed."""


SOME_WEEKS = timedelta(days=14)


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


@dataclass(frozen=True)
class State:
    """The rounds of the claimed deliveries by meeting, read together. Missing ones are read one by one."""

    at: datetime
    rounds: Mapping[str, Round]


@dataclass(frozen=True)
class Composer:
    """Composes one delivery at a time, and reads what many are rendered from together."""

    deps: Deps
    types: DeliveryTypes

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

    async def compose_safely(
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

    def as_sent(self, claimed: ClaimedDelivery, kind: DeliveryType, message: Message) -> Message:
        """A new message says so where it is late."""
        if claimed.refreshes is None and kind.late.told and self.deps.now() - claimed.planned_for >= TOLD_FROM:
            # A message that was searched for or asked about, or whose channel was stopped, waited for
            # that reason.
            out_of_reach = claimed.looks == 0 and claimed.reason not in STOPPED
            return self.types.say_late(message, out_of_reach=out_of_reach)
        return message

    async def found(self, claimed: ClaimedDelivery, kind: DeliveryType, outcome: Outcome) -> Composed | None:
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


def _new(session: AsyncSession, claimed: ClaimedDelivery, round_: Round | None, now: datetime) -> RenderContext:
    """To render a message that is not in Slack yet."""
    chooser = Random(claimed.nonce)  # noqa: S311 - what has to be hard to guess is the order, by whoever has no nonce
    return RenderContext(session, round_, claimed.workspace, claimed.recipient, claimed.arguments, None, now, chooser)


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
