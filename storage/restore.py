"""Restore: checks a backup, prepares it in a temporary database, and replaces the target's content."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sqlite
from storage import tables as t
from storage.backup import ROWS, BackupContents, address_of, contents_of, copy_rows
from storage.database import Database, in_words, is_sqlite, open_database, parse_address, reading
from storage.engine import StorageUnavailable
from storage.migrating import revision_of
from storage.recognizing import Foreign, Incomplete, Newer

TRIES = 100
"""Attempts to truncate SQLite's log, a quarter of a second apart, while somebody reads it."""


@dataclass(frozen=True)
class Backup:
    """A backup's content in a temporary database, and its time."""

    made_at: datetime
    contents: BackupContents
    database: Database


@asynccontextmanager
async def opened_backup(file: Path) -> AsyncIterator[Backup]:
    """A complete backup of ours, in a copy migrated to this version's schema. Raises StorageUnavailable with the
    reason.

    A copy of Collab's SQLite file is accepted as well. The file itself is only read.
    """
    with tempfile.TemporaryDirectory(prefix="collab-") as folder:
        copy = Path(folder) / "backup.db"
        made_at = _copy_whole(file, copy)
        await _check_schema(file, copy)
        database = await open_database(address_of(copy).render_as_string())
        try:
            async with database.engine.connect() as connection:
                contents = await contents_of(connection)
            yield Backup(made_at, contents, database)
        finally:
            await database.close()


def _copy_whole(file: Path, copy: Path) -> datetime:
    """Copy a complete database; returns the time that it says it was made or last changed."""
    if not file.is_file():
        raise StorageUnavailable(f"There is no file {file}. Nothing was changed.")
    try:
        with (
            closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            wrong = [found for (found,) in source.execute("PRAGMA integrity_check(1)") if found != "ok"]
            if wrong or source.execute("PRAGMA foreign_key_check").fetchone():
                raise StorageUnavailable(f"{file} is damaged. Nothing was changed; take another backup.")
            source.backup(target)
            dated = target.execute("SELECT 1 FROM sqlite_master WHERE name = 'backup'").fetchone()
            made = target.execute("SELECT made_at FROM backup").fetchone() if dated else None
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{file} is no backup, or is damaged. Nothing was changed.") from error
    return datetime.fromisoformat(made[0]) if made else datetime.fromtimestamp(file.stat().st_mtime, UTC)


async def _check_schema(file: Path, copy: Path) -> None:
    try:
        async with reading(address_of(copy)) as connection:
            revision = await revision_of(connection)
    except Newer as newer:
        raise StorageUnavailable(
            f"{file} was made by a newer version of Collab. Nothing was changed; restore it with that version."
        ) from newer
    except Incomplete as trouble:
        raise StorageUnavailable(
            f"{file} is no whole backup: it lacks {trouble.what}. Nothing was changed."
        ) from trouble
    except Foreign:
        revision = None
    if revision is None:
        raise StorageUnavailable(f"{file} is no backup of Collab's. Nothing was changed.")


async def in_chunks(
    connection: AsyncConnection, query: Select[Any]
) -> AsyncGenerator[Sequence[Mapping[str, Any]], None]:
    """A query's rows by column, in chunks."""
    rows = await connection.stream(query.execution_options(yield_per=ROWS))
    async for chunk in rows.mappings().partitions(ROWS):
        yield [dict(row) for row in chunk]


async def erasures_in(where: str) -> AsyncGenerator[Sequence[Mapping[str, Any]], None]:
    """The erasure log of a backup, a database file or a database URL."""
    url = parse_address(where) if "://" in where else address_of(Path(where))
    if is_sqlite(url) and not sqlite.is_there(url):
        raise StorageUnavailable(f"There is no file {where} to take erasures from. Nothing was changed.")
    with in_words(url):
        async with reading(url) as connection:
            if t.Erasure.__tablename__ in await _tables(connection):
                async for chunk in in_chunks(connection, select(t.Erasure.__table__)):
                    yield chunk


async def _tables(connection: AsyncConnection) -> set[str]:
    return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def put_in_place(target: Database, backup: Database) -> None:
    """Replace the target's content by the backup's, in one transaction."""
    with in_words(target.engine.url):
        begun = target.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin()
        async with backup.engine.connect() as source, begun as connection:
            await _empty(connection)
            await copy_rows(source, connection)
    for _ in range(TRIES):  # what was there stands in SQLite's log
        if await target.sessions.forget():
            return
        await asyncio.sleep(0.25)
    raise StorageUnavailable(
        "Restored. But another program holds on to SQLite's log, in which what was there before can still be read: end "
        "it, and start Collab."
    )


async def _empty(connection: AsyncConnection) -> None:
    tables = t.Base.metadata.sorted_tables
    if connection.dialect.name == "sqlite":
        for table in reversed(tables):
            await connection.execute(delete(table))
    else:  # gives the files back too, with what was erased in them
        await connection.execute(text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
