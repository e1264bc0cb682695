"""Recording what became of a delivery. Every row that was not sent says why."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.services import anonymous_batches
from bot.services.claims import ClaimedDelivery
from bot.services.groups import want_plan
from storage import tables as t
from storage.engine import Sessions, database_time
from storage.group_commit import GroupCommit

WAITS = "waits for their days and hours"

Write = Callable[[AsyncSession], Awaitable[None]]


@dataclass(frozen=True)
class Record:
    """What became of one delivery: `write` says it, touching nothing beside but its group, or all of its workspace."""

    claimed: ClaimedDelivery
    write: Write


Records = GroupCommit[Record, None]


def recording(sessions: Sessions) -> Records:
    """Writes down what became of deliveries, at once: what comes in while one transaction is under way, in the next."""
    return GroupCommit(sessions, _write_all, key=lambda record: record.claimed.id, behind=True)


async def _write_all(session: AsyncSession, records: Sequence[Record]) -> list[None]:
    # By group, so that whoever plans them meanwhile waits, or is waited for, and never both.
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
    """It stands in Slack, whoever holds the lease by now. `between` seconds later its channel takes the next one.

    Where its record had to go while it was being sent, it is to be settled at once (`bot.services.message_cleanup`).
    """
    to_settle = t.Delivery.kind == CLEANUP  # such a one itself is recorded elsewhere
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == claimed.id)
        .values(
            state=case((to_settle, "planned"), else_="sent"),
            due_at=case((to_settle, now), else_=t.Delivery.due_at),
            reason=None,
            sent_at=now,
            sent_channel=channel,
            sent_ts=ts,
            lease_owner=None,
            lease_until=database_time(session, between),
        )
    )
    if claimed.operation == "post":
        await anonymous_batches.posted(session, claimed.meeting, claimed.kind, now, adopted=claimed.state == "unclear")


async def record_merged(session: AsyncSession, claimed: ClaimedDelivery, composed_at: datetime) -> None:
    """What was due when a message was composed and would say the same need not be said."""
    row = t.Delivery
    same = (row.kind == claimed.kind, row.meeting_id == claimed.meeting, row.recipient == claimed.recipient)
    await session.execute(
        update(row)
        .where(*same, row.state == "planned", row.due_at <= composed_at)
        .values(state="skipped", reason="merged with one that was just sent")
    )


async def record_skipped(session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
    await _record(session, claimed, state="skipped", reason=reason)


async def record_failed(session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
    await _record(session, claimed, state="failed", reason=reason)


async def record_withdrawn(session: AsyncSession, claimed: ClaimedDelivery, reason: str) -> None:
    """Not now; planned again when it is still wanted after what stood in the way is gone."""
    await _record(session, claimed, state="withdrawn", reason=reason)


async def record_retry(session: AsyncSession, claimed: ClaimedDelivery, reason: str, at: datetime) -> None:
    await _record(session, claimed, state="planned", reason=reason, due_at=at)


async def record_put_off(session: AsyncSession, claimed: ClaimedDelivery, at: datetime, planned_for: datetime) -> None:
    """It waits for its person's hours, or its group's days; planning again keeps that time, as it keeps a retry's."""
    await _record(session, claimed, state="planned", reason=WAITS, due_at=at, planned_for=planned_for)


async def record_unclear(session: AsyncSession, claimed: ClaimedDelivery, reason: str, at: datetime) -> None:
    """Slack may or may not have served it; look (again) at `at`."""
    await _record(session, claimed, state="unclear", reason=reason, due_at=at)


async def record_look(session: AsyncSession, claimed: ClaimedDelivery, at: datetime) -> None:
    await _record(session, claimed, state="unclear", looks=claimed.looks + 1, due_at=at)


async def record_asked(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    await _record(session, claimed, state="asked", reason="a person was asked whether it is there")
    await want_plan(session, claimed.group)


async def _record(session: AsyncSession, claimed: ClaimedDelivery, **values: object) -> None:
    """Only while the lease is this process's own: one that was stopped for long must not undo another's work."""
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == claimed.id, t.Delivery.lease_owner == claimed.owner)
        .values(lease_owner=None, lease_until=None, **values)
    )
