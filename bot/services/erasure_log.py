"""Erases what people wrote, and logs which row on which day, so that restored backups are held to it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.personal_columns import RECORDED
from storage import tables as t
from storage.engine import MOST_ROWS, erased, upsert


async def erase(session: AsyncSession, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Erase answers for good, each given by its `id` and `workspace_id`.

    The log has no person and no minute, and its ids are random and gone from here. It is kept for ever: it has
    some hundred bytes a row, and only its operator knows how old a backup may be.
    """
    await erase_rows(session, t.Reflection, rows, now)


async def erase_rows(
    session: AsyncSession, table: type[t.Base], rows: Iterable[Mapping[str, Any]], now: datetime
) -> None:
    """The same for rows of any table in `RECORDED`."""
    gone = list(rows)
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
    for table in RECORDED:
        await _delete(session, table, [str(row["row_id"]) for row in known if row["what"] == table.__tablename__])


async def _delete(session: AsyncSession, table: type[t.Base], ids: Sequence[str]) -> None:
    row: Any = table
    for start in range(0, len(ids), MOST_ROWS):
        await session.execute(delete(table).where(row.id.in_(ids[start : start + MOST_ROWS])))
