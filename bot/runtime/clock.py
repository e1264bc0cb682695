"""What time it is: the real clock, and one that follows a sandbox whose time can be moved."""

import asyncio
import time
import zoneinfo
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import uuid4

import aiohttp
import structlog

from bot.domain.errors import DomainError

Settle = Callable[[], Awaitable[datetime | None]]
"""Does everything that is due; returns the next due time, or None."""

PAUSE = 1.0
"""Seconds between two attempts to reach a sandbox that is gone."""

_WAIT = aiohttp.ClientTimeout(total=40)  # the sandbox answers within 25 s
_UNKNOWN = -1
_GONE = (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError)  # or it answers nonsense


# Zones of six continents, among them a half-hour one and one whose rules changed.
_ZONES = (
    "America/Chicago",
    "Europe/Madrid",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Sao_Paulo",
)


def require_time_zones() -> None:
    """Raises DomainError if neither the system nor the tzdata package has the world's time zones."""
    try:
        for zone in _ZONES:
            zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        raise DomainError(
            f"The time zone {zone} is not known here. Install Collab's requirements again (tzdata)."
        ) from None


class Clock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MonotonicClock(Clock):
    """Counts monotonically from a given moment, whatever happens to this machine's clock."""

    def __init__(self, moment: datetime) -> None:
        self.set(moment)

    def set(self, moment: datetime) -> None:
        self._told, self._at = moment, time.monotonic()

    def now(self) -> datetime:
        return self._told + timedelta(seconds=time.monotonic() - self._at)


@dataclass(frozen=True)
class _Move:
    number: int
    offset: timedelta


class SandboxClock(Clock):
    """Real time plus the sandbox's offset. `url` is the sandbox's …/sandbox/clock."""

    def __init__(self, url: str, pause: float = PAUSE) -> None:
        self._url = url.rstrip("/")
        self._pause = pause
        self._offset = timedelta()
        self._follower = uuid4().hex

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    async def catch_up(self) -> None:
        """Fetch the sandbox's offset, before anything is done at the wrong time."""
        async with aiohttp.ClientSession(timeout=_WAIT) as session:
            self._offset = (await self._next_move(session, {})).offset

    async def follow(self, settle: Settle) -> None:
        """Follow the sandbox's clock until cancelled: apply each move, settle, report. Errors of `settle` propagate."""
        done = _UNKNOWN
        async with aiohttp.ClientSession(timeout=_WAIT) as session:
            while True:
                move = await self._next_move(session, {"follower": self._follower, "after": done})
                if move.number != done:
                    self._offset = move.offset
                    # A report that was not delivered is repeated, with the state at that time.
                    done = move.number if await self._report(session, move, await settle()) else _UNKNOWN

    async def tell(self, next_due: datetime | None) -> None:
        """Tell the sandbox the next due time, for its page. A lost one is replaced by the next."""
        due = {"next_due": next_due.isoformat() if next_due else None}
        try:
            async with aiohttp.ClientSession(timeout=_WAIT) as session, session.post(f"{self._url}/due", json=due):
                pass
        except _GONE as trouble:
            structlog.get_logger().info("clock_unreachable", reason=type(trouble).__name__)

    async def _next_move(self, session: aiohttp.ClientSession, asked: dict[str, str | int]) -> _Move:
        """The move that holds, or to a follower the one after; after the sandbox was gone, the current one: its count
        starts anew."""
        while True:
            try:
                async with session.get(self._url, params=asked) as response:
                    response.raise_for_status()
                    answer = await response.json()
                return _Move(int(answer["move"]), timedelta(seconds=float(answer["offset_seconds"])))
            except _GONE as trouble:
                await self._pause_for(trouble)
                asked = {**asked, "after": _UNKNOWN}

    async def _report(self, session: aiohttp.ClientSession, move: _Move, next_due: datetime | None) -> bool:
        idle = {"follower": self._follower, "move": move.number, "next_due": next_due.isoformat() if next_due else None}
        try:
            async with session.post(f"{self._url}/idle", json=idle) as response:
                response.raise_for_status()
        except _GONE as trouble:
            await self._pause_for(trouble)
            return False
        return True

    async def _pause_for(self, trouble: Exception) -> None:
        structlog.get_logger().warning("clock_unreachable", reason=type(trouble).__name__)
        await asyncio.sleep(self._pause)


class HasClock(Protocol):
    """The part of the settings that a clock needs; declared here because config is a layer above."""

    @property
    def clock_url(self) -> str: ...


def make_clock(settings: HasClock) -> Clock:
    """The sandbox's clock where one is set, else the real one."""
    return SandboxClock(settings.clock_url) if settings.clock_url else Clock()
