"""Whoever speaks HTTP without knowing the secret costs no more than a bounded number of bytes and seconds."""

import asyncio
import resource
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.routing import Route

from bot.runtime import http_guard
from bot.runtime.http_guard import MOST_BODY_BYTES, MOST_HEAD_BYTES
from bot.runtime.http_server import PATH, listening, watch_routes
from bot.runtime.metrics import Metrics
from tests.support.person import Sandbox
from tests.support.running import SIGNING_SECRET, running, sandbox_settings

PIECE = b"a" * 65_536
POST = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LINES = b"X-A: b\r\n" * 1000
CHUNK = b"8000\r\n" + b"c" * 0x8000 + b"\r\n"
MOST_BUFFERED = 12_000_000
"""Bytes that may lie in the kernel's buffers on the way: what was sent is not what was read."""

ENDLESS = {
    "a header line": (POST + b"X-Long: ", PIECE),
    "a header's name": (POST + b"X-", PIECE),
    "header lines": (POST, LINES),
    "the address": (b"GET /", PIECE),
    "the method": (b"", PIECE),
    "a body in chunks": (CHUNKED, CHUNK),
    "a chunk's extension": (CHUNKED + b"5;", PIECE),
    "trailers": (CHUNKED + b"1\r\na\r\n0\r\n", LINES),
    "a body that was announced": (POST + b"Content-Length: 100000000000\r\n\r\n", PIECE),
    "a body where none is taken": (b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", PIECE),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def port(sandbox: Sandbox, database_url: str) -> AsyncIterator[int]:
    """Where the bot listens, which takes Slack's requests over HTTP."""
    async with running(sandbox_settings(sandbox, database_url), http=True) as address:
        await sandbox.must("app", op="request_url", url=address, signing_secret=SIGNING_SECRET)
        yield httpx.URL(address).port or 0


async def pour(port: int, begin: bytes, again: bytes) -> int:
    """Send until the other side hangs up; the bytes that could be sent until then."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    try:
        async with asyncio.timeout(20):
            writer.write(begin)
            while True:
                writer.write(again)
                sent += len(again)
                await writer.drain()
                await asyncio.sleep(0)
    except (ConnectionError, OSError):
        return sent
    finally:
        writer.transport.abort()


async def test_what_never_ends_is_cut_off_soon_and_commands_are_answered_meanwhile(sandbox: Sandbox, port: int) -> None:
    ana, *_ = (await sandbox.people()).values()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pouring = [asyncio.create_task(pour(port, *what)) for what in ENDLESS.values()]
    assert "Start a group" in await ana.types("")
    for what, sent in zip(ENDLESS, await asyncio.gather(*pouring), strict=True):
        assert sent < MOST_BUFFERED, what
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000, f"{grown} KB more"
    assert "Start a group" in await ana.types("")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that a test can wait out."""
    monkeypatch.setattr(http_guard, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(http_guard, "BODY_SECONDS", 0.3)
    monkeypatch.setattr(http_guard, "LINGER_SECONDS", 0.1)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("begin", "says"),
    [
        (b"", b"408"),
        (b"GET /", b"408"),
        (POST + b"X-Slow: ", b"408"),
        (POST + b"Content-Length: 90\r\n\r\n", b""),
        (CHUNKED, b""),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /", b"408"),
    ],
)
async def test_what_drips_is_cut_off_after_some_seconds(begin: bytes, says: bytes) -> None:
    """On the port for whoever watches, too: it is the same."""
    async with listening(routes(), "127.0.0.1", 0, "X") as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(address).port)
        writer.write(begin)
        dripping = asyncio.create_task(drip(writer)) if begin else None
        async with asyncio.timeout(10):
            answer = await (reader.read() if says else closed(reader))
        assert says in answer
        if dripping:
            await dripping
        writer.transport.abort()


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side hangs up, in whatever way."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, until the other side hangs up."""
    try:
        while not writer.transport.is_closing():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.02)
    except ConnectionError:
        return


def routes() -> list[Route]:
    async def is_ready() -> str | None:
        return None

    return watch_routes(Metrics(), is_ready)


@pytest.fixture
async def watcher() -> AsyncIterator[httpx.AsyncClient]:
    async with listening(routes(), "127.0.0.1", 0, "X") as address, httpx.AsyncClient(base_url=address) as client:
        yield client


async def test_what_is_as_large_as_may_be_is_taken(watcher: httpx.AsyncClient) -> None:
    assert (await watcher.get("/healthz", headers={"X-Long": "a" * (MOST_HEAD_BYTES - 1000)})).status_code == 200
    assert (await watcher.get("/healthz", headers={f"X-{n}": "a" for n in range(80)})).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"X-Long": "a" * MOST_HEAD_BYTES}, {f"X-{n}": "a" for n in range(101)}], ids=["long", "many"]
)
async def test_what_is_larger_hears_why(watcher: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await watcher.get("/healthz", headers=headers)).status_code == 431


async def test_a_connection_that_is_used_again_may_send_as_much_again(watcher: httpx.AsyncClient) -> None:
    for _ in range(30):
        assert (await watcher.get("/healthz", headers={"X-Long": "a" * 8000})).status_code == 200


async def test_a_body_may_come_in_chunks_up_to_what_slack_ever_sends(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(MOST_BODY_BYTES // 10_000):
                yield b"c" * 10_000

        assert (await client.post(PATH, content=chunks())).status_code == 401  # read whole, and not signed
