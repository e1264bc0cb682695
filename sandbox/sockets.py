"""Socket Mode: connections, envelopes, acknowledgements, and sending the same thing again."""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.signals import Signal
from sandbox.tcp_reset import TRANSPORT, drop
from sandbox.world import APP, Json

ACK_SECONDS = 3.0
MOST_CONNECTIONS = 10
REFUSED, GOING_AWAY = 4001, 1001
HALF_A_FRAME = b"\x81\x7e\x01\x00half of what was to"
"""The head of a text frame of 256 bytes, and some of them."""


class NoAck(Exception):
    """The app did not acknowledge in time."""


class NoConnection(Exception):
    """No app is connected."""


@dataclass(eq=False)
class Connection:
    socket: WebSocket
    fresh: bool = True  # false once it was told to make a new one
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, message: Json) -> bool:
        try:
            async with self.lock:
                await self.socket.send_text(json.dumps(message))
        except (WebSocketDisconnect, RuntimeError, OSError):  # Starlette says RuntimeError after a close
            return False
        return True

    async def close(self, code: int = GOING_AWAY) -> None:
        if self.socket.application_state is WebSocketState.CONNECTED:
            await self.socket.close(code)


@dataclass
class Sockets:
    ack_seconds: float = ACK_SECONDS
    tickets: set[str] = field(default_factory=set)
    connections: list[Connection] = field(default_factory=list)
    connected: Signal = field(default_factory=Signal)
    _waiting: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)

    def new_ticket(self) -> str:
        ticket = secrets.token_hex(16)
        self.tickets.add(ticket)
        return ticket

    @property
    def is_connected(self) -> bool:
        return any(c.fresh for c in self.connections)

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its ticket (good once) to its end."""
        ticket = socket.query_params.get("ticket", "")
        await socket.accept()
        if ticket not in self.tickets or len(self.connections) >= MOST_CONNECTIONS:
            await socket.close(REFUSED)
            return
        self.tickets.discard(ticket)
        connection = Connection(socket)
        self.connections.append(connection)
        try:
            await connection.send(self._hello())
            self.connected.fire()
            while True:
                self._take(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self.connections.remove(connection)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        }

    def _take(self, raw: str) -> None:
        """An acknowledgement; what is not one is passed over, as Slack does."""
        try:
            ack = json.loads(raw)
        except ValueError:
            return
        waiting = self._waiting.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload"))

    async def send(self, kind: str, payload: Json, *, takes_answer: bool = True, **more: object) -> Json | None:
        """Send an envelope and wait for what it is acknowledged with; NoAck or NoConnection."""
        envelope_id = str(uuid4())
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload, **more}
        envelope["accepts_response_payload"] = takes_answer
        waiting: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = waiting
        try:
            await self._deliver(envelope)
            return await asyncio.wait_for(waiting, self.ack_seconds)
        except TimeoutError as error:
            raise NoAck from error
        finally:
            del self._waiting[envelope_id]

    async def _deliver(self, envelope: Json) -> None:
        """Through the newest connection that takes it: Slack picks any of them."""
        for connection in reversed(self.connections):
            if connection.fresh and await connection.send(envelope):
                return
        raise NoConnection

    async def cut(self) -> None:
        for connection in list(self.connections):
            connection.fresh = False
            await connection.close()

    async def refresh(self) -> None:
        """Tell every connection to make a new one, as Slack does every few hours."""
        for connection in list(self.connections):
            connection.fresh = False
            await connection.send(
                {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "sandbox"}}
            )

    async def tear(self) -> None:
        """Reset every connection in the middle of a frame, as a failing network does."""
        for connection in list(self.connections):
            connection.fresh = False
            transport = connection.socket.scope.get(TRANSPORT)
            if transport is not None:
                transport.write(HALF_A_FRAME)
                drop(transport)

    async def wait(self, seconds: float) -> bool:
        """Until an app is connected; whether it is."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_connected:
                    await self.connected.wait()
        except TimeoutError:
            return False
        return True
