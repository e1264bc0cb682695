"""The one place that knows which database it is: engine, sessions, migrations, the single-process lock."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Select,
    event,
    func,
    inspect,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import DomainError
from storage.types import UtcDateTime

DEADLINE = 2.0
"""Seconds that a person's transaction may take before they are told to try again (design.md, Acknowledging)."""

BUSY = 0.25
"""Seconds that one attempt on SQLite's lock takes at most. A statement can't be broken off, so this is how much later
than its deadline a transaction may end, and both together stay below the 3 s that Slack gives."""


class StorageTrouble(DomainError):
    """The database can't do it now; the words say what to do."""


CONNECTIONS = 20
"""To a server database, for each process."""

WRITES = "writes"
"""Stands in a session's `info` when it writes; what is read there for a change is locked (`locked`)."""


def locked(session: AsyncSession, query: Select[Any]) -> Select[Any]:
    """The query, locking its rows where the session writes, so that changes to them come one after another.

    SQLite has no row locks and needs none: it has one writer.
    """
    return query.with_for_update() if session.info.get(WRITES) else query


def database_time(session: AsyncSession, seconds: float = 0) -> ColumnElement[datetime]:
    """The database's clock, so many seconds ahead: leases and Slack's limits go by real time, whatever the group's."""
    if session.get_bind().dialect.name == "sqlite":
        moment: Any = func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds")  # as values are stored
    else:
        moment = func.clock_timestamp() + timedelta(seconds=seconds)
    return type_coerce(moment, UtcDateTime())


async def database_now(session: AsyncSession) -> datetime:
    """What `database_time` says now."""
    return (await session.scalars(select(database_time(session)))).one()


async def one_at_a_time(session: AsyncSession, lock: int) -> None:
    """Until the transaction ends, no other process gets past this line with this lock. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(select(func.pg_advisory_xact_lock(lock)))


async def run(
    session: AsyncSession, statement: Executable, given: Mapping[str, object] | Sequence[Mapping[str, object]] = ()
) -> CursorResult[Any]:
    """Run a statement on tables in the session's transaction, past its objects: many rows come and go that way.

    What the session itself has not written yet is not seen by it.
    """
    connection = await session.connection()
    return await connection.execute(statement, given or None)


async def put(
    session: AsyncSession,
    table: type[DeclarativeBase],
    rows: Sequence[Mapping[str, object]],
    unique: Sequence[str] = (),
    changes: Sequence[str] | None = None,
) -> None:
    """Insert rows, or change those that are there; two processes may do so at once.

    `unique` are the columns by which a row is known, its primary key where none are named; `changes` those that
    change, all others by default.
    """
    if not rows:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    keys = list(unique) or [column.name for column in inspect(table).primary_key]
    target: Any = table.__table__  # not the class: nothing of these rows is kept as objects
    statement: Any = insert(target)
    changed = {n: statement.excluded[n] for n in (rows[0] if changes is None else changes) if n not in keys}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    await run(session, statement, rows)


class Sessions:
    """Opens transactions: `begin()` to write (one writer at a time on SQLite), `read()` to read."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reading = engine
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        # Fifty contending writers had a 1.2 s tail on SQLite's own lock, a queue in front of it 0.1 s (design.md).
        self._queue = asyncio.Semaphore(1 if engine.dialect.name == "sqlite" else CONNECTIONS)

    @asynccontextmanager
    async def begin(self, deadline: float = DEADLINE) -> AsyncIterator[AsyncSession]:
        """A write transaction, committed at the end; StorageTrouble when the database is busy or can't be written."""
        try:
            async with (
                asyncio.timeout(deadline) as limit,
                self._queue,
                AsyncSession(self._writing, expire_on_commit=False, info={WRITES: True}) as session,
                session.begin(),
            ):
                await _take_turn(session)
                yield session
                limit.reschedule(None)  # once everything is said, a commit is not broken off half-way
        except (TimeoutError, OperationalError) as error:
            raise StorageTrouble(
                "I couldn't save that just now. Nothing is lost: please try again in a moment."
            ) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    async def forget(self) -> None:
        """Truncate SQLite's write-ahead log, so that what was erased can't be read there (design.md)."""
        if self._reading.dialect.name != "sqlite":
            return
        async with self._queue, self._reading.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _take_turn(session: AsyncSession) -> None:
    """Begin, and while another program holds SQLite's lock try again: the deadline around ends it."""
    while True:
        try:
            await session.connection()
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                raise
        else:
            return


class Database:
    """An open database: `sessions` to work on, `alone` when no other process can be working on it."""

    def __init__(self, engine: AsyncEngine, lock: FileLock | None) -> None:
        self.engine = engine
        self.sessions = Sessions(engine)
        self.alone = lock is not None
        self._lock = lock

    @property
    def has_own_clock(self) -> bool:
        """Whether its clock may be another than this machine's."""
        return self.engine.dialect.name != "sqlite"

    async def now(self) -> datetime:
        """What time it is for the database; an error when it can't be reached."""
        async with self.sessions.read() as session:
            return await database_now(session)

    async def close(self) -> None:
        await self.engine.dispose()
        if self._lock is not None:
            self._lock.release()


async def open_database(url: str) -> Database:
    """Open the database, bring its schema up to date and hold it; StorageTrouble in plain words when that fails."""
    lock = _hold(url)
    async with AsyncExitStack() as undo:
        if lock is not None:
            undo.callback(lock.release)
        engine = _make_engine(url)
        undo.push_async_callback(engine.dispose)
        await _migrate(engine)
        undo.pop_all()
    return Database(engine, lock)


async def describe_database(url: str) -> str:
    """One line for `check`: which database, at which schema; StorageTrouble when it can't be used."""
    path = sqlite_file(url)
    if path is not None and not _can_be_made(path):
        raise StorageTrouble(_CANT_OPEN)
    if path is not None and not path.exists():
        return "not there yet; it is made at the first start."
    engine = _make_engine(url)
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(_revision)
    except DatabaseError as error:
        raise StorageTrouble(_CANT_OPEN) from error
    finally:
        await engine.dispose()
    newest = _scripts().get_current_head()
    if found is not None and found not in _known():
        raise StorageTrouble(_NEWER)
    if found is None:
        return "empty; its tables are made at the first start."
    return "up to date." if found == newest else "older than this version; it is brought up to date at the next start."


def _can_be_made(path: Path) -> bool:
    """Whether a file may be written there, or made together with its folders."""
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    return os.access(there, os.W_OK) and (there == path or there.is_dir())


_CANT_OPEN = (
    "The database can't be opened or written. Check DATABASE_URL: for SQLite, that this user may write to the file and "
    "its folder; for PostgreSQL, that the server runs, the database exists and name and password are right."
)
MIGRATING = 0x636F6C6C6162
"""Whoever migrates holds this lock (the word “collab”)."""

_NEWER = "The database was made by a newer version of Collab. Start that version, or restore an older backup."


def sqlite_file(url: str) -> Path | None:
    """The database's file, for SQLite with a file."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageTrouble("DATABASE_URL is not a database address. Example: sqlite:///data/collab.db") from None
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database) if parsed.database and parsed.database != ":memory:" else None


def _hold(url: str) -> FileLock | None:
    """SQLite has one writer and no row locks, so a second process is refused rather than half working."""
    path = sqlite_file(url)
    if path is None:
        return None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock", mode=0o600)
        lock.acquire(timeout=0)
        if path.exists():
            os.close(os.open(path, os.O_RDWR))
        else:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except Timeout:
        raise StorageTrouble(
            "Another Collab is already running on this database file. Several at once need PostgreSQL."
        ) from None
    except OSError as error:
        raise StorageTrouble(_CANT_OPEN) from error
    return lock


def _make_engine(url: str) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": BUSY})
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_async_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,  # for what only reads
            pool_pre_ping=True,  # a server that was away for a moment is not the next transaction's trouble
            connect_args={"connect_timeout": 5},
        )
    raise StorageTrouble("DATABASE_URL names neither SQLite (sqlite:///…) nor PostgreSQL (postgresql://…).")


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin or commit by itself
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic_config())


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _migrate(engine: AsyncEngine) -> None:
    try:
        async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":  # several processes may start at once
                await connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
            await connection.run_sync(_upgrade)
    except CommandError as error:
        raise StorageTrouble(_NEWER) from error
    except DatabaseError as error:
        raise StorageTrouble(_CANT_OPEN) from error


def _upgrade(connection: Connection) -> None:
    config = _alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
