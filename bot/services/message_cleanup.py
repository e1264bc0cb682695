"""Direct messages whose record has to be deleted before they are: each is settled in Slack first, then its record is
deleted.

A record with a name is replaced by a cleanup record that looks like every other: a message to empty, or to delete. It
is deleted only when Slack has done it, so that a process may die in between. A message that says what became of an
answer names the group; it stands for a week, is then emptied, and its record is deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.domain.deliveries import DeliveryState, Operation
from bot.services.claims import ClaimedDelivery
from storage import tables as t
from storage.engine import MOST_ROWS, erased, upsert

READ_FOR = timedelta(days=7)
"""For so long a message that names its group can be read, and be found when its recipient erases everything."""

ERASED = "erased"
"""Replaces the recipient who has erased everything, until it is known where the message stands."""

_delivery = t.Delivery.__table__


class Face(StrEnum):
    """What a message says from now on."""

    OVER = "over"
    CLOSED = "closed"
    VOIDED = "voided"
    TOO_FEW = "too_few"
    WITHHELD = "withheld"
    LAPSED = "lapsed"
    FEW_LEFT = "few_left"
    GONE = "gone"


NAMES_GROUP = frozenset({Face.TOO_FEW, Face.WITHHELD, Face.LAPSED, Face.FEW_LEFT})
"""These name the group and are emptied later. The others tell nothing about anybody."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Debt:
    """A message to settle: where it stands (or whom to send a new one to), its new content, and when."""

    workspace: str
    recipient: str
    face: Face
    due_at: datetime
    group: str | None = None
    channel: str | None = None
    ts: str | None = None

    @property
    def operation(self) -> str:
        return Operation.DELETE if self.face is Face.GONE else Operation.UPDATE if self.ts else Operation.POST


def debt(row: Row, face: Face, now: datetime) -> Debt:
    """For the message of a record."""
    group = row["collaborative_id"] if face in NAMES_GROUP else None
    return Debt(row["workspace_id"], row["recipient"], face, now, group, row["sent_channel"], row["sent_ts"])


async def owe(session: AsyncSession, debts: Sequence[Debt]) -> None:
    """Have these messages settled. Written in random order, and alike except for their content."""
    rows = [_row(one) for one in {(d.channel, d.ts) if d.ts else (d.recipient, None): d for d in debts}.values()]
    await upsert(session, t.Delivery, sorted(rows, key=lambda row: str(row["id"])))


def _row(one: Debt) -> dict[str, object]:
    return {
        "id": t.new_id(),
        "workspace_id": one.workspace,
        "kind": CLEANUP,
        "operation": one.operation,
        "collaborative_id": one.group,
        "recipient": one.recipient,
        "arguments": {"face": one.face},
        "planned_for": one.due_at,
        "due_at": one.due_at,
        "dedupe_key": f"{CLEANUP}:{t.new_id()}",
        "sent_channel": one.channel,
        "sent_ts": one.ts,
    }


async def take(session: AsyncSession, which: ColumnElement[bool], face: Face = Face.OVER) -> list[Row]:
    """Delete records; returns those whose message is in Slack, for `debt`.

    A message that is being sent is settled as `face` once it was sent (`results.record_sent`). Records of updates
    of a message need no cleanup of their own.
    """
    await session.flush()
    rows = [dict(row) for row in (await session.execute(select(_delivery).where(which))).mappings()]
    under_way = [row["id"] for row in rows if row["state"] == DeliveryState.SENDING]
    await _let_come(session, under_way, face)
    ids = [row["id"] for row in rows if row["state"] != DeliveryState.SENDING]
    for start in range(0, len(ids), MOST_ROWS):
        await session.execute(
            delete(t.Delivery)
            .where(t.Delivery.id.in_(ids[start : start + MOST_ROWS]))
            .execution_options(synchronize_session="fetch")
        )
    erased(session)
    taken = [row for row in rows if row["state"] != DeliveryState.SENDING and row["sent_channel"] and row["sent_ts"]]
    return [row for row in taken if row["operation"] == Operation.POST or row["kind"] == CLEANUP]


async def _let_come(session: AsyncSession, under_way: Sequence[str], face: Face) -> None:
    row = t.Delivery
    operation = Operation.DELETE if face is Face.GONE else Operation.UPDATE
    about = {
        "kind": CLEANUP,
        "operation": operation,
        "arguments": {"face": face},
        "meeting_id": None,
        "collaborative_id": None,
    }
    if face is Face.GONE:
        about["recipient"] = ERASED
    for one in under_way:
        values = about | {"dedupe_key": f"{CLEANUP}:{t.new_id()}"}
        await session.execute(
            update(row).where(row.id == one).values(values).execution_options(synchronize_session="fetch")
        )


async def keep_note(session: AsyncSession, workspace: str, person: str, channel: str, ts: str, now: datetime) -> None:
    """Record a direct message that was sent without a delivery, so that it is found when its recipient erases
    everything."""
    note = _row(Debt(workspace, person, Face.GONE, now, None, channel, ts))
    sent = {"kind": "note", "operation": Operation.POST, "arguments": {}, "state": DeliveryState.SENT, "sent_at": now}
    await upsert(session, t.Delivery, [note | sent])


# ---- When Slack has answered ----


async def name_of(session: AsyncSession, group: str) -> str | None:
    """A group's name."""
    return await session.scalar(select(t.Collaborative.name).where(t.Collaborative.id == group))


async def settled(
    session: AsyncSession, claimed: ClaimedDelivery, channel: str | None, ts: str | None, now: datetime
) -> None:
    """It is done. A message that names its group is emptied later; all other records are deleted."""
    if claimed.operation == Operation.DELETE or claimed.arguments.get("face") not in NAMES_GROUP:
        await give_up(session, claimed)
        return
    later = now + READ_FOR
    await _change(
        session,
        claimed,
        operation=Operation.UPDATE,
        arguments={"face": Face.OVER},
        collaborative_id=None,
        planned_for=later,
        due_at=later,
        sent_channel=channel or claimed.sent_channel,
        sent_ts=ts or claimed.sent_ts,
        attempts=0,
    )


async def delete_instead(session: AsyncSession, claimed: ClaimedDelivery, now: datetime) -> None:
    """Slack does not allow changes any more."""
    await _change(session, claimed, operation=Operation.DELETE, arguments={"face": Face.GONE}, due_at=now)


async def _change(session: AsyncSession, claimed: ClaimedDelivery, **values: object) -> None:
    mine = (t.Delivery.id == claimed.id, t.Delivery.lease_owner == claimed.owner)
    free = {"state": DeliveryState.PLANNED, "reason": None, "lease_owner": None, "lease_until": None}
    await session.execute(update(t.Delivery).where(*mine).values(free | values))


async def give_up(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    """Its record is deleted: it is settled, or never can be."""
    await session.execute(
        delete(t.Delivery).where(t.Delivery.id == claimed.id, t.Delivery.lease_owner == claimed.owner)
    )
    erased(session)


async def forget_all(session: AsyncSession, workspace: str) -> None:
    """The app was removed: its messages are out of reach, so no record of them is kept."""
    here = (t.Delivery.workspace_id == workspace, t.Delivery.kind == CLEANUP)
    await session.execute(delete(t.Delivery).where(*here))
    erased(session)
