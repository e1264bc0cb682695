"""Processes Slack's events in order per channel or person, and retries while Slack or the database is unavailable.

Events were acknowledged before, so Slack does not send them again.
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
"""Seconds before the first retry, doubled each time, and the longest pause."""

PATIENCE = 360.0
"""Seconds after its arrival within which an event is retried."""


class EventQueue:
    """The event queue of one process: events with the same ordering key are processed one after the other."""

    def __init__(self, first: float = FIRST, patience: float = PATIENCE) -> None:
        self._first = first
        self._patience = patience
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, about: str) -> AsyncIterator[None]:
        """While the block runs, no other event with this ordering key is processed."""
        lock = self._turns.setdefault(about, asyncio.Lock())
        async with lock:
            yield

    async def take(self, about: str, work: Callable[[], Awaitable[None]]) -> None:
        """Process an event when it is its turn. Raises the last error if all retries failed."""
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
    """Seconds until a retry makes sense; None: never."""
    if isinstance(error, IntegrityError):
        return None
    if not isinstance(error, SlackApiError):
        return pause
    if asks_to_wait(error):
        return max(pause, seconds_to_wait(error))
    return pause if leaves_open(error) else None


def concerns(event: Mapping[str, Any]) -> str:
    """The ordering key: the channel, else the person that an event is about; empty for the whole workspace."""
    about = event.get("channel") or event.get("old_channel_id") or event.get("user") or ""
    return str(about["id"] if isinstance(about, Mapping) else about)
