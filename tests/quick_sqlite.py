"""SQLite's short steps taken at once: a thread is asked for what may wait, not for what is in memory already.

The driver takes four steps for each statement (a cursor, the statement, its rows, the cursor's end), each through the
connection's thread and back; that was a ninth of what tests of the whole bot cost. Only a statement can wait, for a
lock or the disk; it goes to the thread as ever. `make soak` has every step go there.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite

CURSORS_SHORT = {"fetchall", "fetchmany", "fetchone", "close"}


def be_quick() -> None:
    all_steps = "_execute"
    through_the_thread: Callable[..., Awaitable[Any]] = getattr(aiosqlite.Connection, all_steps)

    async def step(self: aiosqlite.Connection, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        under_way: set[object] = self.__dict__.setdefault("under_way", set())
        if _is_short(function) and not under_way:  # a statement that nobody waits for any more is still there
            return function(*given, **named)
        own = object()
        under_way.add(own)

        def do() -> Any:
            try:
                return function(*given, **named)
            finally:
                under_way.discard(own)

        return await through_the_thread(self, do)

    setattr(aiosqlite.Connection, all_steps, step)


def _is_short(function: Callable[..., Any]) -> bool:
    of, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if isinstance(of, sqlite3.Cursor):
        return name in CURSORS_SHORT
    return isinstance(of, sqlite3.Connection) and name == "cursor"
