"""Every trial on every database, each in a town of its own."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.faults.bots import nursery
from tests.faults.killing import Tally, conclude, kill_again_and_again
from tests.faults.outages import TRIALS, Trial, replicas, run_trial
from tests.faults.report import Row
from tests.faults.town import Town, town
from tests.support.databases import fresh_database

DATABASES = ("sqlite", "postgresql")
Say = Callable[[str], None]
Work = Callable[[Town], Awaitable[Tally]]


@contextmanager
def database(kind: str, server: str) -> Iterator[tuple[str, Path]]:
    """The address of an empty one, and a folder."""
    with tempfile.TemporaryDirectory(prefix="collab-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield f"sqlite:///{folder}/data/collab.db", folder
        else:
            with fresh_database(server) as url:
                yield url, folder


async def trial(
    name: str, kind: str, server: str, chance: Random, groups: int, work: Work, patience: float | None = None
) -> Row:
    begun = time.monotonic()
    with database(kind, server) as (url, folder):
        async with nursery(folder) as bots, town(bots, url, chance, groups, patience) as whole:
            tally = await work(whole)
    return Row(name, kind, tally, time.monotonic() - begun)


async def killing(
    kind: str, server: str, seed: int, kills: int, groups: int, say: Say, patience: float | None = None
) -> Row:
    """The lives that end at a named step or anywhere."""

    async def work(whole: Town) -> Tally:
        return await kill_again_and_again(whole, kills, lambda words: say(f"{kind}: {words}"))

    return await trial(
        "killed at named steps and anywhere", kind, server, Random(f"{seed} {kind}"), groups, work, patience
    )


async def sharing(server: str, seed: int, count: int, kills: int, groups: int) -> Row:
    """Several processes on one PostgreSQL."""

    async def work(whole: Town) -> Tally:
        return await conclude(whole, await replicas(whole, count, kills))

    chance = Random(f"{seed} {count}")
    return await trial(f"{count} processes, one of them killed", "postgresql", server, chance, groups, work)


async def outage(one: Trial, kind: str, server: str, seed: int, groups: int, seconds: float) -> Row:
    """What happens around a process that lives on."""
    name = f"{one.name}, {seconds:g} s" if len(one.seconds) > 1 else one.name

    async def work(whole: Town) -> Tally:
        return await run_trial(whole, one, seconds)

    return await trial(name, kind, server, Random(f"{seed} {kind} {name}"), groups, work)


async def everything(server: str, seed: int, kills: int, say: Say) -> list[Row]:
    """The full form. Both databases at once, since each leaves half of the machine idle."""

    async def of(kind: str) -> list[Row]:
        rows = [await killing(kind, server, seed, kills // 2, 10, say)]
        for one in TRIALS:
            for seconds in one.seconds if kind in one.on else ():
                rows.append(await outage(one, kind, server, seed, 6, seconds))
                say(" ".join(rows[-1].cells))
        return rows

    found = await asyncio.gather(*(of(kind) for kind in DATABASES))
    rows = [row for rows in found for row in rows]
    for count in (2, 4):
        rows.append(await sharing(server, seed, count, max(10, kills // 50), 6))
        say(" ".join(rows[-1].cells))
    return rows
