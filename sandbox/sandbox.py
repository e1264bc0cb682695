"""The sandbox as one thing: the world, and everything that works on it."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.app_manifest import AppManifest, read_manifest
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.signals import Activity, Signal
from sandbox.sockets import Sockets
from sandbox.way_in import WayIn
from sandbox.world import Json, View, World, make_world

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS, RESPONSE_URL_USES = 30 * 60.0, 5
MOST_KEPT = 5000
"""Calls, triggers and response URLs that are remembered, so that a year lived through in one evening stays small."""

RETRIES = (0.0, 1.0, 5.0)
"""Seconds before an event that was not acknowledged comes again; Slack waits none, one minute, five."""


@dataclass
class Trigger:
    """Leave to open a modal. `view` is the modal that it was given in, if any."""

    person: str
    made: float
    view: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """Leave to answer. `message` is the one whose button was pressed, None for a command."""

    person: str
    channel: str
    made: float
    message: str | None = None
    uses: int = 0


@dataclass
class Sandbox:
    world: World
    clock: Clock
    activity: Activity
    sockets: Sockets
    manifest: AppManifest
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    timer: Callable[[], float] = time.monotonic  # what lifetimes go by
    retries: tuple[float, ...] = RETRIES
    trigger_seconds: float = TRIGGER_SECONDS
    address: str = ""
    installed: bool = True
    shows_metadata: bool = True
    playing: bool = False
    calls: list[Json] = field(default_factory=list)
    called: int = 0
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    version: int = 0
    changed: Signal = field(default_factory=Signal)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.way_in = WayIn(self.sockets, self.activity, self.spawn)
        self.clock.is_app_there = lambda: self.way_in.is_there

    def touch(self) -> None:
        """Something changed that a page may want to show."""
        self.version += 1
        self.changed.fire()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside; it ends with the sandbox."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End everything that waits: pages, polls, sockets, events that would come again."""
        self.stopping.set()
        self.touch()
        self.clock.end()
        await self.sockets.cut()
        await self.way_in.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def record(self, method: str, args: Json) -> Json:
        """Write a call down; what was answered is filled in by whoever answers."""
        self.called += 1
        call: Json = {"n": self.called, "method": method, "args": args, "answer": None}
        self.calls.append(call)
        del self.calls[:-MOST_KEPT]
        return call

    def new_trigger(self, person: str, view: View | None = None) -> str:
        name = f"{int(self.timer() * 1000)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(person, self.timer(), view.id if view else None)
        _forget_oldest(self.triggers)
        return name

    def new_response_url(self, person: str, channel: str, message: str | None = None) -> str:
        name = secrets.token_urlsafe(18)
        self.response_urls[name] = ResponseUrl(person, channel, self.timer(), message)
        _forget_oldest(self.response_urls)
        return f"{self.address}/response/{name}"


def _forget_oldest(kept: dict[str, Any]) -> None:
    if len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


def make_sandbox(start: datetime | None = None) -> Sandbox:
    """A fresh one whose time begins at `start`, or now."""
    offset = start.astimezone(UTC) - datetime.now(UTC) if start else timedelta()
    activity = Activity()
    clock = Clock(offset, activity)
    return Sandbox(make_world(clock.now), clock, activity, Sockets(), read_manifest())
