"""What goes on after an acknowledgement, by itself: nobody waits for it, but a process that ends lets it end."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

from bot.domain.errors import DomainError

log = structlog.get_logger()


class Afterwards:
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
        for task in list(self._going_on):
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)


async def _logged(request: str, work: Coroutine[Any, Any, None]) -> None:
    """What goes wrong with it is a line in the log."""
    try:
        await work
    except DomainError as error:
        log.info("refused", request=request, field=error.field)
    except Exception:
        log.exception("listener failed", request=request)
