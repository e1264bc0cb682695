"""A sandbox on a free port, a small real Bolt app in it, and a pretended bot that follows the clock."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import server
from sandbox.methods import APP_TOKEN, BOT_TOKEN
from sandbox.sandbox import Sandbox, make_sandbox
from tests.support.person import GENEROUS, NO_TLS

ANA, BEN, DEE, CIRCLE, RANDOM, SUPERVISORS = "U0ANA", "U0BEN", "U0DEE", "C0CIRCLE", "C0RANDOM", "G0SUPERS"

Json = dict[str, Any]


@dataclass
class Served:
    """A running sandbox: its insides, and its HTTP interface."""

    inside: Sandbox
    http: httpx.AsyncClient

    @property
    def address(self) -> str:
        return self.inside.address

    async def ask(self, path: str, status: int = 200, **body: Any) -> Json:
        """POST to a /sandbox/ route; `who` goes as "as"."""
        if "who" in body:
            body["as"] = body.pop("who")
        answer = await self.http.post(f"/sandbox/{path}", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def state(self, who: str = ANA) -> Json:
        return dict((await self.http.get("/sandbox/state", params={"as": who})).json())

    async def reads(self, who: str = ANA, channel: str = CIRCLE) -> list[Json]:
        return list((await self.state(who))["messages"][channel])

    async def types(self, text: str = "", who: str = ANA, channel: str = CIRCLE) -> Json:
        return await self.ask("command", who=who, channel=channel, text=text)

    def client(self, token: str = BOT_TOKEN, **more: Any) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=f"{self.address}/api/", retry_handlers=[], **more)

    async def api(self, method: str, token: str = BOT_TOKEN, **args: Any) -> Json:
        headers = {"Authorization": f"Bearer {token}"}
        return dict((await self.http.post(f"/api/{method}", json=args, headers=headers)).json())


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    whole, address = make_sandbox(), asyncio.get_running_loop().create_future()
    whole.sockets.ack_seconds = 30  # tests of what comes too late set less
    whole.clock.settle_timeout = GENEROUS
    serving = asyncio.create_task(server.serve("127.0.0.1", 0, address.set_result, sandbox=whole))
    async with httpx.AsyncClient(base_url=await address, timeout=GENEROUS, verify=NO_TLS) as http:
        yield Served(whole, http)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


Listener = Callable[..., Awaitable[None]]


@asynccontextmanager
async def connected(
    served: Served, register: Callable[[AsyncApp], None] = lambda _: None
) -> AsyncIterator[AsyncSocketModeHandler]:
    """A real Bolt app that listens to what `register` says."""
    quiet = logging.getLogger("sandbox-app")
    quiet.setLevel(logging.CRITICAL)
    app = AsyncApp(client=served.client(), logger=quiet)
    register(app)
    web = AsyncWebClient(base_url=f"{served.address}/api/")
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=web, logger=quiet)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
    assert await served.inside.sockets.wait(GENEROUS)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@dataclass
class Heard:
    """What the app was told, in order, and a way to wait for it."""

    bodies: list[Json] = field(default_factory=list)
    _news: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)

    def take(self, body: Mapping[str, Any]) -> None:
        self.bodies.append(dict(body))
        self._news.put_nowait(dict(body))

    async def next(self) -> Json:
        return await asyncio.wait_for(self._news.get(), GENEROUS)


@dataclass
class Follower:
    """Pretends to be the bot: polls the clock, says what is due, keeps what it saw."""

    served: Served
    due: list[datetime] = field(default_factory=list)
    name: str = "bot"
    moves: list[Json] = field(default_factory=list)
    done: list[datetime] = field(default_factory=list)

    async def follow(self) -> None:
        after = -1
        async with httpx.AsyncClient(base_url=self.served.address, timeout=GENEROUS, verify=NO_TLS) as http:
            while True:
                move = (await http.get("/sandbox/clock", params={"follower": self.name, "after": after})).json()
                if move["move"] == after:
                    continue
                after = move["move"]
                self.moves.append(move)
                now = self.served.inside.clock.now()
                self.done += [moment for moment in self.due if moment <= now]
                self.due = [moment for moment in self.due if moment > now]
                following = min(self.due).isoformat() if self.due else None
                await http.post(
                    "/sandbox/clock/idle", json={"follower": self.name, "move": after, "next_due": following}
                )


@pytest.fixture
async def follower(served: Served) -> AsyncIterator[Follower]:
    bot = Follower(served)
    following = asyncio.create_task(bot.follow())
    await served.inside.clock.changed.wait()  # its first report
    yield bot
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
