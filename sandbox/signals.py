"""Two small things to wait for: that something changed, and that it has become quiet on the wire."""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

QUIET = 0.15
"""Seconds without a call after which whoever was told something is taken to have said everything about it."""

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
    """What is going on between the sandbox and the app."""

    def __init__(self) -> None:
        self._running = 0
        self._last = 0.0

    def happened(self) -> None:
        self._last = time.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around a call that is being answered."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self.happened()

    async def quiet(self) -> None:
        """Until nothing runs and nothing happened for a moment; at most a few seconds."""
        end = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < end:
            rest = QUIET - (now - self._last)
            if not self._running and rest <= 0:
                return
            await asyncio.sleep(max(rest, 0.005))
