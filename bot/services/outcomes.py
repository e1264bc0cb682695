"""Recording what became of a delivery. Every row that was not sent says why."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.services import anonymous_batches
from bot.services.claiming import Owed
from bot.services.groups import want_plan
from storage import tables as t
from storage.engine import Sessions, database_time
from storage.together import Together

WAITS = "waits for their days and hours"

Write = Callable[[AsyncSession], Awaitable[None]]


@dataclass(frozen=True)
class Record:
    """What became of one delivery: `write` says it, touching nothing beside but its group, or all of its workspace."""

    owed: Owed
    write: Write


Records = Together[Record, None]


def recording(sessions: Sessions) -> Records:
    """Writes down what became of deliveries, at once: what comes in while one transaction is under way, in the next."""
    return Together(sessions, _write_all, key=lambda record: record.owed.id, behind=True)


async def _write_all(session: AsyncSession, records: Sequence[Record]) -> list[None]:
    # By group, so that whoever plans them meanwhile waits, or is waited for, and never both.
    for record in sorted(records, key=lambda one: one.owed.group):
        await record.write(session)
    return [None] * len(records)


async def record_sent(
    session: AsyncSession, owed: Owed, channel: str | None, ts: str | None, now: datetime, between: float = 0
) -> None:
    """It stands in Slack, whoever holds the lease by now. `between` seconds later its channel takes the next one.

    Where its record had to go while it was being sent, it is to be settled at once (`bot.services.cleanup`).
    """
    to_settle = t.Delivery.kind == CLEANUP  # such a one itself is recorded elsewhere
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == owed.id)
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
    if owed.operation == "post":
        await anonymous_batches.posted(session, owed.meeting, owed.kind, now, adopted=owed.state == "unclear")


async def record_merged(session: AsyncSession, owed: Owed, composed_at: datetime) -> None:
    """What was due when a message was composed and would say the same need not be said."""
    row = t.Delivery
    same = (row.kind == owed.kind, row.meeting_id == owed.meeting, row.recipient == owed.recipient)
    await session.execute(
        update(row)
        .where(*same, row.state == "planned", row.due_at <= composed_at)
        .values(state="skipped", reason="merged with one that was just sent")
    )


async def record_skipped(session: AsyncSession, owed: Owed, reason: str) -> None:
    await _record(session, owed, state="skipped", reason=reason)


async def record_failed(session: AsyncSession, owed: Owed, reason: str) -> None:
    await _record(session, owed, state="failed", reason=reason)


async def record_withdrawn(session: AsyncSession, owed: Owed, reason: str) -> None:
    """Not now; planned again when it is still wanted after what stood in the way is gone."""
    await _record(session, owed, state="withdrawn", reason=reason)


async def record_retry(session: AsyncSession, owed: Owed, reason: str, at: datetime) -> None:
    await _record(session, owed, state="planned", reason=reason, due_at=at)


async def record_put_off(session: AsyncSession, owed: Owed, at: datetime, planned_for: datetime) -> None:
    """It waits for its person's hours, or its group's days; planning again keeps that time, as it keeps a retry's."""
    await _record(session, owed, state="planned", reason=WAITS, due_at=at, planned_for=planned_for)


async def record_unclear(session: AsyncSession, owed: Owed, reason: str, at: datetime) -> None:
    """Slack may or may not have served it; look (again) at `at`."""
    await _record(session, owed, state="unclear", reason=reason, due_at=at)


async def record_look(session: AsyncSession, owed: Owed, at: datetime) -> None:
    await _record(session, owed, state="unclear", looks=owed.looks + 1, due_at=at)


async def record_asked(session: AsyncSession, owed: Owed) -> None:
    await _record(session, owed, state="asked", reason="a person was asked whether it is there")
    await want_plan(session, owed.group)


async def _record(session: AsyncSession, owed: Owed, **values: object) -> None:
    """Only while the lease is this process's own: one that was stopped for long must not undo another's work."""
    await session.execute(
        update(t.Delivery)
        .where(t.Delivery.id == owed.id, t.Delivery.lease_owner == owed.owner)
        .values(lease_owner=None, lease_until=None, **values)
    )
