"""HTTP: what is not Slack's, or not of now, is refused before it is read; and the pages for whoever watches."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from bot.domain.errors import DomainError
from bot.runtime.http_server import MOST_BYTES, PATH, listening, watch_routes
from bot.runtime.metrics import Metrics
from tests.support.person import GENEROUS, Sandbox, start_group
from tests.support.running import SIGNING_SECRET, running, sandbox_settings
from tests.support.servers import free_port

SIGNER = SignatureVerifier(SIGNING_SECRET)
HANDSHAKE = json.dumps({"type": "url_verification", "challenge": "as it was given"}).encode()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@dataclass
class Door:
    client: httpx.AsyncClient
    address: str

    async def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.client.post(self.address, content=body, headers=headers)


@pytest.fixture
async def door(sandbox: Sandbox, database_url: str) -> AsyncIterator[Door]:
    """The bot's address for Slack."""
    async with (
        running(sandbox_settings(sandbox, database_url), http=True) as address,
        httpx.AsyncClient(timeout=GENEROUS) as client,
    ):
        yield Door(client, address)


def signed(body: bytes, at: float, **other: str) -> dict[str, str]:
    stamp = str(int(at))
    signature = SIGNER.generate_signature(timestamp=stamp, body=body) or ""
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
    } | other


async def test_slacks_handshake_gives_the_challenge_back(door: Door) -> None:
    answer = await door.post(HANDSHAKE, signed(HANDSHAKE, time.time()))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "as it was given"})


@pytest.mark.parametrize("age", [301, 86400, -420])  # what lies ahead comes nearer while the request is on its way
async def test_what_was_signed_more_than_five_minutes_away_is_refused(door: Door, age: int) -> None:
    answer = await door.post(HANDSHAKE, signed(HANDSHAKE, time.time() - age))
    assert answer.status_code == 401
    assert "as it was given" not in answer.text


@pytest.mark.parametrize(
    "other",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 5000},
    ],
)
async def test_what_is_not_signed_by_slack_is_refused(door: Door, other: dict[str, str]) -> None:
    answer = await door.post(HANDSHAKE, signed(HANDSHAKE, time.time()) | other)
    assert answer.status_code == 401


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), at=st.integers(0, 199))
async def test_one_other_byte_and_it_is_refused(door: Door, body: bytes, at: int) -> None:
    headers = signed(HANDSHAKE, time.time())
    changed = bytearray(HANDSHAKE)
    changed[at % len(changed)] ^= 1
    for other in (bytes(changed), body, HANDSHAKE + b" "):
        assert (await door.post(other, headers)).status_code == 401


async def test_what_is_longer_than_anything_of_slacks_is_not_even_read(door: Door) -> None:
    body = b" " * (MOST_BYTES + 1)
    assert (await door.post(body, signed(body, time.time()))).status_code == 413


async def test_nothing_else_is_there(door: Door) -> None:
    assert (await door.client.get(door.address)).status_code == 405
    for path in ("/", "/metrics", "/healthz"):
        assert (await door.client.get(door.address.removesuffix(PATH) + path)).status_code == 404


async def test_who_watches_sees_what_is_going_on_and_nothing_of_people(sandbox: Sandbox, database_url: str) -> None:
    port = await free_port()
    async with (
        running(sandbox_settings(sandbox, database_url, metrics_port=port)),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=GENEROUS) as watcher,
    ):
        ana, *_ = (await sandbox.people()).values()
        await start_group(ana)
        await sandbox.settle()
        assert (await watcher.get("/healthz")).text == "alive\n"
        ready = await watcher.get("/readyz")
        assert (ready.status_code, ready.text) == (200, "ready\n")
        page = (await watcher.get("/metrics")).text
    assert 'collab_deliveries_total{kind="started",outcome="yes"} 1.0' in page
    assert "collab_deliveries_due 0.0" in page
    assert 'collab_acknowledgement_seconds_count{request="command"} 1.0' in page
    assert 'collab_delivery_lag_seconds_count{kind="started"} 1.0' in page
    assert [told for told in (ana.id, "Ana", "after a crisis", "C0CIRCLE", "T0SANDBOX") if told in page] == []


async def test_while_the_database_is_away_it_is_alive_and_not_ready() -> None:
    async def is_ready() -> str | None:
        return "the database does not answer"

    routes = watch_routes(Metrics(), is_ready)
    async with (
        listening(routes, "127.0.0.1", 0, "X") as address,
        httpx.AsyncClient(base_url=address, timeout=GENEROUS) as watcher,
    ):
        assert (await watcher.get("/healthz")).status_code == 200
        answer = await watcher.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database does not answer\n")


async def test_a_port_that_is_taken_is_said_with_the_setting_that_names_another(
    sandbox: Sandbox, database_url: str
) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(taken.sockets[0].getsockname()[1])
    with pytest.raises(DomainError, match=f"Port {port} .*COLLAB_METRICS_PORT"):
        async with running(sandbox_settings(sandbox, database_url, metrics_port=port)):
            pass
    with pytest.raises(DomainError, match=f"Port {port} .*COLLAB_HTTP_PORT"):
        async with running(sandbox_settings(sandbox, database_url, http_port=port), http=True):
            pass
    taken.close()
    await taken.wait_closed()
