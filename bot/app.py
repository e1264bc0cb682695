"""Puts the parts together; nothing else does."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

import aiohttp
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock, SandboxClock, SteadyClock, make_clock
from bot.config import Settings, env_name
from bot.delivery.sender import Answer, understand
from bot.delivery.tick import Capacity, Tick
from bot.deps import Deps
from bot.domain.charter import Rhythm
from bot.domain.errors import DomainError
from bot.metrics import Metrics
from bot.services.claiming import Terms, release_all
from bot.services.opening import Asker
from bot.web import PATH, listening, slack_routes, watch_routes
from handlers import workspace
from handlers.register import register
from prompts.bank import load_bank
from storage.engine import Database, open_database

log = structlog.get_logger()

RECONCILE_MINUTES = 60
"""Events keep people and channels up to date; this mends what got lost while a connection was being renewed."""

PATIENCE = 7
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


WayIn = Callable[[Settings, Deps, AsyncSlackResponse], AbstractAsyncContextManager[str]]
"""Has Slack's requests come in as long as the block runs; gives the address that they come in at. Is told what
`auth.test` said."""

Answered = TypeVar("Answered")

Ready = Callable[[str], None]
"""Is told the address that Slack's requests come in at, or nothing in Socket Mode."""


async def serve(settings: Settings, stop: asyncio.Event, ready: Ready | None = None, *, http: bool = False) -> None:
    """Run the bot until `stop` is set; `ready` is called when it listens, by Socket Mode or over HTTP.

    Raises StorageTrouble when the database can't be used, Refused when Slack doesn't take the token.
    """
    database = await open_database(settings.database_url)
    try:
        way_in = _over_http if http else _over_socket
        await _serve(settings, database, way_in, stop, ready or (lambda _address: None))
    finally:
        await database.close()


async def _serve(settings: Settings, database: Database, way_in: WayIn, stop: asyncio.Event, ready: Ready) -> None:
    clock = await _set_clock(settings, database)
    waker = Waker()
    deps = Deps(
        sessions=database.sessions,
        now=clock.now,
        slack=make_client(settings),
        asker=Asker(load_bank(), random.SystemRandom()),
        rhythm=make_rhythm(settings),
        wake=waker.wake,
        metrics=Metrics(),
    )
    tick = Tick(
        deps,
        Terms(uuid4().hex, settings.lease_seconds, settings.message_seconds),
        Capacity(posts_a_minute=settings.workspace_messages_per_minute),
        clock.tell if isinstance(clock, SandboxClock) else None,
    )
    if database.alone:
        async with deps.sessions.begin() as session:
            await release_all(session, clock.now())
    beat = Beat(tick, clock, database)
    async with (
        _watched(settings, deps.metrics, beat),
        _listening(way_in, settings, deps) as address,
        _waking(settings, beat, waker),
        _following(clock, tick),
    ):
        log.info("ready", database=database.engine.dialect.name, address=address or "Socket Mode")
        ready(address)
        beat.listens = True
        await stop.wait()
        log.info("stopping")
    log.info("stopped")


async def _set_clock(settings: Settings, database: Database) -> Clock:
    """The sandbox's time where there is one; else the database's, so that several machines agree what time it is."""
    clock = make_clock(settings)
    if isinstance(clock, SandboxClock):
        await clock.catch_up()
        return clock
    return SteadyClock(await database.now()) if database.has_own_clock else clock


class Beat:
    """One look at what is due, with what belongs to it; knows how the process is."""

    def __init__(self, tick: Tick, clock: Clock, database: Database) -> None:
        self.tick = tick
        self.listens = False
        self._clock = clock
        self._database = database

    async def run(self) -> None:
        if isinstance(self._clock, SteadyClock):
            with suppress(SQLAlchemyError, OSError):  # while the database is away, time goes on from where it was
                moment = await self._database.now()
                self._clock.set(moment)
                self.tick.deps.metrics.clock_offset.set((datetime.now(UTC) - moment).total_seconds())
        await self.tick.run()

    async def is_ready(self) -> str | None:
        """None when the process can do its work, else what is missing."""
        if not self.listens:
            return "not connected to Slack yet"
        try:
            async with asyncio.timeout(1):
                await self._database.now()
        except (TimeoutError, SQLAlchemyError, OSError):
            return "the database does not answer"
        return None


@asynccontextmanager
async def _watched(settings: Settings, metrics: Metrics, beat: Beat) -> AsyncIterator[None]:
    """On a port of its own, where one is set: health and metrics are nobody's business outside."""
    if settings.metrics_port is None:
        yield
        return
    routes = watch_routes(metrics, beat.is_ready)
    async with listening(routes, settings.metrics_host, settings.metrics_port, env_name("metrics_port")) as address:
        log.info("watched", address=address)
        yield


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
async def _listening(way_in: WayIn, settings: Settings, deps: Deps) -> AsyncIterator[str]:
    """Where Slack comes in, and in line with it. The way in first, so that no event falls in between."""
    me = await _reach(deps.slack.auth_test)
    async with way_in(settings, deps, me) as address:
        await _reach(lambda: workspace.reconcile(deps))
        yield address


@asynccontextmanager
async def _over_socket(settings: Settings, deps: Deps, me: AsyncSlackResponse) -> AsyncIterator[str]:
    app = AsyncApp(client=deps.slack, authorize=_authorize(me, deps), logger=logging.getLogger("slack_bolt"))
    register(app, deps)
    web = AsyncWebClient(base_url=settings.slack_api_url, timeout=settings.slack_timeout_seconds, retry_handlers=[])
    handler = AsyncSocketModeHandler(app, _secret(settings.slack_app_token), web_client=web)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
        yield ""
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _over_http(settings: Settings, deps: Deps, me: AsyncSlackResponse) -> AsyncIterator[str]:
    secret = _secret(settings.slack_signing_secret)
    # The signature is checked on the raw body, before Bolt sees any of it (bot.web).
    app = AsyncApp(
        client=deps.slack,
        authorize=_authorize(me, deps),
        signing_secret=secret,
        request_verification_enabled=False,
        logger=logging.getLogger("slack_bolt"),
    )
    register(app, deps)
    async with listening(
        slack_routes(app, secret), settings.http_host, settings.http_port, env_name("http_port")
    ) as at:
        yield f"{at}{PATH}"


def _secret(value: SecretStr | None) -> str:
    """What the settings were checked to have, for this way in."""
    if value is None:
        raise LookupError("the settings lack what this way in needs")
    return value.get_secret_value()


def _authorize(me: AsyncSlackResponse, deps: Deps) -> Callable[[], Awaitable[AuthorizeResult]]:
    """As whom Bolt answers requests. By itself it would ask Slack at the first one, before it is acknowledged."""
    known = AuthorizeResult.from_auth_test_response(auth_test_response=me, bot_token=deps.slack.token)

    async def authorize() -> AuthorizeResult:
        return known

    return authorize


async def _reach(call: Callable[[], Awaitable[Answered]]) -> Answered:
    """Call Slack until it answers; Refused when it will not have us."""
    while True:
        try:
            return await call()
        except SlackApiError as error:
            outcome = understand(error)
            if outcome.answer in {Answer.STOP_ALL, Answer.REFUSED}:
                raise Refused(outcome.reason) from error
            log.warning("waiting for Slack", reason=outcome.reason)
            await asyncio.sleep(max(AGAIN, outcome.seconds))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("waiting for Slack", reason=type(error).__name__)
            await asyncio.sleep(AGAIN)


@asynccontextmanager
async def _waking(settings: Settings, beat: Beat, waker: Waker) -> AsyncIterator[None]:
    """The scheduler only wakes the process up; what is due stands in the database."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(waker.wake, "interval", seconds=settings.tick_seconds, coalesce=True, misfire_grace_time=None)
    scheduler.add_job(
        _reconcile, "interval", [beat.tick.deps], minutes=RECONCILE_MINUTES, coalesce=True, misfire_grace_time=None
    )
    working = asyncio.create_task(waker.work(beat.run))
    scheduler.start()
    waker.wake()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        waker.end()
        await _finish(beat.tick, working)


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
