"""The command line as somebody uses it: a real process, its words and its exit code."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.manifest import build_manifest
from handlers.capabilities import CAPABILITIES
from handlers.commands import Commands
from handlers.scopes import permissions
from storage.database import open_database
from tests.support.commands import ROOT, collab
from tests.support.person import Sandbox

GOOD = "SLACK_BOT_TOKEN=xoxb-sandbox\nSLACK_APP_TOKEN=xapp-sandbox\nSLACK_API_URL=http://127.0.0.1:9/api/\n"


async def test_without_settings_it_says_what_is_missing(tmp_path: Path) -> None:
    ended = await collab(tmp_path, "run", cold=True)
    assert ended.code == 2
    assert "There is no file .env here" in ended.err
    assert "SLACK_BOT_TOKEN is not set" in ended.err
    assert "Traceback" not in ended.err


async def test_a_malformed_file_is_named_by_its_line_and_not_by_its_content(tmp_path: Path) -> None:
    ended = await collab(tmp_path, "run", env_file=GOOD + 'COLLAB_LOG_LEVEL="never-closed-quote\n')
    assert ended.code == 2
    assert ".env, line 4" in ended.err
    assert "never-closed-quote" not in ended.err


async def test_check_says_everything_that_is_wrong_and_fails(tmp_path: Path) -> None:
    ended = await collab(tmp_path, "check", env_file=GOOD)
    assert ended.code == 1
    assert "WRONG  Bot token: nothing answers as Slack does" in ended.out
    assert "ok     Database: not there yet" in ended.out
    assert "ok     Question bank" in ended.out
    assert "ok     Time zones" in ended.out
    assert not (tmp_path / "data").exists()


async def test_check_fails_without_settings_and_looks_at_the_rest(tmp_path: Path) -> None:
    ended = await collab(tmp_path, "check")
    assert ended.code == 1
    assert "WRONG  Settings: SLACK_APP_TOKEN is not set" in ended.out
    assert "ok     Question bank" in ended.out


async def test_a_database_from_a_newer_version_stops_it_in_words(tmp_path: Path) -> None:
    file = tmp_path / "collab.db"
    await (await open_database(f"sqlite:///{file}")).close()
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    raw.close()
    settings = GOOD + f"DATABASE_URL=sqlite:///{file}\n"
    ended = await collab(tmp_path, "run", env_file=settings)
    assert ended.code == 1
    assert "newer version of Collab" in ended.err
    assert "Traceback" not in ended.err
    assert "WRONG  Database: The database was made by a newer" in (await collab(tmp_path, "check")).out


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://collab:hidden@127.0.0.1:9/collab", "that the server runs and can be reached"),
        ("sqlite:////proc/none/collab.db", "can't be opened or written"),
    ],
)
async def test_a_database_that_cannot_be_used_stops_it_in_one_sentence(tmp_path: Path, url: str, says: str) -> None:
    settings = GOOD + f"DATABASE_URL={url}\n"
    run, check = await asyncio.gather(collab(tmp_path, "run", env_file=settings), collab(tmp_path, "check"))
    assert run.code == check.code == 1
    assert says in run.err
    assert run.err.count("\n") == 1
    assert f"WRONG  Database: {run.err}" in check.out
    assert "hidden" not in run.err + run.out + check.err + check.out


async def test_without_the_worlds_time_zones_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "tzdata").mkdir()
    (tmp_path / "tzdata" / "__init__.py").touch()  # stands before the real package, and holds nothing
    without: dict[str, Any] = {"PYTHONTZPATH": ""}
    run, check = await asyncio.gather(
        collab(tmp_path, "run", env_file=GOOD, **without), collab(tmp_path, "check", **without)
    )
    assert run.code == check.code == 1
    assert run.err == (
        "The time zone America/Chicago is not known here. Install Collab's requirements again (tzdata).\n"
    )
    assert f"WRONG  Time zones: {run.err}" in check.out


def of_sandbox(sandbox: Sandbox, token: str = "xoxb-sandbox") -> str:
    return f"SLACK_BOT_TOKEN={token}\nSLACK_APP_TOKEN=xapp-sandbox\nSLACK_API_URL={sandbox.address}/api/\n"


async def test_check_finds_nothing_wrong_where_nothing_is(sandbox: Sandbox, tmp_path: Path) -> None:
    ended = await collab(tmp_path, "check", env_file=of_sandbox(sandbox))
    assert "WRONG" not in ended.out
    assert ended.code == 0


async def test_check_names_the_scope_that_is_missing(sandbox: Sandbox, tmp_path: Path) -> None:
    await sandbox.must("scopes", without=["users:read", "channels:history"])
    ended = await collab(tmp_path, "check", env_file=of_sandbox(sandbox))
    assert "WRONG  Scopes: users:read is missing" in ended.out
    assert "ok     Scopes: without channels:history" in ended.out
    assert ended.code == 1


async def test_a_token_that_slack_does_not_know_stops_it_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = of_sandbox(sandbox, "xoxb-somebody-elses")
    ended = await collab(tmp_path, "run", env_file=settings)
    assert ended.code == 1
    assert "Slack doesn't accept the app's token" in ended.err
    assert "somebody-elses" not in ended.err
    assert "Traceback" not in ended.err
    assert "WRONG  Bot token: Slack doesn't know this token" in (await collab(tmp_path, "check")).out


def test_the_manifest_in_the_repository_is_the_one_that_the_code_makes() -> None:
    written = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    assert written == build_manifest(permissions(CAPABILITIES), Commands(CAPABILITIES).usage_hint), (
        "run: python -m bot manifest --file manifest.json"
    )


@pytest.mark.parametrize("arguments", [(), ("--help",)])
async def test_help_names_every_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = await collab(tmp_path, *arguments, cold=True)
    for command in ("run", "sandbox", "check", "manifest"):
        assert command in ended.out + ended.err
