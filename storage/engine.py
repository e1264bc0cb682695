"""Sessions, and what is asked of the database through them, whichever one it is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Executable, Select, func, inspect, select, type_coerce
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import DeclarativeBase

from bot.domain.errors import DomainError
from storage.priority_gate import PriorityGate
from storage.types import UtcDateTime

DEADLINE = 2.0
"""Seconds that a person's transaction may take before they are told to try again (design.md, Acknowledging)."""

LONG = 30.0
"""Seconds that a transaction may take that nobody waits for."""

BUSY = 0.25
"""Seconds that one attempt on SQLite's lock takes at most. A statement can't be broken off, so this is how much later
than its deadline a transaction may end, and both together stay below the 3 s that Slack gives."""


class StorageUnavailable(DomainError):
    """The database can't do it now; the words say what to do."""


DISK_FULL = "the disk is full, or doesn't work"
READ_ONLY = "the database can't be written"
BUSY_NOW = "the database is busy, or can't be reached"

_OF_SQLITE = {
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_IOERR: DISK_FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
}
_OF_POSTGRESQL = {"53100": DISK_FULL, "58030": DISK_FULL, "25006": READ_ONLY}


def why_not_written(error: BaseException) -> str:
    """Why a transaction failed, in words for whoever runs the bot."""
    said = getattr(error, "orig", None)
    code = getattr(said, "sqlite_errorcode", None)
    if code is not None:
        return _OF_SQLITE.get(code & 0xFF, BUSY_NOW)
    return _OF_POSTGRESQL.get(str(getattr(said, "sqlstate", "")), BUSY_NOW)


CONNECTIONS = 20
"""To a server database, for each process."""

WRITES = "writes"
"""Stands in a session's `info` when it writes; what is read there for a change is locked (`locked`)."""


ERASED = "erased"
"""Stands in a session's `info` when something was erased that must not be found in a log any more (`erased`)."""


def erased(session: AsyncSession) -> None:
    """Have SQLite's write-ahead log truncated after this transaction."""
    session.info[ERASED] = True


def for_update(session: AsyncSession, query: Select[Any]) -> Select[Any]:
    """The query, locking its rows where the session writes, so that changes to them come one after another.

    SQLite has no row locks and needs none: it has one writer.
    """
    return query.with_for_update() if session.info.get(WRITES) else query


def database_time(session: AsyncSession, seconds: float = 0) -> ColumnElement[datetime]:
    """The database's clock, so many seconds ahead: leases and Slack's limits go by real time, whatever the group's."""
    return _clock_of(session.get_bind().dialect.name, seconds)


def _clock_of(dialect: str, seconds: float) -> ColumnElement[datetime]:
    if dialect == "sqlite":
        moment: Any = func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds")  # as values are stored
    else:
        moment = func.clock_timestamp() + timedelta(seconds=seconds)
    return type_coerce(moment, UtcDateTime())


@lru_cache(2)
def _what_time_is_it(dialect: str) -> Select[datetime]:
    """Asked at every tick, so it is made once."""
    return select(_clock_of(dialect, 0))


async def database_now(session: AsyncSession) -> datetime:
    """What `database_time` says now."""
    return (await session.scalars(_what_time_is_it(session.get_bind().dialect.name))).one()


async def one_at_a_time(session: AsyncSession, lock: int) -> None:
    """Until the transaction ends, no other process gets past this line with this lock. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(select(func.pg_advisory_xact_lock(lock)))


MOST_ROWS = 500
"""Rows named in one statement; SQLite takes some 32,000 values in all."""


async def run(
    session: AsyncSession, statement: Executable, given: Mapping[str, object] | Sequence[Mapping[str, object]] = ()
) -> CursorResult[Any]:
    """Run a statement on tables in the session's transaction, past its objects: many rows come and go that way.

    What the session itself has not written yet is not seen by it.
    """
    connection = await session.connection()
    return await connection.execute(statement, given or None)


async def upsert(
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
    if rows:
        names = tuple(rows[0] if changes is None else changes)
        await run(session, _upsert(table, session.get_bind().dialect.name, tuple(unique), names), rows)


@lru_cache(64)
def _upsert(table: type[DeclarativeBase], dialect: str, unique: Sequence[str], changes: Sequence[str]) -> Executable:
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert  # the other one need not be loaded
    keys = list(unique) or [column.name for column in inspect(table).primary_key]
    target: Any = table.__table__  # not the class: nothing of these rows is kept as objects
    statement: Any = insert(target)
    changed = {name: statement.excluded[name] for name in changes if name not in keys}
    if changed:
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)  # type: ignore[no-any-return]  # as above
    return statement.on_conflict_do_nothing(index_elements=keys)  # type: ignore[no-any-return]


class Sessions:
    """Opens transactions: `begin()` to write (one writer at a time on SQLite), `read()` to read."""

    def __init__(self, engine: AsyncEngine, deadline: float = DEADLINE) -> None:
        self.deadline = deadline
        self.foreground = PriorityGate()
        self.on_failure: Callable[[str], None] = lambda _reason: None
        self._reading = engine
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        # Fifty contending writers had a 1.2 s tail on SQLite's own lock, a queue in front of it 0.1 s (design.md).
        self._queue = asyncio.Semaphore(1 if engine.dialect.name == "sqlite" else CONNECTIONS)
        self._to_forget = True  # what a process that died had erased may still stand in the log

    @asynccontextmanager
    async def begin(self, deadline: float | None = None) -> AsyncIterator[AsyncSession]:
        """A write transaction, committed at the end; StorageTrouble when the database is busy or can't be written."""
        try:
            async with (
                asyncio.timeout(self.deadline if deadline is None else deadline) as limit,
                self._queue,
                AsyncSession(self._writing, expire_on_commit=False, info={WRITES: True}) as session,
                session.begin(),
            ):
                await _take_turn(session)
                yield session
                limit.reschedule(None)  # once everything is said, a commit is not broken off half-way
        except (TimeoutError, OperationalError, InternalError) as error:
            self.on_failure(why_not_written(error))
            raise StorageUnavailable(
                "I couldn't save that just now. Nothing is lost: please try again in a moment."
            ) from error
        if session.info.get(ERASED):
            await self.forget()

    @asynccontextmanager
    async def behind(self, deadline: float = LONG) -> AsyncIterator[AsyncSession]:
        """A write transaction that nobody waits for: in a rush, people go first."""
        await self.foreground.quiet()
        async with self.begin(deadline) as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    async def forget(self) -> bool:
        """Truncate SQLite's write-ahead log, so that what was erased can't be read there (design.md).

        False when somebody was just reading in it; then `forget_again` has to.
        """
        if self._reading.dialect.name != "sqlite":
            return True
        self._to_forget = True
        async with self._queue, self._reading.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                (busy, _, _) = await cursor.fetchone()
            self._to_forget = bool(busy)
            return not busy

    async def forget_again(self) -> bool:
        """Truncate the log where that was owed and could not be done; whether nothing is owed any more."""
        return await self.forget() if self._to_forget else True


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
