"""Limits what an HTTP connection may send before a request is known: bytes and lines of the head, bytes of the whole
request, and the time for both.

uvicorn with httptools limits none of these. A refused request has cost no more than these limits.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

MOST_HEAD_BYTES = 16_384
"""Slack's heads have about one kilobyte; a proxy in front of the bot may add some."""

MOST_HEADERS = 100

MOST_BODY_BYTES = 1_000_000
"""Slack's largest requests have some tens of kilobytes; anything larger is not read."""

AROUND_BODY = 65_536
"""Additional bytes for chunked transfer encoding."""

HEAD_SECONDS, BODY_SECONDS = 5.0, 10.0
"""Seconds for a head, from its first byte or the connection's start, and for the body after it."""

LINGER_SECONDS = 1.0
"""Seconds during which a refused client can read the response."""

_TOO_LARGE, _TOO_SLOW = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT


class Guard(asyncio.Protocol):
    """A protocol between the connection and uvicorn's own."""

    def __init__(self, **of_uvicorn: Any) -> None:
        self._inner: Any = AutoHTTPProtocol(**of_uvicorn)
        self._loop = asyncio.get_running_loop()
        self._seen: Any = None  # the newest request whose head is whole
        self._open = False  # whether its body is still coming
        self._bytes = 0  # of the head, or of the body, so far
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False  # whether it was told why

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._inner.connection_made(transport)
        self._set_timer(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Pass on at most the allowed bytes of a head; what follows belongs to the body, or to the next head."""
        if self._transport.is_closing():
            return
        if self._is_over:
            self._bytes += len(data)
            if self._bytes > MOST_HEAD_BYTES + AROUND_BODY:
                self._transport.abort()
            return
        if not self._open:
            if self._timer is None:
                self._set_timer(HEAD_SECONDS)
            room = MOST_HEAD_BYTES - self._bytes
            data, rest = data[:room], data[room:]
            self._hand_on(data)
            if self._bytes >= MOST_HEAD_BYTES and not self._open:
                self._end(_TOO_LARGE)
            data = rest
        if data and not self._is_over and not self._transport.is_closing():
            self._hand_on(data)
        if self._open and self._bytes > MOST_BODY_BYTES + AROUND_BODY:
            self._transport.abort()

    def _hand_on(self, data: bytes) -> None:
        self._bytes += len(data)
        self._inner.data_received(data)
        cycle = self._inner.cycle
        if cycle is not self._seen:
            self._seen, self._open, self._bytes = cycle, True, 0
            self._set_timer(BODY_SECONDS)
        if self._open and not cycle.more_body:
            self._open, self._bytes = False, 0
            self._stop_timer()

    def _set_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, self._end, _TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, status: HTTPStatus) -> None:
        """Send an error response, unless a response is in progress, and close."""
        self._stop_timer()
        if self._is_over or self._transport.is_closing():
            return
        if not self._open:
            self._transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode()
            )
            # Further input is discarded for a moment: if closed at once, the connection would be reset
            # and the response lost (RFC 9112, 9.6).
            # answer lost with it (RFC 9112, 9.6).
            self._is_over = True
            self._transport.write_eof()
            self._timer = self._loop.call_later(LINGER_SECONDS, self._transport.abort)
        else:
            self._transport.abort()

    def eof_received(self) -> None:
        self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


def few_headers(app: ASGIApp) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The same application, for requests with no more headers than Slack's have."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if len(scope["headers"]) > MOST_HEADERS:
            refusal = PlainTextResponse(_TOO_LARGE.phrase, _TOO_LARGE.value, {"connection": "close"})
            await refusal(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded
