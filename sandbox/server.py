"""Puts the sandbox on a port: the Web API, Socket Mode, the page and its JSON interface."""

import asyncio
import socket
import time
from asyncio import BaseTransport
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from sandbox import clock_controls, controls, people_interface
from sandbox.methods_files import take_upload
from sandbox.responses import serve_response
from sandbox.sandbox import Sandbox, make_sandbox
from sandbox.tcp_reset import TRANSPORT
from sandbox.webapi import serve_call

if TYPE_CHECKING:  # uvicorn chooses when it is imported, and gives no type: httptools where it is installed
    from uvicorn.protocols.http.h11_impl import H11Protocol as HTTPProtocol
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as HTTPProtocol

PAGE = Path(__file__).parent / "page"
GRACE, STEP = 1.0, 0.005
"""Seconds that connections get to end by themselves, and seconds between two looks whether they did."""


def build(start: datetime | None = None, sandbox: Sandbox | None = None) -> Starlette:
    """The application; `app.state.sandbox` is what it works on. Its time begins at `start`, or now."""
    whole = sandbox or make_sandbox(start)

    async def call(request: Request) -> Response:
        whole.address = whole.address or str(request.base_url).rstrip("/")
        return await serve_call(whole, request)

    async def respond(request: Request) -> Response:
        return await serve_response(whole, request)

    async def upload(request: Request) -> Response:
        return await take_upload(whole, request)

    async def connect(websocket: WebSocket) -> None:
        await whole.sockets.serve(websocket)

    app = Starlette(
        routes=[
            Route("/api/{method}", call, methods=["GET", "POST"]),
            Route("/response/{id}", respond, methods=["POST"]),
            Route("/upload/{ticket}", upload, methods=["POST"]),
            WebSocketRoute("/socket", connect),
            *people_interface.routes(whole),
            *controls.routes(whole),
            *clock_controls.routes(whole),
            Route("/", _index),
            Mount("/page", _Page(directory=PAGE, check_dir=False)),
        ]
    )
    app.state.sandbox = whole
    return app


async def _index(_request: Request) -> Response:
    file = PAGE / "index.html"
    if not file.exists():
        return PlainTextResponse("The sandbox runs; its page is not here.", 404)
    return FileResponse(file, headers={"Cache-Control": "no-store"})


class _Page(StaticFiles):
    """Always fresh: whoever changes the page sees it on reload."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-store"
        return response


def _tell(inner: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    """Tells the application which connection a request came through, so that a fault can drop it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT] = transport
        await inner(scope, receive, send)

    return app


class _Protocol(HTTPProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        super().connection_made(transport)
        self.app = _tell(self.app, transport)


class _SocketProtocol(WebSocketsSansIOProtocol):
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.app = _tell(self.app, transport)  # type: ignore[arg-type]  # it is a transport that one can write to


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs it, and ends as soon as it can: tests start one each."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        self.should_exit = True
        self._ended.set()

    async def main_loop(self) -> None:
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        end = time.monotonic() + GRACE
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < end:  # noqa: ASYNC110 - uvicorn's sets tell nobody
            await asyncio.sleep(STEP)
        for task in self.server_state.tasks:
            task.cancel()


async def serve(
    host: str,
    port: int,
    ready: Callable[[str], None],
    start: datetime | None = None,
    sandbox: Sandbox | None = None,
) -> None:
    """Serve in the present loop until cancelled; `ready` hears the address (port 0: one that is free)."""
    whole = sandbox or make_sandbox(start)
    config = uvicorn.Config(
        build(sandbox=whole),
        http=_Protocol,
        ws=_SocketProtocol,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        date_header=False,
    )
    server = _Server(config)
    listening = _listen(host, port)
    whole.address = f"http://{host}:{listening.getsockname()[1]}"
    running = asyncio.create_task(server.serve([listening]))
    ready(f"{whole.address}/")
    try:
        await asyncio.shield(running)
    finally:
        await whole.stop()
        server.end()
        await running


def _listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections already, so that nobody who was told the address comes too early."""
    # With the protocol named, asyncio switches Nagle's algorithm off: without it every answer is 40 ms late.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening
