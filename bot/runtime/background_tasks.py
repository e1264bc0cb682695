"""Tasks that go on after an acknowledgement. Nobody waits for them; on shutdown they get a moment to finish."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

from bot.domain.errors import DomainError

log = structlog.get_logger()

LAST = 0.5
"""Seconds that cancelled tasks get to clean up; a server that does not answer may take longer."""


class BackgroundTasks:
    """The background tasks of one process."""

    def __init__(self) -> None:
        self._going_on: set[asyncio.Task[None]] = set()

    def start(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        """Start a task. `request` names what it comes from, for the log."""
        task = asyncio.create_task(_logged(request, work))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    @property
    def is_over(self) -> bool:
        """Whether no task is running."""
        return not self._going_on

    async def over(self) -> None:
        """Wait until no task is running, including tasks started meanwhile."""
        while self._going_on:
            await asyncio.wait(self._going_on)

    async def end(self, patience: float) -> None:
        """Let tasks finish within so many seconds, then cancel them."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over(), patience)
        if left := list(self._going_on):
            log.warning("broken off", requests=len(left))
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=LAST)


async def _logged(request: str, work: Coroutine[Any, Any, None]) -> None:
    """Errors are logged."""
    try:
        await work
    except DomainError as error:
        log.info("refused", request=request, field=error.field)
    except Exception:
        log.exception("listener failed", request=request)
