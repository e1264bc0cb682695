"""Transports for Slack's requests, Socket Mode and HTTP; and the wait for a Slack that is unreachable."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.config import Settings, env_name
from bot.runtime import socket_client
from bot.runtime.background_tasks import BackgroundTasks
from bot.runtime.directory_reader import DirectoryReader
from bot.runtime.health import REFUSALS, Health
from bot.runtime.http_server import PATH, listening, slack_routes
from bot.runtime.monitored_client import MonitoredClient
from bot.runtime.slack_errors import UNREACHABLE, SendStatus, classify_error, said
from bot.runtime.socket_client import SocketMode
from bot.runtime.tokens import OTHER_APP, are_of_two_apps

log = structlog.get_logger()

AGAIN = 5
"""Seconds between two attempts to reach Slack at the start."""

MOMENT = 1.0
"""Seconds that background tasks have on shutdown."""

GLANCE = 2.0
"""Seconds at the start in which channels and people are read before the bot says that it is ready."""

CLOSING = 1.5
"""Seconds that Slack has to close its side, too."""


class SlackAuthRejected(Exception):
    """Slack does not accept this app's token; `reason` is Slack's error, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Authorize = Callable[[], Awaitable[AuthorizeResult]]

MakeApp = Callable[[Authorize, str | None], AsyncApp]
"""Makes the app that takes requests, with the signing secret if there is one."""

Greet = Callable[[AsyncSlackResponse], Awaitable[None]]
"""Receives the result of `auth.test`, before the first request arrives."""


@dataclass
class TransportContext:
    """What a transport needs. `alone`: no other process works on this database. `is_connected` says whether Slack's
    requests can arrive now; None where there is no connection to look at."""

    settings: Settings
    slack: AsyncWebClient
    make_app: MakeApp
    greet: Greet
    directory: DirectoryReader
    background: BackgroundTasks
    health: Health
    alone: bool
    is_connected: Callable[[], Awaitable[bool]] | None = None


Transport = Callable[[TransportContext, AsyncSlackResponse], AbstractAsyncContextManager[str]]
"""Lets Slack's requests arrive while the block runs; gives the address that they arrive at. Receives the result of
`auth.test`."""

Answered = TypeVar("Answered")


@asynccontextmanager
async def listening_to_slack(over: Transport, transport: TransportContext) -> AsyncIterator[str]:
    """Run a transport, and read channels and people. The transport first, so that no event is missed in between."""
    me = await _reach(transport.slack.auth_test)
    if isinstance(transport.slack, MonitoredClient):
        transport.slack.health = transport.health  # until here, what is wrong ends the process and is said by that
    await transport.greet(me)
    try:
        async with over(transport, me) as address, _reading(transport, str(me["team_id"])):
            yield address
    finally:
        await transport.background.end(MOMENT)


@asynccontextmanager
async def _reading(transport: TransportContext, team: str) -> AsyncIterator[None]:
    """A small workspace is read before the bot is ready; a larger one is not waited for."""
    directory = transport.directory
    await directory.begin(team, alone=transport.alone)
    reading = asyncio.create_task(directory.run())
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(directory.still(), GLANCE)
        yield
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def socket_mode(transport: TransportContext, me: AsyncSlackResponse) -> AsyncIterator[str]:
    settings, token = transport.settings, _secret(transport.settings.slack_app_token)
    app = transport.make_app(_authorize(me, transport.slack), None)
    web = AsyncWebClient(base_url=settings.slack_api_url, timeout=settings.slack_timeout_seconds, retry_handlers=[])
    opened = await _reach(lambda: web.apps_connections_open(app_token=token), socket_client.refusal)
    if await are_of_two_apps(transport.slack, str(me.get("bot_id") or ""), token):
        raise SlackAuthRejected(OTHER_APP)
    handler = SocketMode(transport.health, app, token, web, str(opened["url"]))
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
        transport.is_connected = handler.client.is_connected
        yield ""
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def http_mode(transport: TransportContext, me: AsyncSlackResponse) -> AsyncIterator[str]:
    settings, secret = transport.settings, _secret(transport.settings.slack_signing_secret)
    app = transport.make_app(_authorize(me, transport.slack), secret)
    # The signature is checked on the raw body, before Bolt sees any of it (bot.runtime.http_server).
    routes, setting = slack_routes(app, secret), env_name("http_port")
    async with listening(routes, settings.http_host, settings.http_port, setting) as at:
        yield f"{at}{PATH}"


def _secret(value: SecretStr | None) -> str:
    """A secret that the settings were checked to have, for this transport."""
    if value is None:
        raise LookupError("the settings lack what this way in needs")
    return value.get_secret_value()


def _authorize(me: AsyncSlackResponse, slack: AsyncWebClient) -> Authorize:
    """The authorization that Bolt uses. By default it calls Slack at the first request, before acknowledging."""
    known = AuthorizeResult.from_auth_test_response(auth_test_response=me, bot_token=slack.token)

    async def authorize() -> AuthorizeResult:
        return known

    return authorize


async def _reach(call: Callable[[], Awaitable[Answered]], words: Callable[[str], str] | None = None) -> Answered:
    """Call Slack until it answers. Raises SlackAuthRejected if it refuses; `words` translates Slack's error. The
    reason for a wait is logged once."""
    waiting = ""
    while True:
        try:
            return await call()
        except SlackApiError as error:
            outcome = classify_error(error)
            if outcome.status not in {SendStatus.LATER, SendStatus.UNCLEAR}:
                _, name = said(error)
                raise SlackAuthRejected(words(name) if words else REFUSALS.get(name, outcome.reason)) from error
            reason, seconds = outcome.reason, max(AGAIN, outcome.seconds)
        except UNREACHABLE as error:
            reason, seconds = type(error).__name__, AGAIN
        if reason != waiting:
            log.warning("waiting for Slack", reason=reason)
            waiting = reason
        await asyncio.sleep(seconds)
