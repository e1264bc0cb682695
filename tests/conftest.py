"""What most tests stand on: a database of their own, and the real bot in a sandbox of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

import pytest

from bot.app import serve
from bot.config import Settings, read_settings
from bot.logs import set_up_logs
from sandbox import server
from storage.engine import Database, open_database
from tests.person import Person, Sandbox

MONDAY = datetime(2026, 8, 31, 14, tzinfo=UTC)
"""When the sandbox's life begins: nine o'clock in Chicago."""


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/collab.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(server.serve("127.0.0.1", 0, address.set_result))
    world = Sandbox(await address)
    await world.go_to(MONDAY, leap=True)
    yield world
    await world.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def sandbox_settings(sandbox: Sandbox, database_url: str, **more: Any) -> Settings:
    """The settings of a bot that lives in a sandbox."""
    return read_settings(
        None,
        slack_bot_token="xoxb-sandbox",
        slack_app_token="xapp-sandbox",
        slack_api_url=f"{sandbox.address}/api/",
        clock_url=f"{sandbox.address}/sandbox/clock",
        database_url=database_url,
        **more,
    )


@asynccontextmanager
async def running(settings: Settings, logs: TextIO | None = None) -> AsyncIterator[None]:
    """The real bot, in this process."""
    set_up_logs("info", "json", logs or StringIO())
    stop, listens = asyncio.Event(), asyncio.Event()
    bot = asyncio.create_task(serve(settings, stop, listens.set))
    listening = asyncio.create_task(listens.wait())
    await asyncio.wait({bot, listening}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not listening.done():
            await bot  # it ended before it listened: say why
        yield
    finally:
        listening.cancel()
        stop.set()
        await bot


@pytest.fixture
def logs() -> StringIO:
    """What the bot logs."""
    return StringIO()


@pytest.fixture
async def bot(sandbox: Sandbox, database_url: str, logs: StringIO) -> AsyncIterator[None]:
    async with running(sandbox_settings(sandbox, database_url), logs):
        yield


@pytest.fixture
async def people(sandbox: Sandbox, bot: None) -> dict[str, Person]:  # noqa: ARG001 - there has to be a bot
    """Everybody by first name, in a workspace where the bot is at work."""
    return await sandbox.people()
