"""How what happens reaches the app: by Socket Mode, or over HTTP at the address that the app gave."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.signals import Activity
from sandbox.sockets import ACK_SECONDS, NoAck, NoConnection, Sockets
from sandbox.world import Json

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class NoChallenge(Exception):
    """What answers at the address is not the app: it did not give the challenge back."""


@dataclass
class Http:
    """An app's request URL, and the secret that requests to it are signed with."""

    url: str
    secret: str
    ack_seconds: float = ACK_SECONDS
    session: aiohttp.ClientSession = field(default_factory=aiohttp.ClientSession)

    async def verify(self) -> None:
        """Slack's handshake before it sends anything else."""
        challenge = secrets.token_hex(16)
        answer = await self._post(JSON, json.dumps({"type": "url_verification", "challenge": challenge}), {})
        said = answer.get("challenge", answer.get("text")) if answer else None
        if said != challenge:
            raise NoChallenge

    async def send(self, kind: str, payload: Json, *, retry_attempt: int = 0, retry_reason: str = "") -> Json | None:
        """One request; gives what its answer acknowledges with. NoAck or NoConnection."""
        headers = {}
        if retry_attempt:
            headers = {"X-Slack-Retry-Num": str(retry_attempt), "X-Slack-Retry-Reason": f"http_{retry_reason}"}
        return await self._post(*_written(kind, payload), headers)

    async def _post(self, content_type: str, body: str, headers: dict[str, str]) -> Json | None:
        now = str(int(time.time()))
        signed = hmac.new(self.secret.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
        headers |= {"Content-Type": content_type, "X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={signed}"}
        try:
            async with (
                asyncio.timeout(self.ack_seconds),
                self.session.post(self.url, data=body.encode(), headers=headers) as answer,
            ):
                said = await answer.text()
        except aiohttp.ClientConnectorError as error:
            raise NoConnection from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise NoAck from error
        if answer.status != 200:
            raise NoAck
        return _read(said, answer.content_type)

    async def close(self) -> None:
        await self.session.close()


def _written(kind: str, payload: Json) -> tuple[str, str]:
    """Content type and body, as Slack sends each kind."""
    if kind == "events_api":
        return JSON, json.dumps(payload)
    return FORM, urlencode(payload if kind == "slash_commands" else {"payload": json.dumps(payload)})


def _read(said: str, content_type: str) -> Json | None:
    if not said:
        return None
    if content_type != JSON:
        return {"text": said}
    answer: Json = json.loads(said)
    return answer


@dataclass
class WayIn:
    """Sends to the app, whichever way it is there. `spawn` does something beside."""

    sockets: Sockets
    activity: Activity
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    http: Http | None = None
    twice: bool = False
    last: tuple[str, Json, bool] | None = None

    @property
    def is_there(self) -> bool:
        return self.http is not None or bool(self.sockets.connections)

    async def send(
        self,
        kind: str,
        payload: Json,
        *,
        takes_answer: bool = True,
        retry_attempt: int = 0,
        retry_reason: str = "",
    ) -> Json | None:
        """Send it and wait for what it is acknowledged with; NoAck or NoConnection."""
        self.last = (kind, payload, takes_answer)
        if self.twice:
            self.spawn(self._again(kind, payload, takes_answer))
        return await self._once(kind, payload, takes_answer, retry_attempt, retry_reason)

    async def _again(self, kind: str, payload: Json, takes_answer: bool) -> None:
        """The same a second time, as after an acknowledgement that got lost on its way; nobody hears its answer."""
        with suppress(NoAck, NoConnection):
            await self._once(kind, payload, takes_answer, 1, "timeout")

    async def _once(self, kind: str, payload: Json, takes_answer: bool, attempt: int, reason: str) -> Json | None:
        with self.activity.telling():
            if self.http is not None:
                return await self.http.send(kind, payload, retry_attempt=attempt, retry_reason=reason)
            more = {"retry_attempt": attempt, "retry_reason": reason} if kind == "events_api" else {}
            return await self.sockets.send(kind, payload, takes_answer=takes_answer, **more)

    async def replay(self) -> None:
        """The last payload once more."""
        if self.last is None:
            raise NoConnection
        kind, payload, takes_answer = self.last
        await self.send(kind, payload, takes_answer=takes_answer)

    async def use(self, http: Http | None) -> None:
        """From now on over HTTP, or by Socket Mode again. NoChallenge when what answers there is not the app."""
        if http is not None:
            try:
                await http.verify()
            except (NoChallenge, NoAck, NoConnection):
                await http.close()
                raise
        if self.http is not None:
            await self.http.close()
        self.http = http
        self.sockets.connected.fire()

    async def close(self) -> None:
        await self.use(None)
