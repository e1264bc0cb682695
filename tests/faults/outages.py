"""What happens around a process that lives on: it stands still, its database or Slack is gone, its disk is full, its
connections break. Each trial ends with everything there that still made sense, once."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sandbox.faults import Fault
from sandbox.sockets import Sockets
from tests.faults.bots import Bot
from tests.faults.killing import Tally, conclude
from tests.faults.proxy import between
from tests.faults.town import Town

LEASE = 5
"""Seconds, as the bots here are set."""


@dataclass(frozen=True)
class Trial:
    """One kind of trouble. `on` says for which databases it makes sense."""

    name: str
    run: Callable[[Town, float], Awaitable[None]]
    seconds: tuple[float, ...] = (0,)
    on: tuple[str, ...] = ("sqlite", "postgresql")


async def typing_on(town: Town) -> None:
    """Somebody goes on answering, until this is cancelled."""
    while True:
        await asyncio.wait({town.somebody_types()})
        await asyncio.sleep(0.05)


@asynccontextmanager
async def people_going_on(town: Town) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(typing_on(town)) for _ in range(4)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def live_through(town: Town, seconds: float, step: float = 0.5) -> None:
    """So many seconds, in which something falls due again and again and people answer."""
    end = asyncio.get_running_loop().time() + seconds
    async with people_going_on(town):
        while asyncio.get_running_loop().time() < end:
            town.leap_on()
            await asyncio.sleep(step)


# ---- Standing still ----


async def stopped(town: Town, seconds: float) -> None:
    """Stopped in the middle of posting, past its lease, while another process takes over; and then it goes on."""
    for _ in range(3):
        one = await town.start()
        await town.is_ready(one)
        await town.heal()
        await _stop_it(town, one)
        other = one if town.look.on_sqlite else await town.start()
        await live_through(town, seconds)
        one.tell(signal.SIGCONT)
        await live_through(town, 2)
        for bot in {one, other}:
            await bot.end(signal.SIGTERM)


async def _stop_it(town: Town, bot: Bot) -> None:
    """At its next call, which Slack takes half a second later."""
    struck = asyncio.Event()

    def spring() -> Fault:
        bot.tell(signal.SIGSTOP)
        struck.set()
        return Fault("chat.postMessage", "taken_late", seconds=0.5)

    town.ambush.wait_for("chat.postMessage", spring)
    town.leap(town.due_next().at)
    await asyncio.wait_for(struck.wait(), 30)


# ---- The database ----


async def database_gone(town: Town, seconds: float) -> None:
    """Away for so long and back: cut off on PostgreSQL, locked by another program on SQLite."""
    if town.look.on_sqlite:
        async with town.living(signal.SIGTERM):
            await live_through(town, 2)
            with town.look.held("everything"):
                await live_through(town, seconds)
            await live_through(town, 2)
            await town.heal()
        return
    async with between(town.look.url) as proxy:
        town.url_for_bots = proxy.url
        async with town.living(signal.SIGTERM):
            await live_through(town, 2)
            proxy.cut()
            await live_through(town, seconds)
            proxy.mend()
            await live_through(town, 2)
            await town.heal()
        town.url_for_bots = ""


async def disk_full(town: Town, seconds: float) -> None:
    """No file may grow any more, as on a full disk; then there is room again."""
    async with town.living(signal.SIGTERM) as bot:
        await live_through(town, 2)
        file = Path(town.look.url.removeprefix("sqlite:///"))
        largest = max(f.stat().st_size for f in (file, file.with_name(f"{file.name}-wal")))
        _, most = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (largest, most))
        await live_through(town, seconds)
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (most, most))
        await live_through(town, 2)
        await town.heal()


# ---- Slack ----


async def slack_gone(town: Town, _seconds: float) -> None:
    """For an hour of the sandbox's time no call is answered; every other one was taken all the same."""
    async with town.living(signal.SIGTERM):
        due = town.due_next()
        town.leap(due.at - timedelta(minutes=1))
        for kind, chance in (("served_then_reset", 0.3), ("hang", 0.3), ("http_500", 1.0)):
            town.ambush.add(Fault("*", kind, times=0, seconds=3, chance=chance, random=town.chance))
        async with people_going_on(town):
            for _ in range(12):
                town.go_on(300)
                await asyncio.sleep(0.7)
        town.ambush.clear()
        await town.heal()


async def sockets_broken(town: Town, seconds: float) -> None:
    """Connections are cut, renewed and torn in the middle of a frame, while people answer."""
    ways = (Sockets.cut, Sockets.refresh, Sockets.tear)
    async with town.living(signal.SIGTERM), people_going_on(town):
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await town.workspace.sockets.wait(20)
            town.leap_on()
            await asyncio.sleep(town.chance.uniform(0.05, 1.0))  # while it holds, somebody may get something in
            await town.chance.choice(ways)(town.workspace.sockets)


# ---- Several processes ----


async def replicas(town: Town, count: float, kills: int = 20) -> Tally:
    """So many processes at once; again and again one of them is killed and another begins."""
    tally = Tally()
    alive = [await town.start() for _ in range(int(count))]
    async with people_going_on(town):
        for _ in range(kills):
            if not town.leap_on():
                await town.heal()
                town.leap_on()
            await asyncio.sleep(town.chance.uniform(0.05, 1.0))
            victim = town.chance.choice(alive)
            await victim.end()
            alive[alive.index(victim)] = await town.start()
            tally.kills[f"one of {int(count)}"] += 1
    for bot in alive:
        await bot.end(signal.SIGTERM)
    return tally


TRIALS = (
    Trial("stopped past its lease, then continued", stopped, (LEASE + 2,)),
    Trial("database gone", database_gone, (5, 60)),
    Trial("disk full", disk_full, (10,), ("sqlite",)),
    Trial("Slack gone for an hour", slack_gone),
    Trial("connections cut, renewed, torn", sockets_broken, (20,)),
)


async def run_trial(town: Town, trial: Trial, seconds: float) -> Tally:
    await trial.run(town, seconds)
    return await conclude(town, Tally())
