"""The delivery rows: bringing them into line, claiming them under a lease, recording what became of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Batch
from bot.services.closing import REVIEW_TIME
from storage import tables as t
from storage.types import UtcDateTime

OPEN = ("planned", "sending", "unclear", "asked")


@dataclass(frozen=True)
class Wanted:
    """What should be delivered. `dedupe_key` says that two plans mean the same thing."""

    kind: str
    operation: str
    recipient: str
    due_at: datetime
    expires_at: datetime | None
    dedupe_key: str
    meeting: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Owed:
    """A delivery that this process holds the lease of."""

    id: str
    workspace: str
    group: str
    kind: str
    operation: str
    recipient: str
    meeting: str | None
    subject: str | None
    due_at: datetime
    expires_at: datetime | None
    state: str
    attempts: int
    looks: int
    nonce: str


async def groups_to_advance(
    session: AsyncSession, now: datetime, limit: int, but: Collection[str] = ()
) -> list[tuple[str, str]]:
    """(workspace, group) of the groups in which time has made something due, or whose deliveries may be out of line."""
    due = union(
        select(t.Collaborative.id).where(t.Collaborative.plan_wanted),
        select(t.Prompt.collaborative_id).where(t.Prompt.closed_at.is_(None), t.Prompt.closes_at <= now),
        select(t.Prompt.collaborative_id).where(
            t.Prompt.batch == Batch.WAITING, t.Prompt.closed_at <= now - REVIEW_TIME
        ),
        select(t.Meeting.collaborative_id).where(t.Meeting.state == "upcoming", t.Meeting.handover_due_at <= now),
    ).subquery()
    rows = await session.execute(
        select(t.Collaborative.workspace_id, t.Collaborative.id)
        .join(due, due.c.id == t.Collaborative.id)
        .where(t.Collaborative.id.not_in(but))
        .limit(limit)
    )
    return [(workspace, group) for workspace, group in rows]


async def bring_into_line(session: AsyncSession, workspace: str, group: str, wanted: Sequence[Wanted]) -> None:
    """Make the group's planned deliveries what they should be. Those that were sent, or are being, stay untouched.

    What is due at the same moment goes out in the order in which it is wanted.
    """
    should = {w.dedupe_key: (w, rank) for rank, w in enumerate(wanted)}
    rows = await session.scalars(
        select(t.Delivery).where(
            t.Delivery.collaborative_id == group,
            or_(t.Delivery.state == "planned", t.Delivery.dedupe_key.in_(should)),
        )
    )
    for row in rows:
        want, rank = should.pop(row.dedupe_key, (None, 0))
        if want is None:
            row.state, row.reason = "withdrawn", "no longer wanted"
        elif row.state in {"planned", "withdrawn"}:
            _align(row, want, rank)
    session.add_all(_row(workspace, group, want, rank) for want, rank in should.values())
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == group).values(plan_wanted=False))


def _align(row: t.Delivery, want: Wanted, rank: int) -> None:
    row.rank = rank
    if row.attempts == 0 or row.state == "withdrawn":  # a retry keeps the time that Slack asked for
        row.due_at = want.due_at
    row.expires_at, row.recipient, row.subject = want.expires_at, want.recipient, want.subject
    row.state, row.reason = "planned", None if row.state == "withdrawn" else row.reason


def _row(workspace: str, group: str, want: Wanted, rank: int) -> t.Delivery:
    return t.Delivery(
        workspace_id=workspace,
        collaborative_id=group,
        kind=want.kind,
        operation=want.operation,
        recipient=want.recipient,
        meeting_id=want.meeting,
        subject=want.subject,
        due_at=want.due_at,
        rank=rank,
        expires_at=want.expires_at,
        dedupe_key=want.dedupe_key,
    )


async def claim(session: AsyncSession, owner: str, lease: float, limit: int, now: datetime) -> list[Owed]:
    """Take what is due, each under a lease of `lease` seconds by the database's own clock.

    A row whose lease ran out while it was being sent may have been posted: it comes back as unclear.
    """
    real = await _database_now(session)
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.state == "sending", t.Delivery.lease_until < real)
        .values(state="unclear", due_at=now, reason="the process ended while it was being sent")
    )
    rows = await session.scalars(
        select(t.Delivery)
        .where(
            t.Delivery.state.in_(("planned", "unclear")),
            t.Delivery.due_at <= now,
            or_(t.Delivery.lease_until.is_(None), t.Delivery.lease_until < real),
        )
        .order_by(t.Delivery.due_at, t.Delivery.rank, t.Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_take(row, owner, real + timedelta(seconds=lease)) for row in rows]


def _take(row: t.Delivery, owner: str, until: datetime) -> Owed:
    was = row.state
    row.lease_owner, row.lease_until = owner, until
    if was == "planned":
        row.state = "sending"
        row.attempts += 1
    return Owed(
        row.id,
        row.workspace_id,
        row.collaborative_id,
        row.kind,
        row.operation,
        row.recipient,
        row.meeting_id,
        row.subject,
        row.due_at,
        row.expires_at,
        was,
        row.attempts,
        row.looks,
        row.nonce,
    )


async def _database_now(session: AsyncSession) -> datetime:
    """The database's clock: leases go by real time, whatever the group's clock says (design.md, Sandbox)."""
    return (await session.scalars(select(func.current_timestamp(type_=UtcDateTime)))).one()


async def release_all(session: AsyncSession, now: datetime) -> None:
    """At start, when no other process can be at work: whatever was being sent is unclear, and nobody holds it."""
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.state == "sending")
        .values(state="unclear", due_at=now, reason="the process ended while it was being sent")
    )
    await session.execute(update(t.Delivery).values(lease_owner=None, lease_until=None))


async def record_sent(session: AsyncSession, owed: Owed, channel: str | None, ts: str | None, now: datetime) -> None:
    await _record(session, owed, state="sent", reason=None, sent_at=now, sent_channel=channel, sent_ts=ts)
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == owed.group).values(plan_wanted=True))


async def record_skipped(session: AsyncSession, owed: Owed, reason: str) -> None:
    await _record(session, owed, state="skipped", reason=reason)


async def record_failed(session: AsyncSession, owed: Owed, reason: str) -> None:
    await _record(session, owed, state="failed", reason=reason)


async def record_withdrawn(session: AsyncSession, owed: Owed, reason: str) -> None:
    """Not now; planned again when it is still wanted after what stood in the way is gone."""
    await _record(session, owed, state="withdrawn", reason=reason)


async def record_retry(session: AsyncSession, owed: Owed, reason: str, at: datetime) -> None:
    await _record(session, owed, state="planned", reason=reason, due_at=at)


async def record_unclear(session: AsyncSession, owed: Owed, reason: str, at: datetime) -> None:
    """Slack may or may not have served it; look (again) at `at`."""
    await _record(session, owed, state="unclear", reason=reason, due_at=at)


async def record_look(session: AsyncSession, owed: Owed, at: datetime) -> None:
    await _record(session, owed, state="unclear", looks=owed.looks + 1, due_at=at)


async def record_asked(session: AsyncSession, owed: Owed) -> None:
    await _record(session, owed, state="asked", reason="a person was asked whether it is there")
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == owed.group).values(plan_wanted=True))


async def _record(session: AsyncSession, owed: Owed, **values: object) -> None:
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == owed.id)
        .values(lease_owner=None, lease_until=None, **{"reason": t.Delivery.reason, **values})
    )


async def asked(session: AsyncSession, group: str) -> list[tuple[str, str]]:
    """(delivery, kind) of the channel posts that a person has to look for."""
    rows = await session.execute(
        select(t.Delivery.id, t.Delivery.kind).where(t.Delivery.collaborative_id == group, t.Delivery.state == "asked")
    )
    return [(delivery, kind) for delivery, kind in rows]


async def settle_asked(
    session: AsyncSession, workspace: str, delivery: str, *, is_there: bool, now: datetime
) -> str | None:
    """A person's answer about an unclear post; its group, or None when it was settled before."""
    row = await session.get(t.Delivery, delivery)
    if row is None or row.workspace_id != workspace or row.state != "asked":
        return None
    if is_there:
        row.state, row.sent_at, row.sent_channel = "sent", now, row.recipient
    else:
        row.state, row.due_at = "planned", now
    await session.execute(
        update(t.Collaborative).where(t.Collaborative.id == row.collaborative_id).values(plan_wanted=True)
    )
    return row.collaborative_id


async def stop_group(session: AsyncSession, group: str, reason: str) -> None:
    """Nothing more is sent for a group that Slack will not take anything for; the plan tells its convener once."""
    await session.execute(
        update(t.Collaborative).where(t.Collaborative.id == group).values(stopped=reason, plan_wanted=True)
    )


async def resume_channel(session: AsyncSession, workspace: str, channel: str) -> None:
    """The channel can be posted to again; a group that had to stop there goes on."""
    await session.execute(
        update(t.Collaborative)
        .where(
            t.Collaborative.workspace_id == workspace,
            t.Collaborative.channel_id == channel,
            t.Collaborative.stopped.is_not(None),
        )
        .values(stopped=None, plan_wanted=True)
    )


async def stop_workspace(session: AsyncSession, workspace: str, reason: str) -> None:
    """The app was removed: nothing is sent there, and nobody can be told, until it is installed again."""
    await session.execute(
        update(t.Collaborative).where(t.Collaborative.workspace_id == workspace).values(stopped=reason)
    )
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.workspace_id == workspace, t.Delivery.state.in_(("planned", "unclear", "asked")))
        .values(state="withdrawn", reason=reason)
    )


async def next_due(session: AsyncSession) -> datetime | None:
    """The earliest moment at which there is something to do."""
    moments = [
        await session.scalar(select(func.min(column)).where(*conditions))
        for column, conditions in (
            (t.Delivery.due_at, (t.Delivery.state.in_(("planned", "unclear")),)),
            (t.Prompt.closes_at, (t.Prompt.closed_at.is_(None),)),
            (t.Meeting.handover_due_at, (t.Meeting.state == "upcoming",)),
        )
    ]
    return min((m for m in moments if m is not None), default=None)
