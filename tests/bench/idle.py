"""One tick with nothing due, however much is planned."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import func, select

from bot.delivery.tick import Tick
from storage import tables as t
from storage.database import open_database
from tests.bench.databases import empty
from tests.bench.filling import Template, copies, fill, found_template
from tests.bench.report import Row
from tests.bench.ticking import parts, ticking

FEW, MANY, TICKS = 1_000, 1_000_000, 200


async def idle(kind: str, server: str, few: int = FEW, many: int = MANY, ticks: int = TICKS) -> list[Row]:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        template = await found_template(folder, 3, now - timedelta(days=1), now + timedelta(days=20), greeted=True)
    with empty(kind, server) as small, empty(kind, server) as large:
        least, most = [await _plan(url, template, number) for url, number in ((small, few), (large, many))]
        async with parts(small) as one, parts(large) as other:
            quick, slow = await _by_turns(ticking(one), ticking(other), ticks)
    beside = f"{slow * 1000:.2f} ms; with {least:,} {quick * 1000:.2f} ms"
    what = f"one tick with nothing due, {most:,} deliveries planned, {kind}"
    return [Row(what, f"{least:,} planned", slow / quick, 1.5, beside)]


async def _plan(url: str, template: Template, deliveries: int) -> int:
    """Fill a database with so many planned deliveries; how many it has really."""
    database = await open_database(url)
    fill(url, template, copies(-(-deliveries // template.planned), 100))
    async with database.sessions.read() as session:
        planned = await session.scalar(select(func.count()).where(t.Delivery.state == "planned"))
    await database.close()
    return planned or 0


async def _by_turns(one: Tick, other: Tick, ticks: int) -> tuple[float, float]:
    """Each one's median, in seconds; by turns, so that whatever else this machine does meets both."""
    took: dict[int, list[float]] = {0: [], 1: []}
    for number in range(ticks * 2):
        tick = (one, other)[number % 2]
        begun = time.perf_counter()
        await tick.settle(patience=1)
        took[number % 2].append(time.perf_counter() - begun)
    return median(took[0]), median(took[1])
