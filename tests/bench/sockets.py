"""Slack's side of Socket Mode: the connection that an app opens, what is sent over it, and what it acknowledges.

Part of the stand-in (`tests.bench.slack`): a `POST /load` sends what it is given, so many at a time.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web


@dataclass
class Sockets:
    """The open connections, and what waits for its acknowledgement, by its number."""

    open: list[web.WebSocketResponse] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[str, asyncio.Future[bool]] = field(default_factory=dict)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """An app opens a connection, and acknowledges over it until it closes it."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        self.open.append(socket)
        self.opened.set()
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                self._acknowledged(json.loads(message.data))
        self.open.remove(socket)
        return socket

    def _acknowledged(self, said: dict[str, Any]) -> None:
        future = self.waiting.pop(str(said.get("envelope_id")), None)
        if future is not None and not future.done():
            future.set_result("Thank you" in json.dumps(said.get("payload") or ""))

    async def load(self, request: web.Request) -> web.Response:
        """Send commands, or forms (`type`), `clients` at a time; how long that took, how long each took, and how many
        were not kept."""
        wanted = await request.json()
        await self.opened.wait()
        took: list[float] = []
        refused: list[bool] = []
        numbered = iter(enumerate(wanted["payloads"]))
        begun = time.perf_counter()
        await asyncio.gather(*(self._client(wanted["type"], numbered, took, refused) for _ in range(wanted["clients"])))
        seconds = time.perf_counter() - begun
        return web.json_response({"seconds": seconds, "took": took, "refused": len(refused)})

    async def _client(
        self, kind: str, numbered: Iterator[tuple[int, Any]], took: list[float], refused: list[bool]
    ) -> None:
        for number, payload in numbered:
            mine = f"e{time.time_ns()}-{number}"
            future = self.waiting[mine] = asyncio.get_running_loop().create_future()
            started = time.perf_counter()
            envelope = {"type": kind, "envelope_id": mine, "accepts_response_payload": True}
            await self.open[number % len(self.open)].send_json(envelope | {"payload": payload})
            if not await future:
                refused.append(True)
            took.append(time.perf_counter() - started)
