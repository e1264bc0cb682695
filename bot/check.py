"""What `python -m bot check` checks, and its results in plain words."""

import asyncio
import zoneinfo
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.config import BadSettings, Settings, env_name
from bot.domain.errors import DomainError
from bot.runtime.clock import require_time_zones
from bot.runtime.http_server import check_host
from bot.runtime.tokens import OTHER_APP, are_of_two_apps
from handlers.scopes import Permissions
from prompts.bank import BankError, load_bank

CheckDatabase = Callable[[], Awaitable[str]]
"""Describes the database in one line; raises DomainError with words if it can't be used."""

TIMEOUT = 10
"""Seconds that Slack has for a response."""

# The last two: slack_sdk, where what answers is a web page and not JSON.
_TROUBLES = (SlackApiError, aiohttp.ClientError, TimeoutError, ValueError, AttributeError)

_REFUSALS = {
    "invalid_auth": "Slack doesn't know this token. Copy it again; if the app was removed, install it again.",
    "not_authed": "Slack got no token. Set it in .env.",
    "account_inactive": "the app was removed from the workspace, or the workspace is gone. Install the app again.",
    "token_revoked": "the token was revoked. Install the app again and copy the new one.",
    "token_expired": "the token has expired. Turn token rotation off in the app's settings and install it again.",
    "not_allowed_token_type": "this kind of token can't be used here: the bot token begins with xoxb-, the app-level "
    "token with xapp-.",
    "no_permission": "the token lacks the scope connections:write. Make a new app-level token with it.",
    "missing_scope": "the token lacks the scope connections:write. Make a new app-level token with it.",
    "ratelimited": "Slack asks to wait. Try again in a minute.",
}


@dataclass(frozen=True)
class Finding:
    """The result of one check: `what` was checked, whether it passed, and a sentence about it."""

    ok: bool
    what: str
    words: str


async def run_checks(
    settings: Settings | BadSettings, asked: Permissions, check_database: CheckDatabase | None = None
) -> list[Finding]:
    """Run all checks that can be run; without valid settings, those of Slack and the database are left out."""
    here = [check_question_bank(), check_time_zones()]
    database = [await _check_database(check_database)] if check_database else []
    if isinstance(settings, BadSettings):
        return [*(Finding(False, "Settings", problem) for problem in settings.problems), *database, *here]
    bot, app = await asyncio.gather(_check_bot_token(settings, asked), _check_app_token(settings))
    return [
        Finding(True, "Settings", "complete."),
        _say_way_in(settings),
        *_check_hosts(settings),
        *bot,
        *app,
        *database,
        *here,
    ]


def _check_hosts(settings: Settings) -> Iterator[Finding]:
    """Whether the bot could listen at the configured addresses, as `run` has to."""
    for name in ("http_host", "metrics_host"):
        try:
            check_host(getattr(settings, name), env_name(name))
        except DomainError as trouble:
            yield Finding(False, "Address", trouble.words)


def _say_way_in(settings: Settings) -> Finding:
    """Which transports are configured, and what the other one needs."""
    if settings.slack_app_token is None:
        return Finding(True, "Way in", "HTTP (`run --http`). Socket Mode needs SLACK_APP_TOKEN.")
    if settings.slack_signing_secret is None:
        return Finding(True, "Way in", "Socket Mode. HTTP (`run --http`) needs SLACK_SIGNING_SECRET.")
    return Finding(True, "Way in", "Socket Mode (`run`) or HTTP (`run --http`): there is what both need.")


async def _check_bot_token(settings: Settings, asked: Permissions) -> list[Finding]:
    """Whom the bot token belongs to, and which scopes it has."""
    client = _client(settings, settings.slack_bot_token.get_secret_value())
    try:
        answer = await client.auth_test()
    except _TROUBLES as trouble:
        return [Finding(False, "Bot token", _refusal(trouble, settings.slack_api_url))]
    who = f"works: {answer.get('user', 'Collab')} in {answer.get('team', 'the workspace')}."
    other = await _check_apps(settings, client, str(answer.get("bot_id") or ""))
    return [Finding(True, "Bot token", who), *other, *_check_scopes(answer, asked)]


async def _check_apps(settings: Settings, client: AsyncWebClient, bot: str) -> list[Finding]:
    token = settings.slack_app_token
    if token is None or not await are_of_two_apps(client, bot, token.get_secret_value()):
        return []
    return [Finding(False, "App-level token", f"{OTHER_APP}. Copy both from the pages of one app.")]


def _check_scopes(answer: AsyncSlackResponse, asked: Permissions) -> Iterator[Finding]:
    header = _header(answer.headers, "x-oauth-scopes")
    if header is None:
        yield Finding(False, "Scopes", "Slack did not say which scopes the token has. Is SLACK_API_URL right?")
        return
    granted = {scope.strip() for scope in header.split(",")}
    missing = [scope for scope in asked.scopes if scope not in granted]
    for scope in missing:
        yield Finding(
            False,
            "Scopes",
            f"{scope} is missing ({asked.scopes[scope]}). Add it under OAuth & Permissions and reinstall.",
        )
    if not missing:
        yield Finding(True, "Scopes", "all that are needed.")
    without = [scope for scope in asked.optional if scope not in granted]
    if without:
        yield Finding(
            True,
            "Scopes",
            f"without {' and '.join(without)}: Collab works, and asks where it would have looked for itself.",
        )


async def _check_app_token(settings: Settings) -> list[Finding]:
    if settings.slack_app_token is None:
        return []
    token = settings.slack_app_token.get_secret_value()
    try:
        await _client(settings, token).apps_connections_open(app_token=token)
    except _TROUBLES as trouble:
        return [Finding(False, "App-level token", _refusal(trouble, settings.slack_api_url))]
    return [Finding(True, "App-level token", "works: Socket Mode can connect.")]


def _client(settings: Settings, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, settings.slack_api_url, timeout=TIMEOUT, retry_handlers=[])


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _refusal(trouble: Exception, address: str) -> str:
    """Why a call failed, in words that contain nothing of what was sent."""
    if not isinstance(trouble, SlackApiError):
        return f"nothing answers as Slack does at {address}. Check the network and SLACK_API_URL."
    data = getattr(trouble.response, "data", None)
    error = data.get("error") if isinstance(data, Mapping) else None
    if not isinstance(error, str):
        return f"what answers at {address} is not Slack. Check SLACK_API_URL."
    return _REFUSALS.get(error, f"Slack refused it: {error}.")


async def _check_database(check: CheckDatabase) -> Finding:
    try:
        return Finding(True, "Database", await check())
    except DomainError as trouble:
        return Finding(False, "Database", trouble.words)


def check_question_bank(load: Callable[[], object] = load_bank) -> Finding:
    """Whether the question bank can be read."""
    try:
        load()
    except BankError as trouble:
        return Finding(False, "Question bank", str(trouble))
    return Finding(True, "Question bank", "every question can be read.")


def check_time_zones() -> Finding:
    """Whether the system, or the tzdata package, knows the world's time zones."""
    try:
        require_time_zones()
    except DomainError as trouble:
        return Finding(False, "Time zones", trouble.words)
    return Finding(True, "Time zones", f"{len(zoneinfo.available_timezones())} known.")
