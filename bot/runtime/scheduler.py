"""The beat: looking at what is due, again and again, and soon when somebody did something."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.tick import Tick
from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.runtime.clock import Clock, MonotonicClock
from storage.database import Database

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


class TickRunner:
    """One look at what is due, with what belongs to it."""

    def __init__(self, tick: Tick, clock: Clock, database: Database) -> None:
        self.tick = tick
        self._clock = clock
        self._database = database

    async def run(self) -> None:
        if isinstance(self._clock, MonotonicClock):
            # While the database is away, time goes on from where it was.
            with suppress(DomainError, SQLAlchemyError, OSError):
                moment = await self._database.now()
                self._clock.set(moment)
                self.tick.deps.metrics.clock_offset.set((datetime.now(UTC) - moment).total_seconds())
        await self.tick.run()


@asynccontextmanager
async def running_scheduler(
    tick_seconds: float, tick_runner: TickRunner, runner: CoalescingRunner
) -> AsyncIterator[None]:
    """The scheduler only wakes the process up; what is due stands in the database."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(runner.wake, "interval", seconds=tick_seconds, coalesce=True, misfire_grace_time=None)
    scheduler.add_job(
        _reconcile,
        "interval",
        [tick_runner.tick.deps],
        minutes=RECONCILE_MINUTES,
        coalesce=True,
        misfire_grace_time=None,
    )
    working = asyncio.create_task(runner.work(tick_runner.run))
    scheduler.start()
    runner.wake()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        runner.end()
        await _finish(tick_runner.tick, working)


async def _finish(tick: Tick, working: asyncio.Task[None]) -> None:
    """What is being sent is finished; what can't be is given back, and another process need not wait for it."""
    try:
        async with asyncio.timeout(PATIENCE):
            await tick.end(PATIENCE - 2)
            await working
    except (TimeoutError, DomainError, SQLAlchemyError) as error:
        log.warning("not everything could be given back", error=type(error).__name__)


async def _reconcile(deps: Deps) -> None:
    try:
        await deps.directory.begin_round()
    except (DomainError, SQLAlchemyError, OSError) as error:
        log.warning("could not begin to read people and channels", error=type(error).__name__)
