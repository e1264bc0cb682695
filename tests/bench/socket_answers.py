"""What an answer costs over Socket Mode, with everything that follows from it: different people answer for the first
time, one, ten and fifty at a time, and a plain app takes the same in the same run.

The Web API takes 20 ms a call. Processor time is counted until nothing is left to plan or to bring up to date.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from statistics import median
from urllib.parse import parse_qsl

import aiohttp

from tests.bench.answering import answers, count, p99, planned, prepare, tell
from tests.bench.filling import Copy, Template
from tests.bench.processes import Served, bot, serving
from tests.bench.report import Row

CLIENTS = (1, 10, 50)
EACH = 600
"""Answers at a time: so many with each number of clients, from people who have not answered before."""

SLOW = 0.02
MOST_PROCESSOR, TIMES_PLAIN = 2.0, 1.5


@dataclass(frozen=True)
class Cost:
    """`rate` is answers a second, `processor` milliseconds of processor time each, `tail` their 99th percentile in
    seconds."""

    rate: float
    processor: float
    tail: float


async def socket_answers(kind: str, server: str, each: int = EACH) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/collab.db" if kind == "sqlite" else server
        template, wanted = await prepare(folder, url, each * len(CLIENTS) // 30)
        commands = spread(template, wanted, each)
        async with serving("tests.bench.slack") as slack:
            await tell(slack, slow=SLOW, channels=[copy.channel for copy in wanted])
            async with bot(slack, url, http=False, SLACK_APP_TOKEN="xapp-bench") as address:
                await planned(url)
                ours = {n: await cost(slack, address, commands[n], n, url) for n in CLIENTS}
            kept = count(url)
            if kept != each * len(CLIENTS):
                raise RuntimeError(f"{kept} of {each * len(CLIENTS)} answers were kept")
            plain_url = f"sqlite:///{folder}/plain.db" if kind == "sqlite" else server
            async with serving("tests.bench.plain", slack, plain_url) as address:
                plain = {n: await cost(slack, address, commands[n], n) for n in CLIENTS}
    return [row for n in CLIENTS for row in rows(kind, n, ours[n], plain[n])]


def spread(template: Template, wanted: list[Copy], each: int) -> dict[int, list[dict[str, str]]]:
    """Commands for each number of clients, from different people, the groups by turns."""
    every = [dict(parse_qsl(body.decode())) for body in answers(template, wanted, "http://127.0.0.1:9/respond")]
    if len(every) < each * len(CLIENTS):
        raise RuntimeError("too few people to answer")
    return {n: every[place * each : (place + 1) * each] for place, n in enumerate(CLIENTS)}


async def cost(slack: str, app: Served, commands: list[dict[str, str]], clients: int, url: str = "") -> Cost:
    """Three parts of the commands, of which the median counts."""
    parts = [commands[start::3] for start in range(3)]
    found = [await _cost(slack, app, part, clients, url) for part in parts]
    return Cost(*(median(getattr(one, name) for one in found) for name in ("rate", "processor", "tail")))


async def _cost(slack: str, app: Served, commands: list[dict[str, str]], clients: int, url: str) -> Cost:
    before = app.processor_seconds()
    timeout = aiohttp.ClientTimeout(total=600)
    wanted = {"commands": commands, "clients": clients}
    async with aiohttp.ClientSession(timeout=timeout) as http, http.post(f"{slack}/load", json=wanted) as answer:
        said = await answer.json()
    if said["refused"]:
        raise RuntimeError(f"{said['refused']} were not acknowledged as kept")
    if url:
        await asyncio.sleep(0.2)
        await planned(url)
    busy = app.processor_seconds() - before
    return Cost(len(commands) / said["seconds"], busy * 1000 / len(commands), p99(said["took"]))


def rows(kind: str, clients: int, ours: Cost, plain: Cost) -> list[Row]:
    who = f"{clients} at a time, {kind}"
    beside = f"{ours.rate:.0f}/s; a plain app {plain.rate:.0f}/s"
    spent = f"{ours.processor:.1f} ms; a plain app {plain.processor:.1f} ms"
    tail = f"{ours.tail * 1000:.0f} ms; a plain app {plain.tail * 1000:.0f} ms"
    found = [Row(f"processor time of an answer, {who}", "2 ms", ours.processor / MOST_PROCESSOR, 1, spent)]
    if clients > 1:
        rate = ours.rate / plain.rate
        found += [
            Row(f"answers a second, {who}", "a plain app", rate, TIMES_PLAIN, beside, at_least=True),
            Row(f"their 99th percentile, {who}", "a plain app's", ours.tail / plain.tail, 1, tail),
        ]
    return found
