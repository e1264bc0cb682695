"""A sandbox and the real bot in it, as long as a block runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any, TextIO

from bot.app import serve
from bot.config import Settings, read_settings
from bot.runtime.logs import set_up_logs
from handlers.capabilities import CAPABILITIES
from handlers.capability import Capabilities
from sandbox.sandbox import Sandbox as Workspace
from sandbox.sandbox import make_sandbox
from sandbox.server import serve as serve_sandbox
from tests.support.person import GENEROUS, Sandbox

MONDAY = datetime(2026, 8, 31, 14, tzinfo=UTC)
"""When the sandbox's life begins: nine o'clock in Chicago."""


def be_patient(whole: Workspace) -> None:
    """Slack's short lifetimes are tried by the sandbox's own tests; elsewhere a busy machine must not reach them.

    A test that shows that something is *not* waited for makes that longer than this.
    """
    whole.sockets.ack_seconds = whole.trigger_seconds = 30
    whole.clock.settle_timeout = GENEROUS


@asynccontextmanager
async def serving_sandbox(whole: Workspace | None = None) -> AsyncIterator[Sandbox]:
    """A sandbox on a free port, as long as the block runs; one's own, or a fresh one."""
    if whole is None:
        whole = make_sandbox()
        be_patient(whole)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve_sandbox("127.0.0.1", 0, address.set_result, sandbox=whole))
    world = Sandbox(await address)
    world.inside = whole
    yield world
    await world.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def sandbox_settings(sandbox: Sandbox, database_url: str, **more: Any) -> Settings:
    """The settings of a bot that lives in a sandbox."""
    given: dict[str, Any] = {
        "slack_bot_token": "xoxb-sandbox",
        "slack_app_token": "xapp-sandbox",
        "slack_signing_secret": SIGNING_SECRET,
        "http_port": 0,
        "slack_api_url": f"{sandbox.address}/api/",
        "clock_url": f"{sandbox.address}/sandbox/clock",
        "database_url": database_url,
        "message_seconds": 0,  # the real pace is kept where the process is real (test_kill)
        "workspace_messages_per_minute": 10_000,
        "save_seconds": 60,  # nobody is refused because the machine is busy; a test of the refusal sets its own
    }
    return read_settings(None, **(given | more))


SIGNING_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - the sandbox's own, and no secret


@asynccontextmanager
async def running(
    settings: Settings,
    logs: TextIO | None = None,
    *,
    http: bool = False,
    capabilities: Capabilities = CAPABILITIES,
) -> AsyncIterator[str]:
    """The real bot, in this process; gives the address that it takes Slack's requests at, over HTTP."""
    set_up_logs("info", "json", logs or StringIO())
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot = asyncio.create_task(serve(settings, stop, address.set_result, http=http, capabilities=capabilities))
    listens: list[asyncio.Future[Any]] = [bot, address]
    await asyncio.wait(listens, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not address.done():
            await bot  # it ended before it listened: say why
        yield address.result()
    finally:
        stop.set()
        await bot
