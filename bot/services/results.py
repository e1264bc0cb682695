"""Records the results of deliveries. Every row that was not sent says why."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.domain.deliveries import DeliveryState, Operation
from bot.services import anonymous_batches, changes
from bot.services.claims import ClaimedDelivery
from storage import tables as t
from storage.engine import Sessions, database_time
from storage.group_commit import GroupCommit

WAITS = "waits for their days and hours"

Write = Callable[[AsyncSession], Awaitable[None]]


@dataclass(frozen=True)
class Record:
    """One delivery's result: `write` records it, and touches nothing else but its group, or its workspace."""

    claimed: ClaimedDelivery
    write: Write


Records = GroupCommit[Record, None]


def recording(sessions: Sessions) -> Records:
    """Records results in a group commit: those that arrive during a transaction are written in the next."""
    return GroupCommit(sessions, _write_all, key=lambda record: record.claimed.id, behind=True)


async def _write_all(session: AsyncSession, records: Sequence[Record]) -> list[None]:
    # By group, in one order with planning, so that both never deadlock.
    for record in sorted(records, key=lambda one: one.claimed.group):
        await record.write(session)
    return [None] * len(records)


async def record_sent(
    session: AsyncSession,
    claimed: ClaimedDelivery,
    channel: str | None,
    ts: str | None,
    now: datetime,
    between: float = 0,
) -> None:
    """It is in Slack, whoever holds the lease by now. Its channel is free again `between` seconds later.

    If its record had to be deleted while it was being sent, the message is settled at once
    (`bot.services.message_cleanup`).
    """
    to_settle = t.Delivery.kind == CLEANUP  # such a one itself is recorded elsewhere
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == claimed.id)
        .values(
            state=case((to_settle, DeliveryState.PLANNED), else_=DeliveryState.SENT),
            due_at=case((to_settle, now), else_=t.Delivery.due_at),
            reason=None,
            sent_at=now,
            sent_channel=channel,
            sent_ts=ts,
            lease_owner=None,
            lease_until=database_time(session, between),
        )
    )
    if claimed.operation == Operation.POST:
        await anonymous_batches.posted(session, claimed.meeting, claimed.kind, now)


async def record_skipped(session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
    await _record(session, claimed, state=DeliveryState.SKIPPED, reason=reason)


async def record_failed(session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
    await _record(session, claimed, state=DeliveryState.FAILED, reason=reason)


async def record_withdrawn(session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
    """Not now; planned again if it is still wanted once the obstacle is gone."""
    await _record(session, claimed, state=DeliveryState.WITHDRAWN, reason=reason)


async def record_retry(session: AsyncSession, claimed: ClaimedDelivery, reason: str, at: datetime) -> None:
    await _record(session, claimed, state=DeliveryState.PLANNED, reason=reason, due_at=at)


async def record_put_off(session: AsyncSession, claimed: ClaimedDelivery, at: datetime, planned_for: datetime) -> None:
    """It waits for its recipient's hours, or the group's working days; planning keeps that time, as it keeps a
    retry's."""
    await _record(session, claimed, state=DeliveryState.PLANNED, reason=WAITS, due_at=at, planned_for=planned_for)


async def record_unclear(session: AsyncSession, claimed: ClaimedDelivery, reason: str, at: datetime) -> None:
    """Slack may or may not have executed it; look (again) at `at`."""
    await _record(session, claimed, state=DeliveryState.UNCLEAR, reason=reason, due_at=at)


async def record_look(session: AsyncSession, claimed: ClaimedDelivery, at: datetime) -> None:
    await _record(session, claimed, state=DeliveryState.UNCLEAR, looks=claimed.looks + 1, due_at=at)


async def record_asked(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    await _record(session, claimed, state=DeliveryState.ASKED, reason="a person was asked whether it is there")
    if claimed.group:
        changes.want_plan(session, claimed.workspace, claimed.group)  # somebody has to be asked


async def _record(session: AsyncSession, claimed: ClaimedDelivery, **values: object) -> None:
    """Only while the lease is this process's own: a process that was suspended must not overwrite another's work."""
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == claimed.id, t.Delivery.lease_owner == claimed.owner)
        .values(lease_owner=None, lease_until=None, **values)
    )
