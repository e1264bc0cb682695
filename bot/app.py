"""Puts the parts together; nothing else does."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, SandboxClock, make_clock
from bot.config import Settings
from bot.delivery.pace import Pace
from bot.delivery.sender import Answer, understand
from bot.delivery.tick import Tick
from bot.deps import Deps
from bot.domain.charter import Rhythm
from bot.services import deliveries
from bot.services.opening import Asker
from handlers import workspace
from handlers.register import register
from prompts.bank import load_bank
from storage.engine import Database, open_database

log = structlog.get_logger()

RECONCILE_MINUTES = 60
"""Events keep people and channels up to date; this mends what got lost while a connection was being renewed."""

PATIENCE = 10
"""Seconds that a stopping process gives to what it is just sending, so that nothing is left unclear."""

AGAIN = 5
"""Seconds between two attempts to reach Slack at the start."""


class Refused(Exception):
    """Slack does not take this app's token; `reason` says why, in Slack's word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Waker:
    """Has a piece of work done soon. Asked many times while it is being done, it is done once more."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._ending = False

    def wake(self) -> None:
        self._asked.set()

    def end(self) -> None:
        """Finish what is being done, and no more."""
        self._ending = True
        self._asked.set()

    async def work(self, do: Callable[[], Awaitable[None]]) -> None:
        while not self._ending:
            await self._asked.wait()
            self._asked.clear()
            if not self._ending:
                await do()


async def serve(settings: Settings, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
    """Run the bot until `stop` is set; `ready` is called when it listens.

    Raises StorageTrouble when the database can't be used, Refused when Slack doesn't take the token.
    """
    database = await open_database(settings.database_url)
    try:
        await _serve(settings, database, stop, ready or (lambda: None))
    finally:
        await database.close()


async def _serve(settings: Settings, database: Database, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    clock = make_clock(settings)
    if isinstance(clock, SandboxClock):
        await clock.catch_up()
    slack = make_client(settings)
    waker = Waker()
    deps = Deps(
        sessions=database.sessions,
        now=clock.now,
        slack=slack,
        asker=Asker(load_bank(), random.SystemRandom()),
        rhythm=make_rhythm(settings),
        wake=waker.wake,
    )
    tick = Tick(
        deps,
        settings.lease_seconds,
        Pace(settings.message_seconds),
        clock.tell if isinstance(clock, SandboxClock) else None,
    )
    if database.alone:
        async with deps.sessions.begin() as session:
            await deliveries.release_all(session, clock.now())
    async with _listening(settings, deps), _waking(settings, tick, waker), _following(clock, tick):
        log.info("ready", database=database.engine.dialect.name)
        ready()
        await stop.wait()
    log.info("stopped")


def make_client(settings: Settings) -> AsyncWebClient:
    """A client that never calls twice by itself: the SDK's retries can post twice (design.md)."""
    return AsyncWebClient(
        settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=settings.slack_timeout_seconds,
        retry_handlers=[],
        logger=logging.getLogger("slack_sdk"),
    )


def make_rhythm(settings: Settings) -> Rhythm:
    """The rhythm that new groups start with."""
    return Rhythm(
        prompt_days_before=settings.prompt_days_before,
        prompt_at=settings.prompt_time,
        draft_days_before=settings.agenda_draft_days_before,
        agenda_hours_before=settings.agenda_hours_before,
        handoff_hours_after=settings.handoff_hours_after,
        questions_per_prompt=settings.questions_per_prompt,
    )


@asynccontextmanager
async def _listening(settings: Settings, deps: Deps) -> AsyncIterator[None]:
    """Connected to Slack, and in line with it. The connection first, so that no event falls in between."""
    app = AsyncApp(client=deps.slack, logger=logging.getLogger("slack_bolt"))
    register(app, deps)
    await _first_word(deps)
    web = AsyncWebClient(base_url=settings.slack_api_url, timeout=settings.slack_timeout_seconds, retry_handlers=[])
    handler = AsyncSocketModeHandler(app, settings.slack_app_token.get_secret_value(), web_client=web)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
        await workspace.reconcile(deps)
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def _first_word(deps: Deps) -> None:
    """Wait until Slack can be reached; Refused when it will not have us."""
    while True:
        try:
            await deps.slack.auth_test()
        except SlackApiError as error:
            outcome = understand(error)
            if outcome.answer in {Answer.STOP, Answer.REFUSED}:
                raise Refused(outcome.reason) from error
            log.warning("waiting for Slack", reason=outcome.reason)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("waiting for Slack", reason=type(error).__name__)
        else:
            return
        await asyncio.sleep(AGAIN)


@asynccontextmanager
async def _waking(settings: Settings, tick: Tick, waker: Waker) -> AsyncIterator[None]:
    """The scheduler only wakes the process up; what is due stands in the database."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(waker.wake, "interval", seconds=settings.tick_seconds, coalesce=True, misfire_grace_time=None)
    scheduler.add_job(
        _reconcile, "interval", [tick.deps], minutes=RECONCILE_MINUTES, coalesce=True, misfire_grace_time=None
    )
    working = asyncio.create_task(waker.work(tick.run))
    scheduler.start()
    waker.wake()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        waker.end()
        with suppress(TimeoutError):
            await asyncio.wait_for(working, PATIENCE)


async def _reconcile(deps: Deps) -> None:
    try:
        await workspace.reconcile(deps)
    except (SlackApiError, TimeoutError, aiohttp.ClientError, OSError) as error:
        log.warning("could not reconcile", error=type(error).__name__)


@asynccontextmanager
async def _following(clock: Clock, tick: Tick) -> AsyncIterator[None]:
    """In a sandbox, follow its clock."""
    if not isinstance(clock, SandboxClock):
        yield
        return
    task = asyncio.create_task(clock.follow(tick.settle_surely))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
