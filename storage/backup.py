"""Backups: one SQLite file, whatever database it was made from, of one moment, while the bot goes on working."""

import os
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    MetaData,
    Table,
    column,
    false,
    func,
    insert,
    inspect,
    literal_column,
    not_,
    null,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.anonymity import AUTHORS_ONLY, Visibility
from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import Batch
from storage import sqlite
from storage import tables as t
from storage.database import in_words, is_sqlite, make_engine, parse_address, reading
from storage.engine import StorageUnavailable
from storage.migrating import migrate, revision_of
from storage.queries import batch_shown
from storage.types import Key, UtcDateTime

ROWS = 1_000
"""Copied at a time; never a whole table is held in memory."""

NEVER = {
    (c.table.name, c.name) for each in t.Base.metadata.sorted_tables for c in each.columns if isinstance(c.type, Key)
}
"""Left out of every backup: with a key, those who may read the copy could tell for ever who wrote what (design.md)."""


FORMER_AUTHORS_ONLY = ("too_few_refresh", "too_few_left_refresh", "batch_lapsing_refresh", "returned_settled")
"""Such kinds of earlier versions."""


def _read(columns: Mapping[str, Collection[str]]) -> Mapping[str, ColumnElement[bool]]:
    """Of these tables only such rows: no anonymous answer that the group was not shown; nothing that only authors of
    such answers get, since it would lead to them; and no thanks for one, of which they would be told again."""
    shown = batch_shown() if t.AnonymousBatch.__tablename__ in columns else _shown_in_former_schema(columns)
    anonymous = t.Reflection.visibility == Visibility.ANONYMOUS
    return {
        t.Written.__tablename__: false(),  # whoever takes a backup over has everything looked at
        t.Delivery.__tablename__: t.Delivery.kind.not_in((*AUTHORS_ONLY, *FORMER_AUTHORS_ONLY)),
        t.Appreciation.__tablename__: t.Appreciation.reflection_id.not_in(select(t.Reflection.id).where(anonymous)),
        t.Reflection.__tablename__: or_(not_(anonymous), t.Reflection.prompt_id.in_(select(t.Prompt.id).where(shown))),
    }


def _shown_in_former_schema(columns: Mapping[str, Collection[str]]) -> ColumnElement[bool]:
    """The same where its state stands with the prompt: an older schema calls what was shown approved; one older still,
    in which nothing waits for the agenda, shows it at once."""
    state: ColumnElement[str] = literal_column("prompt.batch")
    if "review_until" in columns[t.Prompt.__tablename__]:
        return state == Batch.SHOWN.value
    if "batch_in_agenda" not in columns[t.Meeting.__tablename__]:
        return state == Batch.APPROVED.value
    meeting = table("meeting", column("id"), column("batch_in_agenda", Boolean()))
    stands_in = or_(t.Delivery.kind == "anonymous_shown", (t.Delivery.kind == "agenda") & meeting.c.batch_in_agenda)
    holders = select(t.Delivery.meeting_id).join(meeting, meeting.c.id == t.Delivery.meeting_id)
    posted = holders.where(stands_in, t.Delivery.state == DeliveryState.SENT)
    return (state == Batch.APPROVED.value) & t.Prompt.meeting_id.in_(posted)


FOLDER = Path("backups")
NOTHING_THERE = "There is nothing to back up: the database that DATABASE_URL names holds no tables yet."


@dataclass(frozen=True)
class BackupContents:
    """How much a database or a backup holds, and of when."""

    groups: int
    meetings: int
    answers: int
    latest: date | None
    """The day of the latest answer."""

    @property
    def is_empty(self) -> bool:
        return not (self.groups or self.meetings or self.answers)


def default_file(address: str, now: datetime, mark: str = "") -> Path:
    """Where a backup goes when nobody says: a folder beside the database, with the time in its name; a name that is
    free where two are made within a second."""
    url = parse_address(address)
    beside = sqlite.file_of(url).parent if is_sqlite(url) else Path("data")
    name = f"collab-{now:%Y-%m-%d-%H%M%S}"
    tries = (beside / FOLDER / f"{name}{again}{mark}.db" for again in chain([""], (f"-{n}" for n in count(2))))
    return next(file for file in tries if not file.exists())


async def write_backup(address: str, file: Path, now: datetime) -> BackupContents:
    """Back the database up to a new file, readable by its owner only; it is there whole or not at all."""
    url = parse_address(address)
    if is_sqlite(url) and not sqlite.is_there(url):
        raise StorageUnavailable(NOTHING_THERE)
    with in_words(url):
        async with reading(url) as source:
            return await write_from(source, file, now)


async def write_from(source: AsyncConnection, file: Path, now: datetime) -> BackupContents:
    """The same from a connection that reads one moment's state.

    Rows are copied and not pages, so that no key and nothing that was erased ever stands in the file, not even in
    pages that are free.
    """
    _refuse_to_overwrite(file)
    revision = await revision_of(source)
    if revision is None:
        raise StorageUnavailable(NOTHING_THERE)
    with _becoming(file) as partial:
        async with _fresh(partial, revision) as target:
            await copy_rows(source, target, NEVER, _read(await source.run_sync(_columns)))
            await target.execute(text("CREATE TABLE backup (made_at VARCHAR(32) NOT NULL)"))
            await target.execute(text("INSERT INTO backup VALUES (:at)"), {"at": now.isoformat()})
            return await contents_of(target)


def _refuse_to_overwrite(file: Path) -> None:
    if file.exists():
        raise StorageUnavailable(f"{file} is there already. Nothing was changed; name another file.")


@contextmanager
def _becoming(file: Path) -> Iterator[Path]:
    """A file beside it, readable by its owner only, that becomes this one when the block ends well."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".partial", dir=file.parent)
        os.close(handle)
        try:
            yield Path(name)
            _refuse_to_overwrite(file)
            Path(name).rename(file)
        finally:
            for rest in file.parent.glob(f"{Path(name).name}*"):
                rest.unlink(missing_ok=True)
        _sync_folder(file.parent)
    except OSError as error:
        raise StorageUnavailable(f"{file} can't be written ({error.strerror}). No backup was made.") from error
    except DBAPIError as error:
        if not hasattr(error.orig, "sqlite_errorcode"):
            raise
        raise StorageUnavailable(f"{file} can't be written: is the disk full (`df`)? No backup was made.") from error


@asynccontextmanager
async def _fresh(file: Path, revision: str) -> AsyncIterator[AsyncConnection]:
    """A new database of that schema, in one file when the block ends."""
    engine = make_engine(address_of(file))
    try:
        await migrate(engine, revision)
        async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
            yield connection
        await _without_log(engine)
    finally:
        await engine.dispose()


def address_of(file: Path) -> URL:
    return URL.create("sqlite", database=str(file))


async def _without_log(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        async with driver.execute("PRAGMA journal_mode=DELETE"):
            pass


async def copy_rows(
    source: AsyncConnection,
    target: AsyncConnection,
    without: Collection[tuple[str, str]] = (),
    only: Mapping[str, ColumnElement[bool]] = MappingProxyType({}),
) -> None:
    """Copy every row of the columns that both sides have; those of `without` (table, column) are left empty, and of the
    tables in `only` such rows are copied alone. Both sides may be of an older version: what they have is read off
    them."""
    has = await target.run_sync(_columns)
    for copied in await source.run_sync(_tables):
        names = [c.name for c in copied.columns if c.name in has.get(copied.name, ())]
        if not names:
            continue
        wanted = [
            (
                null()
                if (copied.name, name) in without
                else literal_column(f"{copied.name}.{name}", copied.c[name].type)
            ).label(name)
            for name in names
        ]
        origin = t.Base.metadata.tables.get(copied.name, copied)
        query = select(*wanted).select_from(origin).where(only.get(copied.name, true()))
        rows = await source.stream(query.execution_options(yield_per=ROWS))
        async for chunk in rows.mappings().partitions(ROWS):
            await target.execute(insert(copied), [dict(row) for row in chunk])


def _tables(connection: Connection) -> list[Table]:
    """The tables that are there, those that others refer to first."""
    there = MetaData()
    there.reflect(connection, only=lambda name, _: name != "alembic_version")
    for each in there.sorted_tables:
        for one in each.columns:
            if isinstance(one.type, DateTime):
                one.type = UtcDateTime()
            elif isinstance(one.type, JSON):
                one.type = JSON(none_as_null=True)
    return there.sorted_tables


def _columns(connection: Connection) -> dict[str, set[str]]:
    there = inspect(connection)
    return {name: {str(c["name"]) for c in there.get_columns(name)} for name in there.get_table_names()}


async def contents_of(connection: AsyncConnection) -> BackupContents:
    """How much is in a database."""
    groups = await connection.scalar(select(func.count()).select_from(t.Collaborative))
    meetings = await connection.scalar(select(func.count(t.Meeting.number)))
    answers, latest = (await connection.execute(select(func.count(), func.max(t.Reflection.given_on)))).one()
    return BackupContents(groups or 0, meetings or 0, answers, latest)


def _sync_folder(folder: Path) -> None:
    """Make sure that the file's name is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
