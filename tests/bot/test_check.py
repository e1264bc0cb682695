"""What `check` says: good, and in plain words for each thing that can be wrong, against a small real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.check import Finding, check_question_bank, check_time_zones, run_checks
from bot.config import BadSettings, Settings, read_settings
from bot.domain.errors import DomainError
from handlers.capabilities import CAPABILITIES
from handlers.scopes import permissions
from prompts.bank import BankError
from tests.support.servers import serving

ASKED = permissions(CAPABILITIES)
EVERY = ",".join([*ASKED.scopes, *ASKED.optional])
WHO = {"ok": True, "user": "collab", "team": "Sandbox"}
SOCKET = {"ok": True, "url": "wss://example.invalid/link/?ticket=hidden"}


@asynccontextmanager
async def slack(
    auth: dict[str, Any] = WHO,
    sockets: dict[str, Any] = SOCKET,
    scopes: str | None = EVERY,
    app_token: str = "xapp-1234-secret",
) -> AsyncIterator[Settings]:
    """A server that answers the two calls like Slack, and settings that point to it."""
    headers = {} if scopes is None else {"x-oauth-scopes": scopes}

    async def auth_test(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer xoxb-1234-secret"
        return web.json_response(auth, headers=headers)

    async def open_socket(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {app_token}"
        return web.json_response(sockets)

    async def bots_info(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "bot": {"id": "B0OURS", "app_id": "A0000OURS"}})

    routes = [
        web.post("/api/auth.test", auth_test),
        web.post("/api/apps.connections.open", open_socket),
        web.get("/api/bots.info", bots_info),
    ]
    async with serving(routes) as address:
        yield settings_for(f"{address}/api/", app_token)


def settings_for(address: str, app_token: str = "xapp-1234-secret") -> Settings:
    return read_settings(None, slack_api_url=address, slack_bot_token="xoxb-1234-secret", slack_app_token=app_token)


async def database_is_fine() -> str:
    return "up to date"


async def wrong(settings: Settings | BadSettings) -> list[tuple[str, str]]:
    findings = await run_checks(settings, ASKED, database_is_fine)
    assert not any("secret" in finding.words or "hidden" in finding.words for finding in findings)
    return [(finding.what, finding.words) for finding in findings if not finding.ok]


async def test_when_all_is_well_everything_is_ticked() -> None:
    async with slack() as settings:
        findings = await run_checks(settings, ASKED, database_is_fine)
    assert all(finding.ok for finding in findings)
    assert [finding.what for finding in findings] == [
        "Settings",
        "Way in",
        "Bot token",
        "Scopes",
        "App-level token",
        "Database",
        "Question bank",
        "Time zones",
    ]
    assert Finding(True, "Bot token", "works: collab in Sandbox.") in findings


async def test_bad_settings_are_told_and_the_rest_is_looked_at_all_the_same() -> None:
    findings = await run_checks(BadSettings(["SLACK_BOT_TOKEN is not set.", "Line 2 can't be read."]), ASKED)
    assert [(f.ok, f.what) for f in findings] == [
        (False, "Settings"),
        (False, "Settings"),
        (True, "Question bank"),
        (True, "Time zones"),
    ]


async def test_missing_scopes_are_named_with_what_they_are_for() -> None:
    async with slack(scopes="commands, chat:write,users:read, channels:read,groups:read,files:write") as settings:
        said = await wrong(settings)
    assert [what for what, _ in said] == ["Scopes"]
    assert "im:write is missing (to open a direct message with a member)" in said[0][1]


async def test_optional_scopes_may_be_missing() -> None:
    async with slack(scopes=",".join(ASKED.scopes)) as settings:
        findings = await run_checks(settings, ASKED, database_is_fine)
    assert all(finding.ok for finding in findings)
    assert any("without channels:history and groups:history" in finding.words for finding in findings)


async def test_an_answer_without_scopes_is_suspicious() -> None:
    async with slack(scopes=None) as settings:
        assert [what for what, _ in await wrong(settings)] == ["Scopes"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_auth", "Slack doesn't know this token"),
        ("token_revoked", "revoked"),
        ("account_inactive", "removed from the workspace"),
        ("org_login_required", "Slack refused it: org_login_required"),
    ],
)
async def test_a_refused_bot_token_says_why(error: str, words: str) -> None:
    async with slack(auth={"ok": False, "error": error}) as settings:
        said = await wrong(settings)
    assert [what for what, _ in said] == ["Bot token"]
    assert words in said[0][1]


async def test_an_app_token_without_its_scope_says_which() -> None:
    refusal = {"ok": False, "error": "missing_scope", "needed": "connections:write"}
    async with slack(sockets=refusal) as settings:
        said = await wrong(settings)
    assert [what for what, _ in said] == ["App-level token"]
    assert "connections:write" in said[0][1]


@pytest.mark.parametrize(("app", "is_wrong"), [("A0000OURS", False), ("A000OTHER", True)])
async def test_two_tokens_of_two_apps_are_told(app: str, *, is_wrong: bool) -> None:
    async with slack(auth=WHO | {"bot_id": "B0OURS"}, app_token=f"xapp-1-{app}-123-secret") as settings:
        said = await wrong(settings)
    assert [what for what, _ in said] == (["App-level token"] if is_wrong else [])
    assert not is_wrong or "belongs to another app" in said[0][1]


async def test_a_host_that_is_not_there_is_told_for_both_tokens() -> None:
    said = await wrong(settings_for("http://127.0.0.1:9/api/"))
    assert [what for what, _ in said] == ["Bot token", "App-level token"]
    assert all("SLACK_API_URL" in words for _, words in said)


@pytest.mark.parametrize("kind", ["text/html", "application/json", "text/plain"])
async def test_a_host_that_is_not_slack_is_told(kind: str) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<html>It works!</html>", content_type=kind)

    async with serving([web.post("/api/{method}", page)]) as address:
        said = await wrong(settings_for(f"{address}/api/"))
    assert [what for what, _ in said] == ["Bot token", "App-level token"]
    assert all("SLACK_API_URL" in words for _, words in said)


async def test_a_database_that_cannot_be_used_is_told_in_its_own_words() -> None:
    async def broken() -> str:
        raise DomainError("The database was made by a newer version.")

    async with slack() as settings:
        findings = await run_checks(settings, ASKED, broken)
    assert [f for f in findings if not f.ok] == [
        Finding(False, "Database", "The database was made by a newer version.")
    ]


def test_a_broken_question_bank_is_told() -> None:
    def load() -> object:
        raise BankError("growing.en.toml: a question has no text.")

    assert check_question_bank(load) == Finding(False, "Question bank", "growing.en.toml: a question has no text.")


def test_this_machine_knows_the_worlds_time_zones() -> None:
    assert check_time_zones().ok


def test_a_machine_without_time_zones_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import zoneinfo  # noqa: PLC0415  # its search path is changed for this test alone

    def unknown(zone: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError(zone)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", unknown)
    assert "America/Chicago is not known here" in check_time_zones().words
