"""Sessions, and helpers for SQLite and PostgreSQL alike."""

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
from storage import written
from storage.priority_gate import PriorityGate
from storage.types import UtcDateTime
from storage.written import WatchedSession

DEADLINE = 2.0
"""Timeout in seconds of a person's transaction; then they are asked to try again (design.md, Acknowledging)."""

LONG = 30.0
"""Timeout in seconds of a background transaction."""

BUSY = 0.25
"""Timeout in seconds of one attempt on SQLite's lock. A statement can't be cancelled, so a transaction may end this
much later than its deadline; both together stay below Slack's 3 s."""


class StorageUnavailable(DomainError):
    """The database can't be used now; the words say what to do."""


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
"""Connections of each process to a server database."""

WRITES = "writes"
"""In a session's `info` if it writes; rows read for a change are then locked (`for_update`)."""


ERASED = "erased"
"""In a session's `info` if something was erased that must not stay in a log (`erased`)."""


def erased(session: AsyncSession) -> None:
    """Have SQLite's write-ahead log truncated after this transaction."""
    session.info[ERASED] = True


def for_update(session: AsyncSession, query: Select[Any]) -> Select[Any]:
    """The query with FOR UPDATE in sessions that write, so that changes to a row are serialized.

    SQLite has no row locks and needs none: it has one writer.
    """
    return query.with_for_update() if session.info.get(WRITES) else query


def database_time(session: AsyncSession, seconds: float = 0) -> ColumnElement[datetime]:
    """The database's clock, `seconds` ahead. Leases and rate limits go by real time, whatever time a sandbox shows."""
    return _clock_of(session.get_bind().dialect.name, seconds)


def _clock_of(dialect: str, seconds: float) -> ColumnElement[datetime]:
    if dialect == "sqlite":
        moment: Any = func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds")  # as values are stored
    else:
        moment = func.clock_timestamp() + timedelta(seconds=seconds)
    return type_coerce(moment, UtcDateTime())


@lru_cache(2)
def _what_time_is_it(dialect: str) -> Select[datetime]:
    """Cached: it is used at every tick."""
    return select(_clock_of(dialect, 0))


async def database_now(session: AsyncSession) -> datetime:
    """The value of `database_time` now."""
    return (await session.scalars(_what_time_is_it(session.get_bind().dialect.name))).one()


async def one_at_a_time(session: AsyncSession, lock: int) -> None:
    """Take an advisory lock until the end of the transaction. On SQLite nothing is needed: it has one writer."""
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(select(func.pg_advisory_xact_lock(lock)))


MOST_ROWS = 500
"""Rows of one statement; SQLite allows some 32,000 parameters."""


async def run(
    session: AsyncSession, statement: Executable, given: Mapping[str, object] | Sequence[Mapping[str, object]] = ()
) -> CursorResult[Any]:
    """Execute a Core statement in the session's transaction, past its identity map: for many rows.

    It does not see what the session has not flushed.
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
    """Upsert rows; safe for concurrent processes.

    `unique` are the columns of the conflict target, the primary key by default; `changes` those that are updated,
    all others by default.
    """
    if rows:
        names = tuple(rows[0] if changes is None else changes)
        written.note_rows(session, table, rows, changes)
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
        """A write transaction, committed at the end. Raises StorageUnavailable if the database is busy or can't be
        written."""
        try:
            async with (
                asyncio.timeout(self.deadline if deadline is None else deadline) as limit,
                self._queue,
                self._writer() as session,
                session.begin(),
            ):
                await _take_turn(session)
                yield session
                if session.is_active and session.in_transaction():  # else it was given up already
                    await written.save(session)
                limit.reschedule(None)  # once everything is said, a commit is not broken off half-way
        except (TimeoutError, OperationalError, InternalError) as error:
            self.on_failure(why_not_written(error))
            raise StorageUnavailable(
                "I couldn't save that just now. Nothing is lost: please try again in a moment."
            ) from error
        if session.info.get(ERASED):
            await self.forget()

    def _writer(self) -> AsyncSession:
        info = {WRITES: True}
        return AsyncSession(self._writing, sync_session_class=WatchedSession, expire_on_commit=False, info=info)

    @asynccontextmanager
    async def behind(self, deadline: float = LONG) -> AsyncIterator[AsyncSession]:
        """A background write transaction: it yields to users."""
        await self.foreground.quiet()
        async with self.begin(deadline) as session:
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A read-only transaction."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    async def forget(self) -> bool:
        """Truncate SQLite's write-ahead log, so that erased content can't be read there (design.md).

        False if somebody was reading it; then `forget_again` has to be called.
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
        """Truncate the log if an earlier attempt failed; returns whether nothing is left to do."""
        return await self.forget() if self._to_forget else True


async def _take_turn(session: AsyncSession) -> None:
    """Begin; retry while another program holds SQLite's lock, until the deadline of the caller."""
    while True:
        try:
            await session.connection()
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                raise
        else:
            return
