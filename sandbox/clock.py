"""The movable clock: real time plus an offset, the bot that follows it, and moves that wait for the bot."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.signals import Activity, Signal

LONG_POLL = 25.0
SETTLE_TIMEOUT = 30.0
STRAGGLERS = 5.0
"""Seconds that further processes get after the first one has reported: one of them may have been killed."""

LOOK_AGAIN = 0.1
MOST_STOPS = 20_000
MOST_RETRIES = 3


class DidNotSettle(Exception):
    """The bot did not report in time that it has nothing left to do."""


class NothingPlanned(Exception):
    """There is no next event to go to."""


class OnlyForward(Exception):
    """Time was asked to go back without a leap."""


@dataclass
class Clock:
    """`is_app_there` says whether anything is connected: an app that was killed need not be waited for.

    Each process of the bot follows under an id of its own. A move waits for all of them: also for one that has just
    reported, and has not asked for the next move yet.
    """

    offset: timedelta = timedelta()
    activity: Activity = field(default_factory=Activity)
    is_app_there: Callable[[], bool] = bool
    settle_timeout: float = SETTLE_TIMEOUT
    move: int = 0
    next_due: datetime | None = None
    moving: bool = False
    ended: bool = False
    changed: Signal = field(default_factory=Signal)
    _moved: Signal = field(default_factory=Signal)
    _reported: Signal = field(default_factory=Signal)
    _polls: int = 0
    _owing: int = 0
    _was_followed: bool = False
    _followers: set[str] = field(default_factory=set)
    _reports: dict[str, int] = field(default_factory=dict)
    _walk: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def end(self) -> None:
        """Answer everybody who waits for a move: there will be none."""
        self.ended = True
        self._moved.fire()

    # ---- The bot's side ----

    async def poll(self, follower: str, after: int, gone: Awaitable[object]) -> None:
        """Until there is a move after `after`, at most 25 s, or until the one who asks is gone."""
        self._was_followed = True
        self._followers.add(follower)
        self._polls += 1
        leaving = asyncio.ensure_future(gone)
        end = time.monotonic() + LONG_POLL
        try:
            while self.move <= after and not (leaving.done() or self.ended) and (left := end - time.monotonic()) > 0:
                moved = asyncio.ensure_future(self._moved.wait())
                await asyncio.wait({moved, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                moved.cancel()
            self._owing += self.move > after and not leaving.done()
        finally:
            self._polls -= 1
            if leaving.done():
                self._followers.discard(follower)
                self._reported.fire()  # nobody waits for it any longer
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    def plan(self, next_due: datetime | None) -> None:
        """The bot has something planned, or nothing any more."""
        self.next_due = next_due
        self.changed.fire()

    def idle(self, follower: str, move: int, next_due: datetime | None) -> None:
        """The bot has done everything that is due after this move."""
        self._owing = max(0, self._owing - 1)
        self._reports[follower] = move
        self.next_due = next_due
        self._reported.fire()
        self.changed.fire()

    # ---- The people's side ----

    async def settle(self) -> None:
        """Have the bot do everything that is due, and wait for it; again, if it was told something meanwhile."""
        for _ in range(MOST_RETRIES):
            await self._still()
            told = self.activity.told
            await self._apply(self.offset)
            await self._still()
            if self.activity.told == told:
                break

    async def _still(self) -> None:
        """Until nothing is on its way. Of an app that doesn't report, only silence tells that it has finished."""
        await (self.activity.over() if self._is_followed() else self.activity.quiet())

    async def next(self) -> None:
        """To the next thing that the bot has planned."""
        async with self._walking():
            await self.settle()
            if self.next_due is None:
                raise NothingPlanned
            await self._apply(max(self.offset, self._offset_at(self.next_due)))

    async def walk(self, target: datetime) -> None:
        """To a moment, with a stop at everything that is due on the way."""
        async with self._walking():
            await self.settle()
            if target < self.now() - timedelta(seconds=5):
                raise OnlyForward
            stuck = 0
            for _ in range(MOST_STOPS):
                due = self.next_due
                if due is None or due > target or stuck > MOST_RETRIES:
                    break
                overdue = due <= self.now()
                await self._apply(self.offset if overdue else self._offset_at(due))
                stuck = stuck + 1 if overdue and self.next_due == due else 0
            if target > self.now():
                await self._apply(self._offset_at(target))

    async def leap(self, target: datetime) -> None:
        """To a moment at once, forwards or back. A bot that is there gets to settle afterwards."""
        async with self._walking():
            await self._apply(self._offset_at(target), leap=True)

    def _walking(self) -> "_Walking":
        return _Walking(self)

    def _offset_at(self, moment: datetime) -> timedelta:
        return moment - datetime.now(UTC)

    def _is_followed(self) -> bool:
        return self._polls > 0 or (self._owing > 0 and self.is_app_there())

    async def _apply(self, offset: timedelta, *, leap: bool = False) -> None:
        self.offset = offset
        self.move += 1
        number = self.move
        followed = self._is_followed()
        self._moved.fire()
        self.changed.fire()
        if not self._was_followed or (leap and not followed):
            return
        await self._wait_for(number, leap=leap)

    async def _wait_for(self, move: int, *, leap: bool) -> None:
        end = time.monotonic() + self.settle_timeout
        while not (done := self._have_reported(move)) or self._followers - done:
            now = time.monotonic()
            if done:
                end = min(end, now + STRAGGLERS)
            if now >= end or (leap and not done and not self._is_followed()):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reported.wait(), min(end - now, 1.0 if not leap else LOOK_AGAIN))
        self._followers &= done  # whoever asks again is waited for again
        if not done and not leap:
            raise DidNotSettle

    def _have_reported(self, move: int) -> set[str]:
        return {follower for follower, reported in self._reports.items() if reported >= move}


class _Walking:
    """One journey at a time; the clock says that it moves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __aenter__(self) -> None:
        await self._clock._walk.acquire()  # noqa: SLF001 - the other half of the clock
        self._clock.moving = True
        self._clock.changed.fire()

    async def __aexit__(self, *_trouble: object) -> None:
        self._clock.moving = False
        self._clock._walk.release()  # noqa: SLF001
        self._clock.changed.fire()
