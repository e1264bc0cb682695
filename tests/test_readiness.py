"""Whether the process can do its work follows the facts: Slack, its tokens, the database, the disk."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import StringIO
from pathlib import Path

import httpx
import pytest

from bot.runtime import health, readiness, socket_client
from bot.runtime.health import Health
from bot.runtime.metrics import Metrics
from storage.database import open_database
from storage.engine import DISK_FULL
from tests.support.commands import collab
from tests.support.person import GENEROUS, Sandbox
from tests.support.running import running, sandbox_settings
from tests.support.servers import free_port

GONE = "the app was removed from the workspace"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is told how it is now, and what is tried again is tried soon."""
    monkeypatch.setattr(readiness, "FRESH", 0.0)
    monkeypatch.setattr(socket_client, "PAUSE", 0.05)
    monkeypatch.setattr(socket_client, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(socket_client, "PING", 0.3)
    monkeypatch.setattr(health, "SETTLED", 0.0)


@asynccontextmanager
async def watched(
    sandbox: Sandbox, url: str, logs: StringIO, *, http: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    port = await free_port()
    async with (
        running(sandbox_settings(sandbox, url, metrics_port=port), logs, http=http),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as watcher,
    ):
        await until_said(watcher, "ready")
        yield watcher


async def said(watcher: httpx.AsyncClient) -> str:
    answer = await watcher.get("/readyz")
    assert (answer.status_code == 200) == (answer.text == "ready\n")
    return answer.text.strip()


async def until_said(watcher: httpx.AsyncClient, words: str) -> None:
    async with asyncio.timeout(20):
        while words not in await said(watcher):
            pass  # asking is what it waits for


async def test_over_socket_mode_it_is_ready_while_slack_is_there_and_takes_its_tokens(
    sandbox: Sandbox, sqlite_url: str, logs: StringIO
) -> None:
    async with watched(sandbox, sqlite_url, logs) as watcher:
        for fault, words in (
            ("http_500", "Slack gives no connection"),
            ("reset", "Slack can't be reached"),
            ("error:invalid_auth", "Slack doesn't accept the app-level token"),
            ("error:missing_scope", "lacks the scope connections:write"),
        ):
            await sandbox.fail("apps.connections.open", fault, times=0)
            await sandbox.must("sockets", op="cut")
            await until_said(watcher, words)
            await sandbox.no_faults()
            await until_said(watcher, "ready")
        await sandbox.must("app", op="uninstall")
        await until_said(watcher, GONE)
        await sandbox.must("app", op="install")
        await until_said(watcher, "ready")
    lines = logs.getvalue().splitlines()
    for words in ("Slack gives no connection", "Slack doesn't accept the app-level token", GONE):
        assert len([line for line in lines if '"in trouble"' in line and words in line]) == 1
    assert len([line for line in lines if '"logger"' in line and '"error"' in line]) < 10
    assert "Traceback" not in logs.getvalue()


async def test_over_http_it_asks_slack_where_nothing_was_heard_of_it(
    sandbox: Sandbox, sqlite_url: str, logs: StringIO
) -> None:
    async with watched(sandbox, sqlite_url, logs, http=True) as watcher:
        for fault in ("http_500", "reset"):
            await sandbox.fail("auth.test", fault, times=0)
            await until_said(watcher, "Slack does not answer")
            await sandbox.no_faults()
            await until_said(watcher, "ready")


@contextmanager
def full_disk(room: int = 16_384) -> Iterator[None]:
    """No file may grow beyond this: the nearest that a test can come to a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_said_in_the_log_in_the_figures_and_to_whoever_asks(
    sandbox: Sandbox, sqlite_url: str, logs: StringIO
) -> None:
    async with watched(sandbox, sqlite_url, logs) as watcher:
        with full_disk():
            await until_said(watcher, DISK_FULL)
            ana = next(iter((await sandbox.people()).values()))
            await ana.types("settings")
            page = (await watcher.get("/metrics")).text
        await until_said(watcher, "ready")
    assert f'collab_storage_errors_total{{reason="{DISK_FULL}"}}' in page
    assert "collab_ready 0.0" in page
    assert DISK_FULL in logs.getvalue()


async def test_a_database_that_goes_away_is_said(sandbox: Sandbox, postgresql_url: str, logs: StringIO) -> None:
    async with watched(sandbox, postgresql_url, logs) as watcher:
        database = await open_database(postgresql_url, deadline=GENEROUS)
        async with database.sessions.begin(10) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
            await until_said(watcher, "the database does not answer")
        await database.close()
        await until_said(watcher, "ready")


@pytest.mark.parametrize(
    ("bot", "app", "words"),
    [
        ("xoxb-somebody-elses", "xapp-sandbox", "Slack doesn't accept the app's token"),
        ("xoxb-sandbox", "xapp-somebody-elses", "Slack doesn't accept the app-level token"),
    ],
)
async def test_a_token_that_is_refused_at_the_start_ends_it_with_one_plain_line(
    sandbox: Sandbox, tmp_path: Path, bot: str, app: str, words: str
) -> None:
    settings = f"SLACK_BOT_TOKEN={bot}\nSLACK_APP_TOKEN={app}\nSLACK_API_URL={sandbox.address}/api/\n"
    ended = await collab(tmp_path, "run", env_file=settings)
    assert ended.code == 1
    assert ended.err == f"{words}. `python -m bot check` says what to do.\n"


def test_a_trouble_is_said_once_until_it_is_another_one() -> None:
    passed = [0.0]
    known = Health(Metrics(), lambda: passed[0])
    for _ in range(health.FAILURES - 1):
        known.unanswered("chat.postMessage")
    assert known.trouble is None
    known.unanswered("chat.postMessage")
    known.answered("auth.test")
    assert known.trouble == "Slack does not answer chat.postMessage"
    known.answered("chat.postMessage")
    assert known.trouble is None
    for _ in range(health.FAILURES):
        known.unanswered("chat.update")
    passed[0] += health.PAST + 1  # and it was not called since
    known.answered("auth.test")
    assert known.trouble is None
    known.reading_halted("missing_scope")
    assert known.trouble == "Slack doesn't say who is in the channels: missing_scope"
    known.reading_halted(None)
    known.refused("token_revoked")
    assert known.trouble == GONE
    known.answered("auth.test")
    assert known.trouble is None
