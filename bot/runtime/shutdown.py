"""Shutdown: graceful on SIGINT and SIGTERM, forced if it takes too long."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger()

AT_LAST = 9.5
"""Seconds after which a stopping process exits, even if something hangs: its leases expire as after a crash, and
supervisors may kill it after ten seconds."""


def stop_on_signals(at_last: float = AT_LAST) -> asyncio.Event:
    """An event that is set on SIGINT and SIGTERM; the process then exits within so many seconds."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask() -> None:
        if not stop.is_set():
            stop.set()
            giving_up = threading.Timer(at_last, _give_up, [loop])
            giving_up.daemon = True
            giving_up.start()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ask)
    return stop


def _give_up(loop: asyncio.AbstractEventLoop) -> None:
    left = sorted({getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks(loop)})
    log.critical("did not end in time", left=left)
    os._exit(1)


@asynccontextmanager
async def stopping_at(stop: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """Cancel the block when the process is to stop. If the given task was cancelled, the block goes on."""
    try:
        async with asyncio.timeout(None) as limit:
            breaking = asyncio.create_task(_break_off(stop, limit))
            try:
                yield breaking
            finally:
                breaking.cancel()
    except TimeoutError:
        if not limit.expired():
            raise
        log.info("stopped before it was ready")


async def _break_off(stop: asyncio.Event, limit: asyncio.Timeout) -> None:
    await stop.wait()
    limit.reschedule(asyncio.get_running_loop().time())
