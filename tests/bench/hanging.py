"""Acknowledgements while every call to Slack hangs, against the same without."""

import tempfile
from itertools import cycle

import httpx

from tests.bench.answering import MEMBERS, answers, p99, planned, prepare
from tests.bench.load import command
from tests.bench.processes import bot, load, serving
from tests.bench.report import Row

HANG, RATE = 10, 200
"""Seconds that each call hangs; requests a second."""


async def hanging(seconds: int = 60, rate: int = RATE) -> list[Row]:
    """Every second request is somebody's first answer, every other one has to open a form; the same work both times."""
    each = rate * seconds // 2
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/collab.db"
        template, wanted = await prepare(folder, url, -(-2 * each // MEMBERS))
        async with serving("tests.bench.slack") as slack, bot(slack, url) as address:
            await planned(url)
            respond = f"{slack}/respond"
            given = answers(template, wanted, respond)
            forms = [command(c.workspace, c.channel, f"U{c.number:05d}0000", "reflect", respond) for c in wanted]
            freely = await load(address, _mixed(given[:each], forms), rate=rate)
            async with httpx.AsyncClient() as client:
                await client.post(f"{slack}/control", json={"hang": HANG})
            hung = await load(address, _mixed(given[each : 2 * each], forms), rate=rate)
    refused = freely["refused"] + hung["refused"]
    if refused:
        raise RuntimeError(f"{refused} requests were refused")
    beside = (
        f"{p99(hung['took']) * 1000:.1f} ms, none of {2 * each} refused; without {p99(freely['took']) * 1000:.1f} ms"
    )
    what = f"99th percentile while every Slack call hangs {HANG} s, {rate} requests/s for {seconds} s"
    return [Row(what, "without the hang", p99(hung["took"]) / p99(freely["took"]), 1.5, beside)]


def _mixed(given: list[bytes], forms: list[bytes]) -> list[bytes]:
    return [body for pair in zip(given, cycle(forms), strict=False) for body in pair]
