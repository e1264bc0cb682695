"""Rows that bring messages up to date: one for each message that stands in Slack, used again whenever it changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.rounds import Post
from bot.domain.scopes import Scope
from bot.services import rounds
from bot.services.claims import ClaimedDelivery
from bot.services.deliveries import NOT_WANTED
from bot.services.home import Who
from storage import tables as t
from storage.engine import MOST_ROWS

SAME = "it would look the same"
NOT_KNOWN = ""
"""How a message looks of which an earlier version did not remember it."""

DELETED = "deleted: what it showed is gone"

RANK = 1_000
"""The rank of these rows, behind everything new that is due at the same time. Slack takes fewer posts a minute than
updates, so a workspace with much to send is done sooner when no post waits for an update."""

UNDER_WAY = (DeliveryState.SENDING, DeliveryState.UNCLEAR)


@dataclass(frozen=True)
class Standing:
    """A message that stands in Slack: what it is about, and where it is."""

    kind: str
    workspace: str
    group: str | None
    meeting: str | None
    scope: Scope
    post: Post


@dataclass(frozen=True)
class DesiredRefresh:
    """When a message is to be brought up to date, or deleted; `due_at` None: it need not be. `held`: why it has to wait
    until its channel takes anything again."""

    standing: Standing
    operation: Operation
    due_at: datetime | None
    held: str | None = None

    @property
    def key(self) -> str:
        """It identifies the one row that does so."""
        return f"refresh:{self.standing.post.id}"


async def of_people(session: AsyncSession, people: Collection[Who], kinds: Collection[str]) -> list[Standing]:
    """The messages to these people that are about nothing but them."""
    row, named, found = t.Delivery, sorted({person for _, person in people}), []
    for start in range(0, len(named) if kinds else 0, MOST_ROWS):
        query = select(row).where(
            text(t.OF_PERSON),
            row.workspace_id.in_({workspace for workspace, _ in people}),
            row.recipient.in_(named[start : start + MOST_ROWS]),
            row.kind.in_(kinds),
            row.state == DeliveryState.SENT,
            row.operation == Operation.POST,
            row.sent_ts.is_not(None),
        )
        found += [
            Standing(one.kind, one.workspace_id, one.collaborative_id, None, Scope.PERSON, rounds.post_of(one))
            for one in await session.scalars(query)
            if (one.workspace_id, one.recipient) in people
        ]
    return found


async def of_delivery(session: AsyncSession, workspace: str, delivery: str) -> Standing | None:
    """The message of a delivery that is about nothing but its recipient, if it stands."""
    row = await session.get(t.Delivery, delivery)
    if row is None or row.workspace_id != workspace or row.state != DeliveryState.SENT or row.sent_ts is None:
        return None
    return Standing(row.kind, workspace, row.collaborative_id, row.meeting_id, row.scope, rounds.post_of(row))


async def align(session: AsyncSession, desired: Sequence[DesiredRefresh]) -> bool:
    """Bring the rows into line; those that are being sent are left alone. Returns whether there are such, or messages
    that are being sent and were perhaps rendered before: then it has to be looked again."""
    busy = False
    for start in range(0, len(desired), MOST_ROWS):
        some = {one.key: one for one in desired[start : start + MOST_ROWS]}
        row = t.Delivery
        there = {one.dedupe_key: one for one in await session.scalars(select(row).where(row.dedupe_key.in_(some)))}
        for key, one in some.items():
            held = there.get(key)
            if held is not None and held.state in UNDER_WAY:
                busy = True
            elif one.due_at is not None:
                _plan(session, held, one, one.due_at)
            elif held is not None and held.state == DeliveryState.PLANNED:
                held.state, held.reason = DeliveryState.WITHDRAWN, NOT_WANTED
    await session.flush()
    return busy


def _plan(session: AsyncSession, held: t.Delivery | None, one: DesiredRefresh, due_at: datetime) -> None:
    if held is None:
        held = _row(one, due_at)
        session.add(held)
    elif held.state == DeliveryState.PLANNED and held.attempts and held.operation == one.operation:
        return  # a retry keeps the time that Slack asked for
    waits = one.held is not None
    held.state, held.reason = (DeliveryState.WITHDRAWN if waits else DeliveryState.PLANNED), one.held
    held.attempts, held.rank = 0, RANK
    held.due_at = held.planned_for = due_at
    held.operation, held.recipient = one.operation, one.standing.post.channel


def _row(one: DesiredRefresh, due_at: datetime) -> t.Delivery:
    standing = one.standing
    return t.Delivery(
        id=t.new_id(),
        workspace_id=standing.workspace,
        collaborative_id=standing.group,
        meeting_id=standing.meeting,
        scope=standing.scope,
        kind=standing.kind,
        operation=one.operation,
        recipient=standing.post.channel,
        arguments=dict(standing.post.arguments),
        planned_for=due_at,
        due_at=due_at,
        dedupe_key=one.key,
        refreshes=standing.post.id,
    )


async def are_being_sent(session: AsyncSession, meetings: Collection[str]) -> bool:
    """Whether messages about these meetings are being sent: they may have been rendered before what was written."""
    row, ids = t.Delivery, sorted(meetings)
    for start in range(0, len(ids), MOST_ROWS):
        some = (row.meeting_id.in_(ids[start : start + MOST_ROWS]), row.state == DeliveryState.SENDING)
        if await session.scalar(select(row.id).where(*some).limit(1)) is not None:
            return True
    return False


# ---- What came of it ----


async def record_looks(session: AsyncSession, delivery: str, shown: str | None, as_of: datetime) -> None:
    """How a message looks from now on, and as of when it speaks."""
    row = t.Delivery
    await session.execute(update(row).where(row.id == delivery).values(shown=shown, as_of=as_of))


async def record_deleted(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    """The message is gone; were it wanted again, it would be sent anew."""
    row = t.Delivery
    gone = {"state": DeliveryState.WITHDRAWN, "reason": DELETED, "sent_at": None, "sent_channel": None, "sent_ts": None}
    await session.execute(update(row).where(row.id == claimed.refreshes).values(gone | {"shown": None, "as_of": None}))


async def want_next(session: AsyncSession, standing: Standing, at: datetime | None) -> None:
    """The content of a message changes by itself then."""
    if at is not None:
        await align(session, [DesiredRefresh(standing, Operation.UPDATE, at)])
