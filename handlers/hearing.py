"""What Slack tells is kept in the order in which it was told, and once more when Slack or the database is away.

It was acknowledged before that, so Slack will not tell it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import DomainError
from handlers.reaching import FAILED, asks_to_wait, leaves_open, seconds_to_wait

log = structlog.get_logger()

PAUSES = (1, 2, 4, 8, 15, *(30,) * 11)
"""Seconds before each further attempt, six minutes in all; what is lost then, the next look at Slack mends."""


class Hearing:
    """One process's ear. What concerns one channel or person is done one after the other."""

    def __init__(self, pauses: Sequence[float] = PAUSES) -> None:
        self._pauses = pauses
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, about: str, work: Callable[[], Awaitable[None]]) -> None:
        """Have it done when it is its turn; raises what it ended with when it could not be."""
        turn = self._turns.setdefault(about, asyncio.Lock())
        async with turn:
            for pause in self._pauses:
                try:
                    await work()
                except (DomainError, SQLAlchemyError, *FAILED) as error:
                    seconds = _until_again(error, pause)
                    if seconds is None:
                        raise
                    log.warning("what was told is not kept yet", error=type(error).__name__)
                    await asyncio.sleep(seconds)
                else:
                    return
            await work()


def _until_again(error: Exception, pause: float) -> float | None:
    """Seconds until it is worth another attempt; None for never."""
    if not isinstance(error, SlackApiError):
        return pause
    if asks_to_wait(error):
        return max(pause, seconds_to_wait(error))
    return pause if leaves_open(error) else None


def concerns(event: Mapping[str, Any]) -> str:
    """The channel, or else the person, that something is told about; empty for the whole workspace."""
    about = event.get("channel") or event.get("old_channel_id") or event.get("user") or ""
    return str(about["id"] if isinstance(about, Mapping) else about)
