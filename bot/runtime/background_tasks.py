"""What goes on after an acknowledgement, by itself: nobody waits for it, but a process that ends gives it a moment."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

from bot.domain.errors import DomainError

log = structlog.get_logger()

LAST = 0.5
"""Seconds for what is broken off to leave things in order; a server that does not answer may take longer."""


class BackgroundTasks:
    """The work of one process that is going on like that."""

    def __init__(self) -> None:
        self._going_on: set[asyncio.Task[None]] = set()

    def start(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        """Have it done from here on. `request` is what it comes from, for the log."""
        task = asyncio.create_task(_logged(request, work))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    @property
    def is_over(self) -> bool:
        """Whether nothing goes on just now."""
        return not self._going_on

    async def over(self) -> None:
        """Until nothing goes on, what is begun meanwhile too."""
        while self._going_on:
            await asyncio.wait(self._going_on)

    async def end(self, patience: float) -> None:
        """Let it end, in so many seconds; what goes on for longer is broken off."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over(), patience)
        if left := list(self._going_on):
            log.warning("broken off", requests=len(left))
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=LAST)


async def _logged(request: str, work: Coroutine[Any, Any, None]) -> None:
    """What goes wrong with it is a line in the log."""
    try:
        await work
    except DomainError as error:
        log.info("refused", request=request, field=error.field)
    except Exception:
        log.exception("listener failed", request=request)
