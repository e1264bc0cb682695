"""Taking what is due, each for one process under a lease, at the pace that Slack allows this database as a whole.

Leases, pace and Slack's `Retry-After` go by the database's clock and stand in the database, so that several processes
keep to them together. A row's `lease_until` says how long its channel is taken: while it is being sent by the lease,
and after it was posted until the next message may follow.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Update, delete, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import tables as t
from storage.engine import database_now, one_at_a_time, upsert
from storage.types import Moment

CLAIMING = 0x636C61696D
"""Whoever claims holds this lock (the word “claim”): two processes never pick for one channel at once."""

MINUTE = timedelta(seconds=60)
LOOKED_AT = 1_000
"""Due rows that one claim looks at, the oldest of the channels that are free."""

ENDED = "the process ended while it was being sent"
HELD = "Slack asked to wait"


@dataclass(frozen=True)
class ClaimedDelivery:
    """A delivery that this process holds the lease of, until `keep_until` on its own steady clock.

    `group` is empty, and `meeting` None, where it belongs to one person alone. `sent_channel` and `sent_ts` are where
    the message stands that it settles (`bot.services.message_cleanup`).
    """

    id: str
    workspace: str
    group: str
    kind: str
    operation: str
    recipient: str
    meeting: str | None
    subject: str | None
    planned_for: datetime
    stands_since: datetime | None
    expires_at: datetime | None
    state: str
    attempts: int
    looks: int
    nonce: str
    owner: str
    keep_until: float
    sent_channel: str | None = None
    sent_ts: str | None = None
    reason: str | None = None
    """Why it did not come sooner, where that is known."""


@dataclass(frozen=True)
class ClaimCandidate:
    """A delivery that may be sent now: the first of those that its recipient waits for."""

    id: str
    workspace: str
    operation: str


@dataclass(frozen=True)
class LeasePolicy:
    """How a process claims: as whom, for how many seconds, how far apart two messages in a channel are, in seconds."""

    owner: str
    lease: float
    between: float

    @property
    def longest(self) -> timedelta:
        """No lease reaches further ahead; one that does was written before the clock was set back."""
        return timedelta(seconds=max(self.lease, self.between) + 1)


async def begin(session: AsyncSession, terms: LeasePolicy, now: datetime, under_way: Collection[str] = ()) -> datetime:
    """Begin a claim, alone, and say what time it really is; what a process left behind becomes unclear.

    `under_way` are the deliveries that this process is just sending: they are in good hands, even when the clock was
    set and their leases seem to be over.
    """
    await one_at_a_time(session, CLAIMING)
    real = await database_now(session)
    await session.execute(
        _end_sending(now).where(_is_over(real, real + terms.longest), t.Delivery.id.not_in(under_way))
    )
    await _put_off(session, real, now)
    return real


def left_behind(real: Moment, too_far: Moment) -> Select[str]:
    """What is being sent by nobody any more; no lease of ours reaches as far as `too_far`."""
    return select(t.Delivery.id).where(text(t.HELD), t.Delivery.state == "sending", _is_over(real, too_far))


def _is_over(real: Moment, too_far: Moment) -> ColumnElement[bool]:
    return or_(t.Delivery.lease_until < real, t.Delivery.lease_until > too_far)


def _end_sending(now: datetime) -> Update:
    """It may have been posted, so it comes back as unclear."""
    values = {"state": "unclear", "due_at": now, "reason": ENDED, "lease_owner": None, "lease_until": None}
    return update(t.Delivery).where(text(t.HELD), t.Delivery.state == "sending").values(values)


async def candidates(
    session: AsyncSession, terms: LeasePolicy, now: datetime, real: datetime, full: Collection[tuple[str, str]] = ()
) -> list[ClaimCandidate]:
    """What is due now in channels that are free, the first of each, in the order in which it was meant to go out:
    whoever had to wait keeps their place.

    `full` are the (workspace, operation) that can't take any more now: what waits there hides nothing that needn't.
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


async def sent_lately(session: AsyncSession, real: datetime) -> Counter[tuple[str, str]]:
    """How many calls each (workspace, operation) had in the last minute, those under way among them."""
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
    """Claim what was chosen, in that order."""
    started = time.monotonic()
    rows = await session.scalars(select(t.Delivery).where(t.Delivery.id.in_([c.id for c in chosen])))
    by_id = {row.id: row for row in rows}
    return [_take(by_id[c.id], terms, real, started) for c in chosen]


def _take(row: t.Delivery, terms: LeasePolicy, real: datetime, started: float) -> ClaimedDelivery:
    was = row.state
    row.lease_owner, row.lease_until = terms.owner, real + timedelta(seconds=terms.lease)
    if was == "planned":
        row.state = "sending"
        row.attempts += 1
    return ClaimedDelivery(
        id=row.id,
        workspace=row.workspace_id,
        group=row.collaborative_id or "",
        kind=row.kind,
        operation=row.operation,
        recipient=row.recipient,
        meeting=row.meeting_id,
        subject=row.subject,
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
        reason=row.reason,
    )


# ---- Giving back ----


async def give_back(session: AsyncSession, owner: str, now: datetime) -> None:
    """A process that ends leaves nothing behind: what it was just sending is unclear, and anybody's."""
    await session.execute(_end_sending(now).where(t.Delivery.lease_owner == owner))
    await session.execute(
        update(t.Delivery).where(t.Delivery.lease_owner == owner).values(lease_owner=None, lease_until=None)
    )


async def release_all(session: AsyncSession, now: datetime) -> None:
    """At start, when no other process can be at work: whatever was being sent is unclear, and nobody holds it."""
    await session.execute(_end_sending(now))
    held = t.Delivery.lease_owner.is_not(None)
    await session.execute(update(t.Delivery).where(held).values(lease_owner=None, lease_until=None))


def with_others(owner: str | ColumnElement[str], real: Moment) -> Select[str]:
    """What another process holds, and may be sending."""
    # A time that is handed in: PostgreSQL would not use an index for a moment that goes on while it looks.
    return select(t.Delivery.id).where(t.Delivery.lease_owner != owner, t.Delivery.lease_until > real)


# ---- What Slack asked to leave alone ----


async def hold(session: AsyncSession, workspace: str, method: str, seconds: float) -> None:
    """Slack asked this workspace to leave this method alone for so long."""
    real = await database_now(session)
    until = real + timedelta(seconds=seconds)
    await upsert(session, t.SlackHold, [{"workspace_id": workspace, "method": method, "set_at": real, "until": until}])


async def held_for(session: AsyncSession, workspace: str, method: str) -> float:
    """Seconds until this method may be called in this workspace."""
    row = await session.get(t.SlackHold, (workspace, method))
    if row is None:
        return 0.0
    real = await database_now(session)
    return max(0.0, (row.until - real).total_seconds()) if row.set_at <= real else 0.0


async def _put_off(session: AsyncSession, real: datetime, now: datetime) -> None:
    """What a hold keeps back is due when it ends; nothing else is touched."""
    await session.execute(delete(t.SlackHold).where(or_(t.SlackHold.until <= real, t.SlackHold.set_at > real + MINUTE)))
    for held in await session.scalars(select(t.SlackHold)):
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


_OF_METHOD = {
    "chat.postMessage": ("planned", "post"),
    "chat.update": ("planned", "update"),
    "chat.delete": ("planned", "delete"),
    "views.publish": ("planned", "publish"),
    "conversations.history": ("unclear", "post"),
    "conversations.replies": ("unclear", "post"),
}
"""Which deliveries wait while a method is held: their state and operation."""
