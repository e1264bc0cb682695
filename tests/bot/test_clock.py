"""The clock that follows a sandbox, against a small real server that speaks the same protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.config import read_settings
from bot.runtime.clock import Clock, SandboxClock, Settle, make_clock
from tests.support.servers import serving

DUE = datetime(2026, 9, 1, 15, tzinfo=UTC)


class Hands:
    """The sandbox's side: a number of moves, an offset, and what the bot reported."""

    def __init__(self) -> None:
        self.number, self.offset = 0, 0.0
        self.moved = asyncio.Event()
        self.reports: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.broken = 0

    def move(self, seconds: float, number: int | None = None) -> None:
        self.offset += seconds
        self.number = self.number + 1 if number is None else number
        self.moved.set()

    async def poll(self, request: web.Request) -> web.Response:
        if self.broken:
            self.broken -= 1
            return web.Response(status=500, text="<html>")
        while self.number <= int(request.query.get("after", -1)):
            self.moved.clear()
            try:
                await asyncio.wait_for(self.moved.wait(), 0.2)
            except TimeoutError:
                break
        return web.json_response({"move": self.number, "offset_seconds": self.offset})

    async def idle(self, request: web.Request) -> web.Response:
        self.reports.put_nowait({name: said for name, said in (await request.json()).items() if name != "follower"})
        return web.json_response({"ok": True})

    async def report(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.reports.get(), 60)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sandbox/clock", self.poll), web.post("/sandbox/clock/idle", self.idle)]


@asynccontextmanager
async def following(clock: SandboxClock, settle: Settle) -> AsyncIterator[None]:
    task = asyncio.create_task(clock.follow(settle))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def nothing_due() -> datetime | None:
    return None


def ahead(clock: Clock) -> int:
    return round((clock.now() - datetime.now(UTC)).total_seconds())


def test_the_real_clock_is_aware_and_in_utc() -> None:
    assert Clock().now().tzinfo is UTC
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize(("url", "kind"), [("", Clock), ("http://127.0.0.1:9/sandbox/clock", SandboxClock)])
def test_which_clock_it_is_follows_from_the_settings(url: str, kind: type) -> None:
    settings = read_settings(None, slack_bot_token="xoxb-sandbox", slack_app_token="xapp-sandbox", clock_url=url)
    assert type(make_clock(settings)) is kind


async def test_a_move_is_applied_then_settled_then_reported() -> None:
    hands, seen = Hands(), []

    async def settle() -> datetime:
        seen.append((ahead(clock), hands.reports.qsize()))
        return DUE

    async with serving(hands.routes()) as address:
        clock = SandboxClock(f"{address}/sandbox/clock")
        async with following(clock, settle):
            assert await hands.report() == {"move": 0, "next_due": DUE.isoformat()}
            hands.move(3600)
            assert await hands.report() == {"move": 1, "next_due": DUE.isoformat()}
            hands.move(0)
            assert (await hands.report())["move"] == 2
    assert seen == [(0, 0), (3600, 0), (3600, 0)]


async def test_a_poll_that_ends_without_a_move_settles_nothing() -> None:
    hands, settled = Hands(), []

    async def settle() -> None:
        settled.append(True)

    async with serving(hands.routes()) as address, following(SandboxClock(f"{address}/sandbox/clock"), settle):
        assert await hands.report() == {"move": 0, "next_due": None}
        await asyncio.sleep(0.5)
    assert settled == [True]


async def test_errors_and_nonsense_are_outlived() -> None:
    hands = Hands()
    hands.broken = 2
    async with (
        serving(hands.routes()) as address,
        following(SandboxClock(f"{address}/sandbox/clock", pause=0.01), nothing_due),
    ):
        assert (await hands.report())["move"] == 0


async def test_a_sandbox_that_was_started_again_is_found_again_though_it_counts_anew() -> None:
    first, second = Hands(), Hands()
    async with serving(first.routes()) as address:
        port = int(address.rpartition(":")[2])
        clock = SandboxClock(f"{address}/sandbox/clock", pause=0.01)
        task = asyncio.create_task(clock.follow(nothing_due))
        await first.report()
        first.move(3600)
        await first.report()
    assert ahead(clock) == 3600
    async with serving(second.routes(), port):
        assert (await second.report())["move"] == 0
        assert ahead(clock) == 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_following_ends_at_once_when_cancelled_while_the_sandbox_is_gone() -> None:
    task = asyncio.create_task(SandboxClock("http://127.0.0.1:9/sandbox/clock", pause=3600).follow(nothing_due))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 60)


async def test_what_goes_wrong_while_settling_is_not_hidden() -> None:
    async def settle() -> datetime:
        raise LookupError("broken")

    hands = Hands()
    async with serving(hands.routes()) as address:
        with pytest.raises(LookupError, match="broken"):
            await asyncio.wait_for(SandboxClock(f"{address}/sandbox/clock").follow(settle), 60)
