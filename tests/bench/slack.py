"""A stand-in for Slack below the client: it takes everything, keeps to Slack's rates, and can be told to hang.

`python -m tests.bench.slack` prints its address and serves until it is ended.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from aiohttp import web

from tests.bench.sockets import Sockets

TEAM = "T00000"


UPDATES = 50
"""A minute and workspace, as Slack's third tier has it."""


@dataclass
class Rates:
    """One message a second and channel, so many calls a minute, workspace and method; what is too quick is told to
    wait. With `fail_every`, so is every so-manieth call that was in time.

    `workspaces` is how many there are: a channel's number says which one it is in (`tests.bench.filling.Copy`).
    """

    a_minute: int = 200
    on: bool = False
    fail_every: int = 0
    workspaces: int = 1
    taken: int = 0
    refused: int = 0
    injected: int = 0
    early: int = 0
    last: float = 0.0
    channels: dict[str, float] = field(default_factory=dict)
    minutes: defaultdict[tuple[int, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    held: dict[tuple[int, str], float] = field(default_factory=dict)

    def take(self, method: str, channel: str) -> int:
        """0 when the call is taken, else the seconds to wait."""
        now, key = time.monotonic(), (self._workspace(channel), method)
        if now < self.held.get(key, 0):
            self.early += 1  # it was told to wait and did not, or was on its way already
        posting = method == "chat.postMessage"
        if self.on and ((posting and now - self.channels.get(channel, -1) < 0.98) or self._full(key, now)):
            self.refused += 1
            return self._hold(key, now)
        if self.fail_every and (self.taken + self.injected) % self.fail_every == self.fail_every - 1:
            self.injected += 1
            return self._hold(key, now)
        if posting:
            self.channels[channel] = now
        self.minutes[key].append(now)
        self.taken += 1
        self.last = now
        return 0

    def _hold(self, key: tuple[int, str], now: float) -> int:
        self.held[key] = now + 1
        return 1

    def _full(self, key: tuple[int, str], now: float) -> bool:
        minute = self.minutes[key]
        while minute and now - minute[0] > 60:
            minute.popleft()
        return len(minute) >= (self.a_minute if key[1] == "chat.postMessage" else UPDATES)

    def _workspace(self, channel: str) -> int:
        """A DM's number has four digits more, which say whose it is."""
        return int(channel[1:] if channel.startswith("C") else channel[1:-4] or 0) % self.workspaces


LIMITED = {"chat.postMessage", "chat.update"}


@dataclass
class Slack:
    rates: Rates = field(default_factory=Rates)
    sockets: Sockets = field(default_factory=Sockets)
    hang: float = 0.0
    slow: float = 0.0
    """Seconds that each call takes."""
    channels: list[str] = field(default_factory=list)
    """The channels that the app is in."""
    calls: int = 0

    async def call(self, request: web.Request) -> web.Response:
        self.calls += 1
        given = await self._read(request)
        await asyncio.sleep(self.slow)
        if request.match_info["method"] == "apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://{request.host}/socket"})
        if self.hang and request.match_info["method"] != "auth.test":
            await asyncio.sleep(self.hang)
        return self._answer(request.match_info["method"], given)

    async def _read(self, request: web.Request) -> dict[str, str]:
        body = await request.text()
        if request.content_type == "application/json":
            return dict(json.loads(body or "{}"))
        return {**request.query, **{name: values[0] for name, values in parse_qs(body).items()}}

    def _answer(self, method: str, given: dict[str, str]) -> web.Response:
        channel = given.get("channel", "C1")
        if method in LIMITED and (wait := self.rates.take(method, channel)):
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(wait)}
            )
        everything = {
            "ok": True,
            "team_id": TEAM,
            "team": "Bench",
            "user_id": "UB",
            "bot_id": "BB",
            "channel": channel if method.startswith("chat.") else {"id": f"D{given.get('users', '')[1:]}"},
            "ts": f"{time.time():.6f}",
            "members": [],
            "channels": [_channel(one) for one in self.channels],
            "messages": [],
            "view": {"id": "V1"},
            "user": {"id": given.get("user", ""), "name": "somebody", "tz": "America/Chicago"},
        }
        return web.json_response(everything, headers={"x-oauth-scopes": "chat:write"})

    async def control(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        self.channels = wanted.get("channels", self.channels)
        self.hang, self.slow = wanted.get("hang", self.hang), wanted.get("slow", self.slow)
        for name in ("on", "a_minute", "fail_every", "workspaces"):
            setattr(self.rates, name, wanted.get(name, getattr(self.rates, name)))
        shown = ("taken", "refused", "injected", "early", "last")
        return web.json_response({"calls": self.calls} | {name: getattr(self.rates, name) for name in shown})


def _channel(one: str) -> dict[str, object]:
    return {"id": one, "name": one.lower(), "is_member": True, "is_private": False, "is_archived": False}


async def serve() -> None:
    slack = Slack()
    app = web.Application(client_max_size=2**26)
    app.add_routes([web.route("*", "/api/{method}", slack.call), web.post("/control", slack.control)])
    app.add_routes([web.post("/respond", _take)])
    app.add_routes([web.get("/socket", slack.sockets.connect), web.post("/load", slack.sockets.load)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def _take(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


if __name__ == "__main__":
    asyncio.run(serve())
