"""Socket Mode with plain log lines where Slack's library has tracebacks.

A connection that Slack refuses or does not open is logged once, and retried with growing pauses.
"""

import asyncio

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.health import Health
from bot.runtime.slack_errors import UNREACHABLE, asks_to_wait, leaves_open, said, seconds_to_wait

PING = 5
"""Seconds between two pings; after some that are not answered, the connection is renewed."""

PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""The longest pause in seconds before a retry; pauses are doubled."""

FRESH = 25.0
"""Seconds for which a connection URL is tried: it expires soon."""

KIND = "socket"
REFUSALS = {
    "invalid_auth": "Slack doesn't accept the app-level token",
    "not_authed": "Slack doesn't accept the app-level token",
    "token_revoked": "the app-level token was revoked",
    "not_allowed_token_type": "SLACK_APP_TOKEN is not an app-level token",
    "missing_scope": "the app-level token lacks the scope connections:write",
    "no_permission": "the app-level token lacks the scope connections:write",
    "account_inactive": "the app was removed from the workspace",
}


def refusal(name: str) -> str:
    return REFUSALS.get(name, f"Slack refuses the app-level token: {name}")


class _Client(SocketModeClient):
    def __init__(self, health: Health, app: AsyncApp, token: str, web: AsyncWebClient) -> None:
        super().__init__(app_token=token, logger=app.logger, web_client=web, ping_interval=PING)
        self._health = health

    async def connect(self) -> None:
        """Wait until there is a connection. The library would retry one URL for ever."""
        while not self.closed:
            try:
                async with asyncio.timeout(FRESH):
                    await super().connect()  # type: ignore[no-untyped-call]  # as the library has it
                    return
            except TimeoutError:
                self.wss_uri = None

    async def issue_new_wss_url(self) -> str:
        """The URL to connect to; requested until Slack returns one."""
        pause = PAUSE
        while True:
            try:
                answer = await self.web_client.apps_connections_open(app_token=self.app_token)
            except SlackApiError as error:
                seconds = self._wait_for(error, pause)
            except UNREACHABLE:
                self._health.begins(KIND, "Slack can't be reached")
                seconds = pause
            else:
                self._health.over(KIND)
                return str(answer["url"])
            await asyncio.sleep(seconds)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _wait_for(self, error: SlackApiError, pause: float) -> float:
        if asks_to_wait(error):
            return max(pause, seconds_to_wait(error))
        words = "Slack gives no connection" if leaves_open(error) else refusal(said(error)[1])
        self._health.begins(KIND, words)
        return pause


class SocketMode(AsyncSocketModeHandler):
    """Bolt's handler, on that client; `url` is the first connection URL."""

    def __init__(self, health: Health, app: AsyncApp, token: str, web: AsyncWebClient, url: str) -> None:
        # Not the base class's constructor, which would make a client of its own.
        self.app = app
        self.app_token = token
        self.client = _Client(health, app, token, web)
        self.client.wss_uri = url
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]  # as Bolt does
