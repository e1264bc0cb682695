"""Erases what people wrote, and logs which row on which day, so that restored backups are held to it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from storage import tables as t
from storage.engine import MOST_ROWS, erased, upsert

Erasable = type[t.Reflection] | type[t.ParkedItem] | type[t.HandoffNote]
ERASABLE: tuple[Erasable, ...] = (t.Reflection, t.ParkedItem, t.HandoffNote)


async def erase(session: AsyncSession, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Erase answers for good, each given by its `id` and `workspace_id`.

    The log has no person and no minute, and its ids are random and gone from here. It is kept for ever: it has
    some hundred bytes a row, and only its operator knows how old a backup may be.
    """
    await _erase(session, t.Reflection, list(rows), now)


async def erase_topics(session: AsyncSession, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """The same for parked topics."""
    await _erase(session, t.ParkedItem, list(rows), now)


async def erase_notes(session: AsyncSession, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """The same for notes to the next facilitator."""
    await _erase(session, t.HandoffNote, list(rows), now)


async def _erase(session: AsyncSession, table: Erasable, gone: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if not gone:
        return
    await _delete(session, table, [row["id"] for row in gone])
    about = {"what": table.__tablename__, "erased_on": now.date()}
    record = [about | {"row_id": row["id"], "workspace_id": row["workspace_id"]} for row in gone]
    await upsert(session, t.Erasure, record)
    erased(session)


async def erase_again(session: AsyncSession, records: Iterable[Mapping[str, Any]]) -> None:
    """Erase from restored rows what was erased before the restore."""
    known = list(records)
    for table in ERASABLE:
        await _delete(session, table, [str(row["row_id"]) for row in known if row["what"] == table.__tablename__])


async def _delete(session: AsyncSession, table: Erasable, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), MOST_ROWS):
        await session.execute(delete(table).where(table.id.in_(ids[start : start + MOST_ROWS])))
