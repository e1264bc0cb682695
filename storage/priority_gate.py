"""People first: whoever waits for an acknowledgement goes before what the process does by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

YIELD = 0.25
"""Seconds that one piece of background work waits for people, at most: in a rush it is slowed down, not stopped."""


class PriorityGate:
    """Knows whether anybody waits."""

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
        """Somebody waits, for as long as the block runs."""
        self._waiting += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._quiet.set()

    async def quiet(self, patience: float = YIELD) -> None:
        """Until nobody waits, or so many seconds have passed; in a rush, one piece of work after the other goes on."""
        if not self._waiting:
            return
        async with self._gate:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._quiet.wait()
