"""The HTTP server: Slack's requests, verified before anything in them is read, and the monitoring endpoints."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.errors import DomainError
from bot.runtime.http_guard import MOST_BODY_BYTES, Guard, few_headers
from bot.runtime.metrics import Metrics

PATH = "/slack/events"
"""One URL for commands, interactivity and events; the manifest for HTTP names it three times."""

MOST_BYTES = MOST_BODY_BYTES

CLOSE = {"connection": "close"}

GRACE = 2
"""Seconds that running requests get on shutdown."""

IsReady = Callable[[], Awaitable[str | None]]
"""None if the process is ready, else what is missing."""


def slack_routes(app: AsyncApp, signing_secret: str) -> list[Route]:
    """The route for Slack's requests."""
    verifier = SignatureVerifier(signing_secret)

    async def receive(request: Request) -> Response:
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("That is too long to come from Slack.", 413, CLOSE)
        if not _is_signed(verifier, request, body):
            return PlainTextResponse("That was not signed by Slack just now.", 401)
        answer = await app.async_dispatch(
            AsyncBoltRequest(body=body.decode(), query=dict(request.query_params), headers=dict(request.headers))
        )
        return Response(answer.body, answer.status, answer.first_headers_without_set_cookie())

    return [Route(PATH, receive, methods=["POST"])]


async def _read(request: Request) -> bytes | None:
    """The raw body, or None if it is longer than any request of Slack's."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _is_signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    """Whether Slack signed exactly these bytes within the last five minutes."""
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    try:
        return verifier.is_valid(body, timestamp, request.headers.get("x-slack-signature"))
    except (UnicodeDecodeError, TypeError):  # bytes that are no text, a signature that is no ASCII
        return False


def watch_routes(metrics: Metrics, is_ready: IsReady) -> list[Route]:
    """Liveness, readiness and metrics."""

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_request: Request) -> Response:
        missing = await is_ready()
        return PlainTextResponse(f"{missing or 'ready'}\n", 503 if missing else 200)

    async def page(_request: Request) -> Response:
        return Response(metrics.page(), media_type="text/plain; version=0.0.4")

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", page)]


class _Server(uvicorn.Server):
    """Leaves signal handling to the caller."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(routes: Sequence[Route], host: str, port: int, setting: str) -> AsyncIterator[str]:
    """Serve while the block runs; gives the URL. Raises DomainError naming the `setting` if the port is taken."""
    bound = _bind(host, port, setting)
    config = uvicorn.Config(
        few_headers(Starlette(routes=routes)),
        http=Guard,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([bound]))
    try:
        yield f"http://{host}:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def check_host(host: str, setting: str) -> None:
    """Raises DomainError naming the `setting` if no port can be opened at this address."""
    try:
        _bound(host, 0).close()
    except (OSError, ValueError) as error:  # the latter for what is no name at all
        raise DomainError(
            f"{setting} is no address of this machine that can be listened at ({_said(error)}). 127.0.0.1 is for "
            "this machine alone, 0.0.0.0 is every one that it has."
        ) from error


def _bind(host: str, port: int, setting: str) -> socket.socket:
    """A socket that already accepts connections, so that no client comes too early."""
    check_host(host, setting.replace("_PORT", "_HOST"))
    try:
        bound = _bound(host, port)
    except OSError as error:
        raise DomainError(
            f"Port {port} of {host} can't be used ({error.strerror}). Is another program listening there? "
            f"{setting} names another one."
        ) from error
    bound.setblocking(False)
    return bound


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1024)
    except BaseException:
        bound.close()
        raise
    return bound


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "not a host")
