"""What Slack tells is kept in the order in which it was told, and once more when Slack or the database is away.

It was acknowledged before that, so Slack will not tell it again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.domain.errors import DomainError
from bot.runtime.slack_errors import FAILED, asks_to_wait, leaves_open, seconds_to_wait

log = structlog.get_logger()

FIRST, LONGEST = 1.0, 30.0
"""Seconds before the second attempt, and at most before a later one, after twice as long each time."""

PATIENCE = 360.0
"""Seconds, from when it was told, within which another attempt is made."""


class EventQueue:
    """One process's ear. What concerns one channel or person is done one after the other."""

    def __init__(self, first: float = FIRST, patience: float = PATIENCE) -> None:
        self._first = first
        self._patience = patience
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, about: str) -> AsyncIterator[None]:
        """While the block runs nothing else that is told about this is kept."""
        lock = self._turns.setdefault(about, asyncio.Lock())
        async with lock:
            yield

    async def take(self, about: str, work: Callable[[], Awaitable[None]]) -> None:
        """Have it done when it is its turn; raises what it ended with when it could not be."""
        until, pause = time.monotonic() + self._patience, self._first
        async with self.turn(about):
            while True:
                try:
                    return await work()
                except (DomainError, SQLAlchemyError, *FAILED) as error:
                    seconds = _until_again(error, pause)
                    if seconds is None or time.monotonic() + seconds > until:
                        raise
                    log.warning("what was told is not kept yet", error=type(error).__name__)
                await asyncio.sleep(seconds)
                pause = min(pause * 2, LONGEST)


def _until_again(error: Exception, pause: float) -> float | None:
    """Seconds until it is worth another attempt; None for never."""
    if isinstance(error, IntegrityError):
        return None
    if not isinstance(error, SlackApiError):
        return pause
    if asks_to_wait(error):
        return max(pause, seconds_to_wait(error))
    return pause if leaves_open(error) else None


def concerns(event: Mapping[str, Any]) -> str:
    """The channel, or else the person, that something is told about; empty for the whole workspace."""
    about = event.get("channel") or event.get("old_channel_id") or event.get("user") or ""
    return str(about["id"] if isinstance(about, Mapping) else about)
