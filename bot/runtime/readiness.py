"""Whether the process is ready: what `/readyz` says, and a background check."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import DomainError
from bot.runtime.health import Health
from bot.runtime.slack_errors import FAILED
from bot.runtime.slack_transport import Greet
from storage.database import Database

FRESH = 5.0
"""A result is reused for so many seconds."""

EVERY = 30.0
"""Seconds between two checks in the background."""

PATIENCE = 2.0
"""Seconds that the database and Slack have for a response."""

NOT_YET = "not connected to Slack yet"
NOT_CONNECTED = "not connected to Slack"
NO_DATABASE = "the database does not answer"

IsConnected = Callable[[], Awaitable[bool]]


class Readiness:
    """Checks the database by a write, the socket, and Slack if nothing was heard of it for a while."""

    def __init__(self, slack: AsyncWebClient, health: Health, database: Database, again: Greet) -> None:
        """`again` is called with the result of `auth.test` when Slack accepts the token again."""
        self.listens = False
        self.is_connected: IsConnected | None = None
        self._slack, self._health, self._database, self._again = slack, health, database, again
        self._found: str | None = None
        self._found_at = -FRESH
        self._looking = asyncio.Lock()

    async def look(self) -> str | None:
        """None if the process is ready, else what is missing."""
        if not self.listens:
            return NOT_YET
        async with self._looking:
            if time.monotonic() - self._found_at >= FRESH:
                self._found = await self._look()
                self._found_at = time.monotonic()
                self._health.metrics.ready.set(self._found is None)
        return await self._disconnected() or self._found or self._health.trouble

    async def _look(self) -> str | None:
        database, _ = await asyncio.gather(self._look_at_database(), self._look_at_slack())
        return database

    async def _disconnected(self) -> str | None:
        if self.is_connected is None or await self.is_connected():
            return None
        return self._health.trouble or NOT_CONNECTED

    async def _look_at_database(self) -> str | None:
        """Checks by writing: a full disk can still be read."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._database.try_writing()
        except (TimeoutError, DomainError, SQLAlchemyError, OSError):
            return self._health.trouble or NO_DATABASE
        self._health.written()
        return None

    async def _look_at_slack(self) -> None:
        """Call Slack if nothing was heard of it for a while. If it accepts the token again, resume."""
        if time.monotonic() - self._health.answered_at < FRESH and not self._health.is_refused():
            return
        was_refused = self._health.is_refused()
        try:
            async with asyncio.timeout(PATIENCE):
                me = await self._slack.auth_test()
        except FAILED:  # the client has told of it
            self._unheard()
            return
        self._health.over("slack")
        if was_refused:
            await self._again(me)

    def _unheard(self) -> None:
        if not self._health.is_refused():
            self._health.begins("slack", "Slack does not answer")

    async def watch(self) -> None:
        """Check periodically, so that logs and metrics show changes."""
        while True:
            await asyncio.sleep(EVERY)
            with suppress(DomainError, SQLAlchemyError, *FAILED):
                await self.look()


@contextmanager
def watching(readiness: Readiness) -> Iterator[None]:
    """Check in the background while the block runs."""
    task = asyncio.create_task(readiness.watch())
    try:
        yield
    finally:
        task.cancel()
