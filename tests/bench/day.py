"""A day of the tick in a process of its own: `python -m tests.bench.day DATABASE SLACK FROM HOURS`.

Prints how much memory the process has then, in bytes, and how many deliveries it sent.
"""

import asyncio
import gc
import json
import os
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from sqlalchemy import func, select

from bot.deps import Deps
from bot.runtime.logs import set_up_logs
from storage import tables as t
from tests.bench.ticking import parts, ticking


class Hands:
    """A clock whose hands are put forward."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


async def main() -> None:
    url, slack, start, hours = sys.argv[1:]
    hands = Hands(datetime.fromisoformat(start))
    async with parts(url, slack, hands.now) as deps:
        tick = ticking(deps, between=0, posts_a_minute=10_000)
        before = await _sent(deps)
        for _ in range(int(hours) * 2):
            await tick.settle(patience=65)
            hands.moment += timedelta(minutes=30)
        gc.collect()
        json.dump({"memory": resident(), "sent": await _sent(deps) - before}, sys.stdout)


async def _sent(deps: Deps) -> int:
    async with deps.sessions.read() as session:
        return await session.scalar(select(func.count()).where(t.Delivery.state == "sent")) or 0


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    set_up_logs("error", "json", StringIO())
    asyncio.run(main())
