"""Two small things to wait for: that something changed, and that it has become quiet on the wire."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

QUIET = 0.15
"""Seconds without a call after which an app that doesn't report is taken to have said everything."""

PATIENCE = 5.0


class Signal:
    """Wakes everybody who waits, as often as it is fired."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def wait(self) -> Coroutine[Any, Any, bool]:
        """To be awaited; what is fired between this call and the awaiting counts."""
        return self._event.wait()


class Activity:
    """What goes on between the sandbox and the app. `told` counts what the app was sent; `begun` fires each time."""

    def __init__(self) -> None:
        self.told = 0
        self.begun = Signal()
        self._running = 0
        self._last = 0.0
        self._ended = Signal()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Around something that the app is sent, until it has acknowledged it."""
        self.told += 1
        self.begun.fire()
        with self.running():
            yield

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around a call that is being answered."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._last = time.monotonic()
            self._ended.fire()

    async def over(self) -> None:
        """Until nothing runs; at most a few seconds."""
        await self._still(0)

    async def quiet(self) -> None:
        """Until nothing runs and nothing happened for a moment; at most a few seconds."""
        await self._still(QUIET)

    async def _still(self, seconds: float) -> None:
        end = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < end:
            rest = seconds - (now - self._last)
            if self._running:
                await self._wait_for_an_end(end - now)
            elif rest > 0:
                await asyncio.sleep(rest)
            else:
                return

    async def _wait_for_an_end(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
