"""What runs in the event loop and what in the connection's thread."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiosqlite import Connection

from storage.sqlite_driver import LoopConnection, connect


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    opened = await connect(tmp_path / "one.db", 0.25)
    yield opened
    await opened.close()


async def test_statements_run_where_they_are_awaited_and_what_may_wait_for_the_disk_does_not(
    connection: Connection,
) -> None:
    ran: list[tuple[str, bool]] = []
    here = threading.get_ident()
    await connection.set_trace_callback(lambda said: ran.append((said, threading.get_ident() == here)))
    for statement in (
        "PRAGMA journal_mode=WAL",
        "BEGIN IMMEDIATE",
        "CREATE TABLE one (a)",
        "INSERT INTO one VALUES (1)",
    ):
        await connection.execute(statement)
    await connection.commit()
    cursor = await connection.execute("SELECT a FROM one")
    assert list(await cursor.fetchall()) == [(1,)]
    assert ran == [
        ("PRAGMA journal_mode=WAL", False),
        ("BEGIN IMMEDIATE", False),
        ("CREATE TABLE one (a)", True),
        ("INSERT INTO one VALUES (1)", True),
        ("COMMIT", False),
        ("SELECT a FROM one", True),
    ]


async def test_only_what_may_wait_goes_through_the_thread(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over: list[str] = []
    in_thread = LoopConnection._in_thread

    async def noting(self: LoopConnection, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        handed_over.append(fn.__name__)
        return await in_thread(self, fn, *args, **kwargs)

    monkeypatch.setattr(LoopConnection, "_in_thread", noting)
    await connection.execute("BEGIN IMMEDIATE")
    cursor = await connection.execute("SELECT 1")
    assert await cursor.fetchone() == (1,)
    await cursor.close()
    await connection.commit()
    assert handed_over == ["execute", "commit"]


async def test_every_statement_lets_others_go_on(connection: Connection) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    for _ in range(10):
        await connection.execute("SELECT 1")
    counting.cancel()
    assert turns >= 10


async def test_what_follows_somebody_who_was_cancelled_waits_until_the_thread_is_done(
    connection: Connection, tmp_path: Path
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    order: list[str] = []

    def where() -> str:
        begun.set()
        may_end.wait()
        order.append("copied")
        return str(tmp_path / "copy.db")

    await connection.create_function("where_to", 0, where)
    copying = asyncio.create_task(connection.execute("VACUUM INTO where_to()"))
    await asyncio.to_thread(begun.wait)
    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    await connection.execute("SELECT 1")
    order.append("read")
    assert order == ["copied", "read"]


async def test_a_closed_connection_says_so_as_sqlalchemy_expects_it(tmp_path: Path) -> None:
    opened = await connect(tmp_path / "one.db", 0.25)
    await opened.close()
    with pytest.raises(ValueError, match=r"no active connection|Connection closed"):
        await opened.execute("SELECT 1")
