"""A connection to SQLite whose statements run in the event loop; only what may wait for the disk goes to its thread.

aiosqlite hands every call to a thread, four calls a statement, and each hand-over costs more than most statements take
(0.1 ms against 0.02). `make bench` measures what an answer costs: docs/architecture.md, How quick it is.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from aiosqlite import Connection

MAY_WAIT = ("BEGIN IMMEDIATE", "PRAGMA", "VACUUM")
"""Statements that wait for another program's lock, or write to the disk by themselves."""

_MAY_WAIT = {"commit", "close", "backup"}
_STATEMENTS = {"execute", "executemany", "executescript"}

Returned = TypeVar("Returned")


class LoopConnection(Connection):
    """aiosqlite's connection, with statements executed where they are awaited."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int = 64) -> None:
        super().__init__(connector, iter_chunk_size)
        self._under_way: deque[None] = deque()  # one entry for each call that the thread has not finished

    async def _execute(self, fn: Callable[..., Returned], *args: Any, **kwargs: Any) -> Returned:
        """aiosqlite calls this, its own, for everything (tests/storage/test_sqlite_driver.py)."""
        is_statement = fn.__name__ in _STATEMENTS
        if is_statement:
            may_wait = str(args[0]).startswith(MAY_WAIT)
        else:  # a cursor's close has nothing to wait for
            may_wait = fn.__name__ in _MAY_WAIT and getattr(fn, "__self__", None) is self._connection
        # Whoever was cancelled while the thread was at work leaves it working: what follows waits for its turn.
        if may_wait or self._under_way:
            return await self._in_thread(fn, *args, **kwargs)
        if is_statement:
            await asyncio.sleep(0)  # a transaction of a thousand statements must not keep others waiting
        if self._connection is None:
            raise ValueError("Connection closed")  # as aiosqlite says it to SQLAlchemy
        return fn(*args, **kwargs)

    async def _in_thread(self, fn: Callable[..., Returned], *args: Any, **kwargs: Any) -> Returned:
        def call() -> Returned:
            try:
                return fn(*args, **kwargs)
            finally:
                self._under_way.pop()

        self._under_way.append(None)
        return await super()._execute(call)  # type: ignore[no-any-return, no-untyped-call]


async def connect(file: Path, lock_seconds: float) -> Connection:
    """Open a connection; each attempt on another program's lock waits for so many seconds."""
    return await LoopConnection(
        lambda: sqlite3.connect(file, timeout=lock_seconds, isolation_level=None, check_same_thread=False)
    )
