"""Opens a database, or says in plain words why it can't be used."""

import asyncio
import errno
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from filelock import FileLock
from sqlalchemy import event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from storage import sqlite, sqlite_driver
from storage.engine import BUSY, CONNECTIONS, DEADLINE, DISK_FULL, READ_ONLY, Sessions, StorageUnavailable, database_now
from storage.migrating import migrate, newest_revision, revision_of, try_version

RUNNING = 0x72756E
"""An advisory lock that all connections of a running process share (the word “run”); a restore takes it exclusively."""

ANSWERED_LATELY = 1.0
"""Seconds for which a connection that was used is taken to work still."""

LOOKS = (0, 0.1, 0.2, 0.3, 0.4)
"""Pauses in seconds before attempts to take it: a server notices late that its previous holder is gone."""


class Database:
    """An open database: `sessions` to work with; `alone`: no other process can be working on it."""

    def __init__(self, engine: AsyncEngine, undo: AsyncExitStack, *, alone: bool, deadline: float = DEADLINE) -> None:
        self.engine = engine
        self.sessions = Sessions(engine, deadline)
        self.alone = alone
        self._undo = undo

    @property
    def has_own_clock(self) -> bool:
        """Whether its clock may differ from this machine's."""
        return self.engine.dialect.name != "sqlite"

    async def now(self) -> datetime:
        """The database's time. Raises an error if it can't be reached."""
        async with self.sessions.read() as session:
            return await database_now(session)

    async def try_writing(self) -> None:
        """Write something that changes nothing. Raises StorageUnavailable or OSError if nothing can be written."""
        if self.engine.dialect.name == "sqlite":
            try:
                await asyncio.to_thread(sqlite.check_place, sqlite.file_of(self.engine.url))
            except OSError as error:
                self.sessions.on_failure(DISK_FULL if error.errno in _FULL else READ_ONLY)
                raise
        async with self.sessions.begin() as session:
            await try_version(session)

    async def close(self) -> None:
        await self._undo.aclose()


async def open_database(address: str, *, alone: bool = False, deadline: float = DEADLINE) -> Database:
    """Open the database, migrate its schema and lock it. Raises StorageUnavailable in plain words.

    `alone`: only if no other process works on it, and none may until it is closed. SQLite is always opened so.
    `deadline`: the timeout in seconds of a person's transaction.
    """
    url = parse_address(address)
    async with AsyncExitStack() as undo:
        with in_words(url):
            if is_sqlite(url):
                undo.callback(_hold(url).release)
            engine = make_engine(url, shared=not alone)
            undo.push_async_callback(engine.dispose)
            if alone and not is_sqlite(url):
                await undo.enter_async_context(_alone(engine))
            await migrate(engine)
            held = undo.pop_all()
    return Database(engine, held, alone=alone or is_sqlite(url), deadline=deadline)


async def describe_database(address: str) -> str:
    """One line for `check`: which database, at which schema. Raises StorageUnavailable."""
    url = parse_address(address)
    if is_sqlite(url):
        file = sqlite.file_of(url)
        with in_words(url):
            sqlite.check_place(file)
        if not file.exists():
            return "not there yet; it is made at the first start."
    with in_words(url):
        async with reading(url) as connection:
            found = await revision_of(connection)
    if found is None:
        return "empty; its tables are made at the first start."
    newest = newest_revision()
    return "up to date." if found == newest else "older than this version; it is brought up to date at the next start."


# ---- Addresses ----


def parse_address(address: str) -> URL:
    """Parse a database URL. Raises StorageUnavailable if it is none, or of an unsupported product."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise StorageUnavailable("DATABASE_URL is not a database address. Example: sqlite:///data/collab.db") from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StorageUnavailable("DATABASE_URL names neither SQLite (sqlite:///…) nor PostgreSQL (postgresql://…).")
    if is_sqlite(url) and url.query:
        raise StorageUnavailable("DATABASE_URL takes no options for SQLite: nothing may stand behind a question mark.")
    return url


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


# ---- Connections ----


def make_engine(url: URL, *, shared: bool = True) -> AsyncEngine:
    """An engine. With `shared`, nobody can restore on a server while one of its connections lives."""
    if is_sqlite(url):
        file = sqlite.file_of(url)
        engine = create_async_engine(
            url.set(drivername="sqlite+aiosqlite"), async_creator=lambda: sqlite_driver.connect(file, BUSY)
        )
        event.listen(engine.sync_engine, "connect", sqlite.prepare)
        event.listen(engine.sync_engine, "begin", sqlite.begin)
        return engine
    engine = create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,  # for what only reads
        connect_args={"connect_timeout": 5},
    )
    event.listen(engine.sync_engine, "checkout", _ping_after_a_pause)
    event.listen(engine.sync_engine, "checkin", _note_use)
    if shared:
        event.listen(engine.sync_engine, "connect", _share)
    return engine


USED = "used"
"""In a pooled connection's `info`: when it was given back, by the monotonic clock."""


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _ping_after_a_pause(
    connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """A server that was away for a moment is not the next transaction's trouble. One that was there a moment ago is not
    asked again: that would cost each transaction another way to the server and back (`pool_pre_ping`)."""
    if time.monotonic() - record.info.get(USED, time.monotonic()) < ANSWERED_LATELY:
        return
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT 1")
    except Exception as error:
        raise InvalidatePoolError from error  # and so are the others
    finally:
        cursor.close()
    connection.rollback()


@asynccontextmanager
async def reading(url: URL) -> AsyncIterator[AsyncConnection]:
    """`snapshot` of a database that is not open."""
    engine = make_engine(url)
    try:
        async with snapshot(engine) as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection with a consistent snapshot, whoever writes meanwhile."""
    async with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


def _hold(url: URL) -> FileLock:
    file = sqlite.file_of(url)
    sqlite.check_place(file)
    return sqlite.hold(file)


def _share(connection: Any, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pause in LOOKS:
        cursor.execute("SELECT pg_sleep(%s), pg_try_advisory_lock_shared(%s)", (pause, RUNNING))
        _, free = cursor.fetchone()
        if free:
            break
    cursor.close()
    connection.commit()  # the lock is the connection's own and stays
    if not free:
        raise StorageUnavailable("This database is being restored just now. Start again when that is done.")


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.connect() as connection:
        for pause in LOOKS:
            looking = select(func.pg_sleep(pause), func.pg_try_advisory_lock(RUNNING))
            _, free = (await connection.execute(looking)).one()
            if free:
                break
        await connection.commit()
        if not free:
            raise StorageUnavailable(
                "Collab, or a backup, is still running on this database. Stop every process first."
            )
        yield


# ---- Words ----


@contextmanager
def in_words(url: URL) -> Iterator[None]:
    """Translates errors of the database or the disk in this block to StorageUnavailable, with a hint where to look."""
    try:
        yield
    except DBAPIError as error:
        raise StorageUnavailable(_of_sqlite(error) if is_sqlite(url) else _NO_SERVER) from error
    except OSError as error:
        raise StorageUnavailable(_DISK if error.errno in _FULL else _CANT_OPEN) from error


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_DISK = "The disk that the database lies on is full, or doesn't work. Make room there (`df`), then start again."
_CANT_OPEN = (
    "The database can't be opened or written. Check DATABASE_URL, and that this user may write to the file and its "
    "folder."
)
_NO_SERVER = (
    "The database can't be opened. Check DATABASE_URL: that the server runs and can be reached, the database exists, "
    "name and password are right, and this user may make tables in it."
)
_NO_DATABASE = (
    "The file that DATABASE_URL names is not a database, or is damaged. Name another one, or move it away and "
    "`python -m bot db restore` a backup."
)
_BUSY = "Another program is writing to the database file. End it, then start again."
_SAID = {
    sqlite3.SQLITE_FULL: _DISK,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_NOTADB: _NO_DATABASE,
    sqlite3.SQLITE_CORRUPT: _NO_DATABASE,
    sqlite3.SQLITE_BUSY: _BUSY,
}


def _of_sqlite(error: DBAPIError) -> str:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return _SAID.get(code & 0xFF, _CANT_OPEN)  # the rest of it says more exactly why
