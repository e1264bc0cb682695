"""The ways by which Slack comes in: Socket Mode, or HTTP; and waiting for a Slack that can't be reached."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import SecretStr
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import socket_mode
from bot.config import Settings, env_name
from bot.delivery.sender import Answer, understand
from bot.deps import Deps
from bot.health import REFUSALS, Health
from bot.reaching import UNREACHABLE, said
from bot.socket_mode import SocketMode
from bot.tokens import OTHER_APP, are_of_two_apps
from bot.watched_client import WatchedClient
from bot.web import PATH, listening, slack_routes
from handlers import workspace
from handlers.register import Authorize, make_app

log = structlog.get_logger()

AGAIN = 5
"""Seconds between two attempts to reach Slack at the start."""

MOMENT = 1.0
"""Seconds that a process which ends gives to what it is just showing somebody, or was just told."""

GLANCE = 2.0
"""Seconds at the start in which channels and people are read before the bot says that it is ready."""

CLOSING = 1.5
"""Seconds that it gives to Slack to hang up too."""


class Refused(Exception):
    """Slack does not take this app's token; `reason` says why, in Slack's word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class WayIn:
    """What is needed to let Slack in. `alone`: no other process works on this database. `is_connected` says whether
    Slack's requests can come in now; None where they come as they will."""

    settings: Settings
    deps: Deps
    health: Health
    alone: bool
    is_connected: Callable[[], Awaitable[bool]] | None = None


Over = Callable[[WayIn, AsyncSlackResponse], AbstractAsyncContextManager[str]]
"""Has Slack's requests come in as long as the block runs; gives the address that they come in at. Is told what
`auth.test` said."""

Answered = TypeVar("Answered")


@asynccontextmanager
async def listening_to_slack(over: Over, way: WayIn) -> AsyncIterator[str]:
    """Where Slack comes in, while its channels and people are read. The way in first, so that no event falls in
    between."""
    deps = way.deps
    me = await _reach(deps.slack.auth_test)
    if isinstance(deps.slack, WatchedClient):
        deps.slack.health = way.health  # until here, what is wrong ends the process and is said by that
    team = str(me["team_id"])
    await workspace.begin(deps, team, str(me.get("team") or ""), str(me["user_id"]))
    try:
        async with over(way, me) as address, _reading(deps, team, alone=way.alone):
            yield address
    finally:
        await deps.afterwards.end(MOMENT)


@asynccontextmanager
async def _reading(deps: Deps, team: str, *, alone: bool) -> AsyncIterator[None]:
    """A small workspace is read before the first word; no other is waited for."""
    await deps.directory.begin(team, alone=alone)
    reading = asyncio.create_task(deps.directory.run())
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(deps.directory.still(), GLANCE)
        yield
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def over_socket(way: WayIn, me: AsyncSlackResponse) -> AsyncIterator[str]:
    settings, token = way.settings, _secret(way.settings.slack_app_token)
    app = make_app(way.deps, _authorize(me, way.deps))
    web = AsyncWebClient(base_url=settings.slack_api_url, timeout=settings.slack_timeout_seconds, retry_handlers=[])
    opened = await _reach(lambda: web.apps_connections_open(app_token=token), socket_mode.refusal)
    if await are_of_two_apps(way.deps.slack, str(me.get("bot_id") or ""), token):
        raise Refused(OTHER_APP)
    handler = SocketMode(way.health, app, token, web, str(opened["url"]))
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
        way.is_connected = handler.client.is_connected
        yield ""
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def over_http(way: WayIn, me: AsyncSlackResponse) -> AsyncIterator[str]:
    settings, secret = way.settings, _secret(way.settings.slack_signing_secret)
    app = make_app(way.deps, _authorize(me, way.deps), secret)
    # The signature is checked on the raw body, before Bolt sees any of it (bot.web).
    routes, setting = slack_routes(app, secret), env_name("http_port")
    async with listening(routes, settings.http_host, settings.http_port, setting) as at:
        yield f"{at}{PATH}"


def _secret(value: SecretStr | None) -> str:
    """What the settings were checked to have, for this way in."""
    if value is None:
        raise LookupError("the settings lack what this way in needs")
    return value.get_secret_value()


def _authorize(me: AsyncSlackResponse, deps: Deps) -> Authorize:
    """As whom Bolt answers requests. By itself it would ask Slack at the first one, before it is acknowledged."""
    known = AuthorizeResult.from_auth_test_response(auth_test_response=me, bot_token=deps.slack.token)

    async def authorize() -> AuthorizeResult:
        return known

    return authorize


async def _reach(call: Callable[[], Awaitable[Answered]], words: Callable[[str], str] | None = None) -> Answered:
    """Call Slack until it answers; Refused when it will not have us, in these `words` for Slack's own. What it waits
    for is said once."""
    waiting = ""
    while True:
        try:
            return await call()
        except SlackApiError as error:
            outcome, name = understand(error), said(error)[1]
            if outcome.answer not in {Answer.LATER, Answer.UNCLEAR}:
                raise Refused(words(name) if words else REFUSALS.get(name, outcome.reason)) from error
            reason, seconds = outcome.reason, max(AGAIN, outcome.seconds)
        except UNREACHABLE as error:
            reason, seconds = type(error).__name__, AGAIN
        if reason != waiting:
            log.warning("waiting for Slack", reason=reason)
            waiting = reason
        await asyncio.sleep(seconds)
