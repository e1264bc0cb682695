"""How much memory the bot has after a day in which very many groups are planned, against few.

Everybody meets once a month. Of a hundred groups one is asked its questions that day, one gets its draft, one meets and
hands on; the others wait for theirs.
"""

import asyncio
import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Group
from storage.database import open_database
from tests.bench.databases import empty
from tests.bench.filling import Template, copies, fill, found_template, post_due
from tests.bench.processes import ROOT, serving
from tests.bench.report import Row

FEW, MANY, HOURS = 100, 100_000, 27
START = datetime(2026, 9, 14, 12, tzinfo=UTC)
"""Seven in Chicago; a day and three hours later those who met have handed on."""

BUSY = {0: 1, 1: 1, 3: 1}
"""Of a hundred groups, how many meet so many days later; the rest meets in three weeks."""


async def memory(kind: str, server: str, few: int = FEW, many: int = MANY, hours: int = HOURS) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        templates = {
            days: await found_template(
                folder, 3, START - timedelta(days=6), START + timedelta(days=days), greeted=True, then=_up_to_now
            )
            for days in (*BUSY, 21)
        }
    least, most = [await _live(kind, server, templates, number, hours) for number in (few, many)]
    grown = (most["memory"] - least["memory"]) / 2**20
    beside = "; ".join(f"{one['memory'] / 2**20:.0f} MB, {one['sent']:,} messages sent" for one in (most, least))
    return [Row(f"memory after a day with {many:,} groups, {kind}", f"{few} groups", grown, 50, beside, unit="MB")]


async def _live(kind: str, server: str, templates: dict[int, Template], groups: int, hours: int) -> dict[str, Any]:
    with empty(kind, server) as url:
        await (await open_database(url)).close()
        filled = 0
        for days, template in templates.items():
            number = groups * BUSY[days] // 100 if days in BUSY else groups - filled
            fill(url, template, copies(number, 100, filled), own_people=True)
            filled += number
        async with serving("tests.bench.slack") as slack:
            return await _day(url, slack, hours)


async def _up_to_now(session: AsyncSession, group: Group) -> None:
    await post_due(session, group.id, START)


async def _day(url: str, slack: str, hours: int) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.day", url, slack, START.isoformat(), str(hours)),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    said: dict[str, Any] = json.loads(out)
    if not said["sent"]:
        raise RuntimeError("nothing was sent all day")
    return said
