"""The scheduler: runs the tick every few seconds, and soon after somebody did something. It takes callables and does
not know the tick."""

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
"""Events keep people and channels up to date; this repairs what was lost while a connection was being renewed."""

PATIENCE = 6
"""Seconds that a stopping process has to finish what it is sending, so that nothing is left unclear."""

REST, MOST_REST = 19, 1.0
"""Each run is followed by a pause of so many times its own duration, up to so many seconds: answers given at the same
time trigger it again and again, and it must not delay their acknowledgements."""


class CoalescingRunner:
    """Runs a piece of work soon after `wake`. Calls during a run are coalesced into one more run, after a pause."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._ending = asyncio.Event()

    def wake(self) -> None:
        self._asked.set()

    def end(self) -> None:
        """Finish the current run, and start no other."""
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
    """What is run: `tick` often, `reconcile` once an hour, `end` on shutdown, with the seconds it has."""

    tick: Work
    reconcile: Work
    end: Callable[[float], Awaitable[None]]


def keeping_time(tick: Work, clock: MonotonicClock, read: Callable[[], Awaitable[datetime]], offset: Gauge) -> Work:
    """`tick`, after setting the clock to the database's, which `read` returns; `offset` is the metric of this
    machine's difference from it, in seconds."""

    async def run() -> None:
        # While the database is unavailable, time goes on from where it was.
        with suppress(DomainError, SQLAlchemyError, OSError):
            moment = await read()
            clock.set(moment)
            offset.set((datetime.now(UTC) - moment).total_seconds())
        await tick()

    return run


@asynccontextmanager
async def running_scheduler(tick_seconds: float, jobs: Jobs, runner: CoalescingRunner) -> AsyncIterator[None]:
    """The scheduler only triggers work; what is due is in the database."""
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
    """Finish what is being sent, and release the remaining leases, so that other processes need not wait for them."""
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
