"""Background writes yield to users who wait for an acknowledgement."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

YIELD = 0.25
"""Seconds that one piece of background work yields at most: under load it is slowed down, not stopped."""


class PriorityGate:
    """Tracks whether anybody waits."""

    def __init__(self) -> None:
        self._waiting = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._gate = asyncio.Lock()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody waits."""
        return not self._waiting

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits while the block runs."""
        self._waiting += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._quiet.set()

    async def quiet(self, patience: float = YIELD) -> None:
        """Wait until nobody waits, or for `patience` seconds; under load, background work goes on one piece after the
        other."""
        if not self._waiting:
            return
        async with self._gate:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._quiet.wait()
