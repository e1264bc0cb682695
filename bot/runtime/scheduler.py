"""The scheduler: runs the tick every few seconds, and soon after somebody did something. It knows no tick: it takes
callables."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.errors import DomainError
from bot.runtime.clock import MonotonicClock

log = structlog.get_logger()

RECONCILE_MINUTES = 60
"""Events keep people and channels up to date; this mends what got lost while a connection was being renewed."""

PATIENCE = 6
"""Seconds that a stopping process gives to what it is just sending, so that nothing is left unclear."""

REST, MOST_REST = 9, 1.0
"""How many times as long as it took a look at what is due is followed by a rest, and the most seconds: people who all
answer at once wake it up again and again, and it must not take the time that their acknowledgements need."""


class CoalescingRunner:
    """Has a piece of work done soon. Asked many times while it is being done, it is done once more, after a rest."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._ending = asyncio.Event()

    def wake(self) -> None:
        self._asked.set()

    def end(self) -> None:
        """Finish what is being done, and no more."""
        self._ending.set()
        self._asked.set()

    async def work(self, do: Callable[[], Awaitable[None]]) -> None:
        while not self._ending.is_set():
            await self._asked.wait()
            self._asked.clear()
            if not self._ending.is_set():
                begun = time.monotonic()
                await do()
                await self._rest((time.monotonic() - begun) * REST)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), min(seconds, MOST_REST))


Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Jobs:
    """What is run: `tick` often, `reconcile` once an hour, `end` when the process ends, with the seconds it has."""

    tick: Work
    reconcile: Work
    end: Callable[[float], Awaitable[None]]


def keeping_time(tick: Work, clock: MonotonicClock, read: Callable[[], Awaitable[datetime]], offset: Gauge) -> Work:
    """`tick`, after the clock was set by the database's, which `read` reads; `offset` shows how far this machine's is
    from it, in seconds."""

    async def run() -> None:
        # While the database is away, time goes on from where it was.
        with suppress(DomainError, SQLAlchemyError, OSError):
            moment = await read()
            clock.set(moment)
            offset.set((datetime.now(UTC) - moment).total_seconds())
        await tick()

    return run


@asynccontextmanager
async def running_scheduler(tick_seconds: float, jobs: Jobs, runner: CoalescingRunner) -> AsyncIterator[None]:
    """The scheduler only wakes the process up; what is due stands in the database."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(runner.wake, "interval", seconds=tick_seconds, coalesce=True, misfire_grace_time=None)
    scheduler.add_job(
        _reconcile, "interval", [jobs.reconcile], minutes=RECONCILE_MINUTES, coalesce=True, misfire_grace_time=None
    )
    working = asyncio.create_task(runner.work(jobs.tick))
    scheduler.start()
    runner.wake()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        runner.end()
        await _finish(jobs, working)


async def _finish(jobs: Jobs, working: asyncio.Task[None]) -> None:
    """What is being sent is finished; what can't be is given back, and another process need not wait for it."""
    try:
        async with asyncio.timeout(PATIENCE):
            await jobs.end(PATIENCE - 2)
            await working
    except (TimeoutError, DomainError, SQLAlchemyError) as error:
        log.warning("not everything could be given back", error=type(error).__name__)


async def _reconcile(work: Work) -> None:
    try:
        await work()
    except (DomainError, SQLAlchemyError, OSError) as error:
        log.warning("could not begin to read people and channels", error=type(error).__name__)
