"""Claims due deliveries under a lease, within the rate limits that Slack sets for this database as a whole.

Leases, rates and Slack's `Retry-After` go by the database's clock and are stored in the database, so that all
processes keep to them together. A row's `lease_until` says how long its channel is taken: while it is being sent, and
after it was posted until the next message may follow.
"""

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, delete, func, not_, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.deliveries import DeliveryState, Operation
from storage import tables as t
from storage.engine import database_now, one_at_a_time, upsert
from storage.types import Moment

CLAIMING = 0x636C61696D
"""The advisory lock of claims (the word “claim”): two processes never choose for one channel at once."""

MINUTE = timedelta(seconds=60)
LOOKED_AT = 1_000
"""Due rows that one claim looks at, the oldest of the channels that are free."""

ENDED = "the process ended while it was being sent"
HELD = "Slack asked to wait"


@dataclass(frozen=True)
class ClaimedDelivery:
    """A delivery under a lease of this process, until `keep_until` on its monotonic clock.

    `group` is empty, and `meeting` None, for a delivery to one person alone. `sent_channel` and `sent_ts` identify
    the message that it settles (`bot.services.message_cleanup`), `refreshes` is the delivery of the message that it
    brings up to date.
    """

    id: str
    workspace: str
    group: str
    kind: str
    operation: Operation
    recipient: str
    meeting: str | None
    arguments: Mapping[str, Any]
    planned_for: datetime
    stands_since: datetime | None
    expires_at: datetime | None
    state: DeliveryState
    attempts: int
    looks: int
    nonce: str
    owner: str
    keep_until: float
    sent_channel: str | None = None
    sent_ts: str | None = None
    refreshes: str | None = None
    reason: str | None = None
    """Why it is late, if that is known."""


@dataclass(frozen=True)
class ClaimCandidate:
    """A delivery that may be sent now: the first for its recipient."""

    id: str
    workspace: str
    operation: Operation


@dataclass(frozen=True)
class LeasePolicy:
    """How a process claims: its id, the lease in seconds, and the seconds between two messages in a channel."""

    owner: str
    lease: float
    between: float

    @property
    def longest(self) -> timedelta:
        """No lease is longer; if one is, it was written before the clock was set back."""
        return timedelta(seconds=max(self.lease, self.between) + 1)


async def begin(session: AsyncSession, terms: LeasePolicy, now: datetime, under_way: Collection[str] = ()) -> datetime:
    """Begin a claim under the lock; returns the database's time. Expired leases become unclear.

    `under_way` are the deliveries that this process is sending: they stay untouched, even if the clock was set and
    their leases seem to have expired.
    """
    await one_at_a_time(session, CLAIMING)
    real = await database_now(session)
    await session.execute(
        _end_sending(now).where(_is_over(real, real + terms.longest), t.Delivery.id.not_in(under_way))
    )
    await _put_off(session, real, now)
    return real


def left_behind(real: Moment, too_far: Moment) -> Select[str]:
    """Deliveries whose lease expired; no lease of ours reaches as far as `too_far`."""
    return select(t.Delivery.id).where(text(t.HELD), t.Delivery.state == DeliveryState.SENDING, _is_over(real, too_far))


def _is_over(real: Moment, too_far: Moment) -> ColumnElement[bool]:
    return or_(t.Delivery.lease_until < real, t.Delivery.lease_until > too_far)


def _end_sending(now: datetime) -> Update:
    """It may have been posted, so it becomes unclear."""
    values = {"state": DeliveryState.UNCLEAR, "due_at": now, "reason": ENDED, "lease_owner": None, "lease_until": None}
    return update(t.Delivery).where(text(t.HELD), t.Delivery.state == DeliveryState.SENDING).values(values)


async def candidates(
    session: AsyncSession,
    terms: LeasePolicy,
    now: datetime,
    real: datetime,
    full: Collection[tuple[str, Operation]] = (),
) -> list[ClaimCandidate]:
    """Due deliveries in channels that are free, the first of each, in the order of their original due times.

    `full` are the (workspace, operation) pairs at their limit: what waits for them hides nothing else.
    """
    row = t.Delivery
    taken = select(row.workspace_id, row.recipient).where(
        row.lease_until > real, row.lease_until <= real + terms.longest
    )
    busy = [(workspace, recipient) for workspace, recipient in await session.execute(taken)]
    due = (
        select(row.id, row.workspace_id, row.recipient, row.operation)
        .join(t.Workspace, t.Workspace.id == row.workspace_id)
        .where(text(t.OPEN), row.planned_for <= now, row.due_at <= now, t.Workspace.stopped.is_(None))
        .where(tuple_(row.workspace_id, row.recipient).not_in(busy))
        .where(tuple_(row.workspace_id, row.operation).not_in(sorted(full)))
        .order_by(row.planned_for, row.rank, row.id)
        .limit(LOOKED_AT)
    )
    firsts: dict[tuple[str, str], ClaimCandidate] = {}
    for found in await session.execute(due):
        firsts.setdefault(
            (found.workspace_id, found.recipient), ClaimCandidate(found.id, found.workspace_id, found.operation)
        )
    return list(firsts.values())


async def sent_lately(session: AsyncSession, real: datetime) -> Counter[tuple[str, Operation]]:
    """How many calls each (workspace, operation) had in the last minute, running ones included."""
    row = t.Delivery
    counts = await session.execute(
        select(row.workspace_id, row.operation, func.count())
        .where(row.lease_until > real - MINUTE, row.lease_until <= real + MINUTE)
        .group_by(row.workspace_id, row.operation)
    )
    return Counter({(workspace, operation): count for workspace, operation, count in counts})


async def take(
    session: AsyncSession, terms: LeasePolicy, chosen: Sequence[ClaimCandidate], real: datetime
) -> list[ClaimedDelivery]:
    """Claim the chosen ones, in that order."""
    started = time.monotonic()
    rows = await session.scalars(select(t.Delivery).where(t.Delivery.id.in_([c.id for c in chosen])))
    by_id = {row.id: row for row in rows}
    return [_take(by_id[c.id], terms, real, started) for c in chosen]


def _take(row: t.Delivery, terms: LeasePolicy, real: datetime, started: float) -> ClaimedDelivery:
    was = row.state
    row.lease_owner, row.lease_until = terms.owner, real + timedelta(seconds=terms.lease)
    if was == "planned":
        row.state = DeliveryState.SENDING
        row.attempts += 1
    return ClaimedDelivery(
        id=row.id,
        workspace=row.workspace_id,
        group=row.collaborative_id or "",
        kind=row.kind,
        operation=row.operation,
        recipient=row.recipient,
        meeting=row.meeting_id,
        arguments=row.arguments,
        planned_for=row.planned_for,
        stands_since=row.stands_since,
        expires_at=row.expires_at,
        state=was,
        attempts=row.attempts,
        looks=row.looks,
        nonce=row.nonce,
        owner=terms.owner,
        keep_until=started + terms.lease,
        sent_channel=row.sent_channel,
        sent_ts=row.sent_ts,
        refreshes=row.refreshes,
        reason=row.reason,
    )


# ---- Giving back ----


async def give_back(session: AsyncSession, owner: str, now: datetime) -> None:
    """On shutdown: deliveries being sent become unclear, and all leases are released."""
    await session.execute(_end_sending(now).where(t.Delivery.lease_owner == owner))
    await session.execute(
        update(t.Delivery).where(t.Delivery.lease_owner == owner).values(lease_owner=None, lease_until=None)
    )


async def release_all(session: AsyncSession, now: datetime) -> None:
    """At start, if no other process can be running: what was being sent becomes unclear; leases are released."""
    await session.execute(_end_sending(now))
    held = t.Delivery.lease_owner.is_not(None)
    await session.execute(update(t.Delivery).where(held).values(lease_owner=None, lease_until=None))


def with_others(owner: str | ColumnElement[str], real: Moment) -> Select[str]:
    """Deliveries leased by another process."""
    # The time is a parameter: PostgreSQL would not use an index with a volatile function.
    return select(t.Delivery.id).where(t.Delivery.lease_owner != owner, t.Delivery.lease_until > real)


# ---- What Slack asked to leave alone ----


async def hold(session: AsyncSession, workspace: str, method: str, seconds: float) -> None:
    """Slack asked this workspace not to call this method for so long."""
    real = await database_now(session)
    until = real + timedelta(seconds=seconds)
    await session.execute(delete(t.SlackHold).where(_is_past(real)))
    await upsert(session, t.SlackHold, [{"workspace_id": workspace, "method": method, "set_at": real, "until": until}])


async def held_for(session: AsyncSession, workspace: str, method: str) -> float:
    """Seconds until this method may be called in this workspace."""
    row = await session.get(t.SlackHold, (workspace, method))
    if row is None:
        return 0.0
    real = await database_now(session)
    return max(0.0, (row.until - real).total_seconds()) if row.set_at <= real else 0.0


async def _put_off(session: AsyncSession, real: datetime, now: datetime) -> None:
    """Deliveries that a hold keeps back are due when it ends; others stay untouched."""
    for held in await session.scalars(select(t.SlackHold).where(not_(_is_past(real)))):
        kept = _OF_METHOD.get(held.method)
        if kept is None:
            continue
        state, operation = kept
        row = t.Delivery
        at = now + (held.until - real)
        await session.execute(
            update(row)
            .where(text(t.OPEN), row.workspace_id == held.workspace_id, row.state == state, row.due_at <= now)
            .where(row.operation == operation)
            .values(due_at=at, reason=HELD)
        )


def _is_past(real: datetime) -> ColumnElement[bool]:
    """Its time is over, or it was written before the clock was set back."""
    return or_(t.SlackHold.until <= real, t.SlackHold.set_at > real + MINUTE)


_OF_METHOD = {
    "chat.postMessage": (DeliveryState.PLANNED, Operation.POST),
    "chat.update": (DeliveryState.PLANNED, Operation.UPDATE),
    "chat.delete": (DeliveryState.PLANNED, Operation.DELETE),
    "views.publish": (DeliveryState.PLANNED, Operation.PUBLISH),
    "conversations.history": (DeliveryState.UNCLEAR, Operation.POST),
    "conversations.replies": (DeliveryState.UNCLEAR, Operation.POST),
}
"""Which deliveries wait while a method is held: state and operation."""
