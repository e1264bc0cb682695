"""Puts the parts together; nothing else does."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.config import Settings, env_name, parse_days
from bot.delivery.tick import Capacity, Tick
from bot.deps import Deps
from bot.domain.charter import Rhythm
from bot.runtime.clock import Clock, MonotonicClock, SandboxClock, make_clock, require_time_zones
from bot.runtime.health import Health
from bot.runtime.http_server import check_host, listening, watch_routes
from bot.runtime.metrics import Metrics
from bot.runtime.monitored_client import MonitoredClient
from bot.runtime.readiness import Readiness, watching
from bot.runtime.scheduler import CoalescingRunner, Jobs, Work, keeping_time, running_scheduler
from bot.runtime.shutdown import stopping_at
from bot.runtime.slack_transport import Transport, TransportContext, http_mode, listening_to_slack, socket_mode
from bot.services.answer_requests import save_all
from bot.services.claims import LeasePolicy, release_all
from bot.services.round_opening import QuestionSource
from handlers import workspace
from handlers.capabilities import CAPABILITIES
from handlers.capability import Capabilities, delivery_types, due_steps, plug
from handlers.register import make_app
from prompts.bank import load_bank
from storage.database import Database, open_database
from storage.group_commit import GroupCommit

log = structlog.get_logger()

Ready = Callable[[str], None]
"""Called with the address at which Slack's requests arrive, empty in Socket Mode."""


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    ready: Ready | None = None,
    *,
    http: bool = False,
    capabilities: Capabilities = CAPABILITIES,
) -> None:
    """Run the bot, made of these capabilities, until `stop` is set; `ready` is called when it listens, in Socket Mode
    or over HTTP.

    Raises StorageUnavailable if the database can't be used, SlackAuthRejected if Slack refuses the token.
    """
    require_time_zones()
    if http:
        check_host(settings.http_host, env_name("http_host"))
    database = await open_database(settings.database_url, deadline=settings.save_seconds)
    try:
        over = http_mode if http else socket_mode
        await _serve(settings, database, over, capabilities, stop, ready or (lambda _address: None))
    finally:
        await database.close()


async def _serve(
    settings: Settings,
    database: Database,
    over: Transport,
    capabilities: Capabilities,
    stop: asyncio.Event,
    ready: Ready,
) -> None:
    clock = await _set_clock(settings, database)
    runner, metrics = CoalescingRunner(), Metrics()
    health = Health(metrics)
    database.sessions.on_failure = health.failed_to_write
    deps = Deps(
        sessions=database.sessions,
        now=clock.now,
        slack=make_client(settings),
        questions=QuestionSource(load_bank(), random.SystemRandom()),
        rhythm=make_rhythm(settings),
        wake=runner.wake,
        metrics=metrics,
        answers=GroupCommit(
            database.sessions,
            lambda session, requests: save_all(session, requests, clock.now()),
            key=lambda one: one.key,
        ),
        home_for=timedelta(days=settings.home_days),
        plugged=plug(capabilities),
    )
    tick = Tick(
        deps,
        delivery_types(capabilities),
        due_steps(capabilities),
        LeasePolicy(uuid4().hex, settings.lease_seconds, settings.message_seconds),
        Capacity(posts_a_minute=settings.workspace_messages_per_minute),
        clock.tell if isinstance(clock, SandboxClock) else None,
        settings.keep_reflections_days,
    )
    if database.alone:
        async with deps.sessions.begin() as session:
            await release_all(session, clock.now())
    await tick.adopt()
    readiness = Readiness(deps.slack, health, database, partial(_greet_again, deps))
    transport = TransportContext(
        settings,
        deps.slack,
        partial(make_app, deps, capabilities),
        partial(_greet, deps),
        deps.directory,
        deps.background,
        health,
        alone=database.alone,
    )
    deps.directory.on_halt = health.reading_halted
    work: Work = tick.run
    if isinstance(clock, MonotonicClock):
        work = keeping_time(work, clock, database.now, metrics.clock_offset)
    jobs = Jobs(work, deps.directory.begin_round, tick.end)
    async with (
        stopping_at(stop) as breaking_off,
        _watched(settings, deps.metrics, readiness),
        listening_to_slack(over, transport) as address,
        running_scheduler(settings.tick_seconds, jobs, runner),
        _following(clock, deps, tick),
    ):
        log.info("ready", database=database.engine.dialect.name, address=address or "Socket Mode")
        ready(address)
        readiness.listens, readiness.is_connected = True, transport.is_connected
        breaking_off.cancel()  # from here on it ends in good order
        with watching(readiness):
            await stop.wait()
        log.info("stopping")
    log.info("stopped")


async def _greet(deps: Deps, me: AsyncSlackResponse) -> None:
    await workspace.begin(deps, str(me["team_id"]), str(me.get("team") or ""), str(me["user_id"]))


async def _greet_again(deps: Deps, me: AsyncSlackResponse) -> None:
    await _greet(deps, me)
    await deps.directory.begin_round()


async def _set_clock(settings: Settings, database: Database) -> Clock:
    """The sandbox's clock if there is one; else the database's, so that several machines agree on the time."""
    clock = make_clock(settings)
    if isinstance(clock, SandboxClock):
        await clock.catch_up()
        return clock
    return MonotonicClock(await database.now()) if database.has_own_clock else clock


@asynccontextmanager
async def _watched(settings: Settings, metrics: Metrics, readiness: Readiness) -> AsyncIterator[None]:
    """Health and metrics on a port of their own, if one is set: they are not for the public."""
    if settings.metrics_port is None:
        yield
        return
    routes = watch_routes(metrics, readiness.look)
    async with listening(routes, settings.metrics_host, settings.metrics_port, env_name("metrics_port")) as address:
        log.info("watched", address=address)
        yield


def make_client(settings: Settings) -> MonitoredClient:
    """A client without the SDK's retry handlers, which can post twice (design.md)."""
    return MonitoredClient(
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
        closes_days_before=settings.answering_ends_days_before,
        closes_time=settings.answering_ends_time,
        agenda_hours_before=settings.agenda_hours_before,
        handoff_hours_after=settings.handoff_hours_after,
        questions_per_prompt=settings.questions_per_prompt,
        notice_hours_before=settings.notice_hours_before,
        working_days=parse_days(settings.working_days),
    )


@asynccontextmanager
async def _following(clock: Clock, deps: Deps, tick: Tick) -> AsyncIterator[None]:
    """In a sandbox, follow its clock."""
    if not isinstance(clock, SandboxClock):
        yield
        return

    async def settle() -> datetime | None:
        while True:
            await deps.background.over()
            await deps.directory.still()
            next_due = await tick.settle_surely()
            if deps.background.is_over:
                return next_due

    task = asyncio.create_task(clock.follow(settle))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
