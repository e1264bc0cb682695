"""What an answer costs over Socket Mode, with everything that follows from it: different people answer for the first
time, one, ten and fifty at a time, and a plain app takes the same in the same run. Beside it, what it costs where ten
send the form instead.

The Web API takes 20 ms a call. Processor time is counted until nothing is left to plan or to bring up to date.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import parse_qsl

import aiohttp

from bot.domain.text import stamp
from handlers.views.answering import FORM
from storage import tables as t
from tests.bench.answering import answers, count, p99, planned, prepare, tell
from tests.bench.filling import Copy, Template, member_of
from tests.bench.processes import Served, bot, serving
from tests.bench.report import Row

CLIENTS = (1, 10, 50)
BY_FORM = 10
"""How many send the form at a time."""

EACH = 1800
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
        wanted_answers = each * (len(CLIENTS) + 1)
        template, wanted = await prepare(folder, url, wanted_answers // 30)
        commands, forms = spread(template, wanted, each), filled_forms(template, wanted)[-each:]
        async with serving("tests.bench.slack") as slack:
            await tell(slack, slow=SLOW, channels=[copy.channel for copy in wanted])
            async with bot(slack, url, http=False, SLACK_APP_TOKEN="xapp-bench") as address:
                await planned(url)
                ours = {n: await cost(slack, address, commands[n], n, url) for n in CLIENTS}
                by_form = await cost(slack, address, forms, BY_FORM, url, "interactive")
            kept = count(url)
            if kept != wanted_answers:
                raise RuntimeError(f"{kept} of {wanted_answers} answers were kept")
            plain_url = f"sqlite:///{folder}/plain.db" if kind == "sqlite" else server
            async with serving("tests.bench.plain", slack, plain_url) as address:
                plain = {n: await cost(slack, address, commands[n], n) for n in CLIENTS}
    return [row for n in CLIENTS for row in rows(kind, n, ours[n], plain[n], by_form if n == BY_FORM else None)]


def spread(template: Template, wanted: list[Copy], each: int) -> dict[int, list[dict[str, str]]]:
    """Commands for each number of clients, from different people, the groups by turns."""
    every = [dict(parse_qsl(body.decode())) for body in answers(template, wanted, "http://127.0.0.1:9/respond")]
    if len(every) < each * (len(CLIENTS) + 1):
        raise RuntimeError("too few people to answer")
    return {n: every[place * each : (place + 1) * each] for place, n in enumerate(CLIENTS)}


def filled_forms(template: Template, wanted: list[Copy]) -> list[dict[str, Any]]:
    """The form as Slack sends it, from each member of each group, in the same order: the first question answered."""
    positions = sorted(row["position"] for row in template.rows_of(t.PromptQuestion))
    return [
        _filled_form(copy, member_of(copy, member), copy.id(template.meeting), positions, f"What {member} learned")
        for member in template.members
        for copy in wanted
    ]


def _filled_form(copy: Copy, person: str, meeting: str, positions: list[int], text: str) -> dict[str, Any]:
    blocks = [f"answer-{position}" for position in positions]
    values: dict[str, Any] = {block: {block: {"type": "plain_text_input", "value": None}} for block in blocks}
    values[blocks[0]][blocks[0]]["value"] = text
    values["sees"] = {"sees": {"type": "radio_buttons", "selected_option": {"value": "named"}}}
    values["pass"] = {"pass": {"type": "checkboxes", "selected_options": []}}
    meta = "|".join((meeting, *(f"{position}={stamp('')}" for position in positions)))
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": meta,
        "state": {"values": values},
        "blocks": [{"type": "input", "block_id": block} for block in blocks],
    }
    team = {"id": copy.workspace, "domain": "bench"}
    user = {"id": person, "team_id": copy.workspace}
    return {"type": "view_submission", "team": team, "user": user, "api_app_id": "A1", "token": "t", "view": view}


async def cost(
    slack: str,
    app: Served,
    payloads: list[dict[str, Any]],
    clients: int,
    url: str = "",
    envelope: str = "slash_commands",
) -> Cost:
    """Three parts of them, of which the median counts."""
    parts = [{"payloads": payloads[start::3], "clients": clients, "type": envelope} for start in range(3)]
    found = [await _cost(slack, app, part, url) for part in parts]
    return Cost(*(median(getattr(one, name) for one in found) for name in ("rate", "processor", "tail")))


async def _cost(slack: str, app: Served, wanted: dict[str, Any], url: str) -> Cost:
    before, number = app.processor_seconds(), len(wanted["payloads"])
    timeout = aiohttp.ClientTimeout(total=600)
    async with aiohttp.ClientSession(timeout=timeout) as http, http.post(f"{slack}/load", json=wanted) as answer:
        said = await answer.json()
    if said["refused"]:
        raise RuntimeError(f"{said['refused']} were not acknowledged as kept")
    if url:
        await asyncio.sleep(0.2)
        await planned(url)
    busy = app.processor_seconds() - before
    return Cost(number / said["seconds"], busy * 1000 / number, p99(said["took"]))


def rows(kind: str, clients: int, ours: Cost, plain: Cost, by_form: Cost | None) -> list[Row]:
    who = f"{clients} at a time, {kind}"
    beside = f"{ours.rate:.0f}/s; a plain app {plain.rate:.0f}/s"
    spent = f"{ours.processor:.1f} ms; a plain app {plain.processor:.1f} ms"
    tail = f"{ours.tail * 1000:.0f} ms; a plain app {plain.tail * 1000:.0f} ms"
    if by_form is not None:
        beside += f"; by form {by_form.rate:.0f}/s"
        spent += f"; by form {by_form.processor:.1f} ms"
        tail += f"; by form {by_form.tail * 1000:.0f} ms"
    found = [Row(f"processor time of an answer, {who}", "2 ms", ours.processor / MOST_PROCESSOR, 1, spent)]
    if clients > 1:
        rate = ours.rate / plain.rate
        found += [
            Row(f"answers a second, {who}", "a plain app", rate, TIMES_PLAIN, beside, at_least=True),
            Row(f"their 99th percentile, {who}", "a plain app's", ours.tail / plain.tail, 1, tail),
        ]
    return found
