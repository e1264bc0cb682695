"""What became of a delivery, recorded in one transaction with whatever follows from it."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.composing import Composed, State
from bot.delivery.lease import hold, pause_after, write_down
from bot.delivery.message import looks
from bot.delivery.refreshing import of_round
from bot.delivery.sender import OF_PERSON
from bot.delivery.types import DeliveryType, DeliveryTypes
from bot.deps import Deps
from bot.domain.anonymity import AUTHORS_ONLY
from bot.domain.deliveries import Operation
from bot.domain.rounds import Post, Round
from bot.runtime.slack_errors import Outcome, SendStatus
from bot.services import changes, deliveries, private_answers, refreshes, results
from bot.services.claims import ClaimedDelivery
from bot.services.results import Records, Write

log = structlog.get_logger()

LOOKS = 2
LOOK_AGAIN = timedelta(seconds=3)
"""History may lag behind a post, so an unclear post is searched for twice, with a pause (design.md)."""


@dataclass(frozen=True)
class Recorder:
    """Records results. `between` is the time in seconds between two messages in a channel."""

    deps: Deps
    types: DeliveryTypes
    records: Records
    between: float

    async def write(self, claimed: ClaimedDelivery, write: Write) -> None:
        await write_down(self.records, claimed, write)

    async def skip(
        self, session: AsyncSession, claimed: ClaimedDelivery, kind: DeliveryType, state: State, reason: str
    ) -> None:
        await results.record_skipped(session, claimed, reason)
        if reason == deliveries.TOO_LATE:  # some things have another time
            _plan_anew(session, claimed)
        round_ = state.rounds.get(claimed.meeting or "")
        standing = round_.standing(claimed.refreshes) if round_ and claimed.refreshes else None
        if round_ is not None and standing is not None:
            await self._want_next(session, kind, round_, standing)

    async def record(self, claimed: ClaimedDelivery, kind: DeliveryType, outcome: Outcome, composed: Composed) -> None:
        async def write(session: AsyncSession) -> None:
            await self._record_in(session, claimed, kind, outcome)
            if outcome.status in {
                SendStatus.YES,
                SendStatus.UNCLEAR,
            }:  # where Slack gave no answer, they may have read it
                await private_answers.mark_shown(session, composed.shows)
            if outcome.status is SendStatus.YES:
                await self._record_looks(session, claimed, kind, composed, outcome)

        await self.write(claimed, write)

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
            new = Post(*where, claimed.arguments, composed.context.now, claimed.id, claimed.recipient)
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
        if claimed.kind in self.types.leading and claimed.refreshes is None:
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

    async def record_look(
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

    async def _want_next(self, session: AsyncSession, kind: DeliveryType, round_: Round, post: Post) -> None:
        """When a message's content changes by itself again."""
        if kind.refresh is not None:
            moment = kind.refresh.next_moment(round_, self.deps.now())
            await refreshes.want_next(session, of_round(kind.name, round_, post), moment)


def _plan_anew(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    """What else is planned for its group depends on what became of it."""
    if claimed.group:
        changes.want_plan(session, claimed.workspace, claimed.group)
