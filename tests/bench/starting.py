"""From the process's first moment to "ready", against a bare Bolt app's: the same server, the same Slack."""

import time
from contextlib import AbstractAsyncContextManager
from statistics import median

from storage.database import open_database
from tests.bench.databases import empty
from tests.bench.processes import SECRET, bot, serving
from tests.bench.report import Row

STARTS = 7


async def starting(kind: str, server: str, starts: int = STARTS) -> list[Row]:
    with empty(kind, server) as url:
        await (await open_database(url)).close()
        async with serving("tests.bench.slack") as slack:
            # By turns, so that whatever else this machine does meets both.
            took = [
                (await _timed(serving("tests.bench.empty", SECRET, slack)), await _timed(bot(slack, url)))
                for _ in range(starts)
            ]
    bare, ours = (median(each) for each in zip(*took, strict=True))
    beside = f"{ours:.2f} s; a bare Bolt app {bare:.2f} s"
    return [Row(f"import and start to “ready”, {kind}", "a bare Bolt app's", ours / bare, 2, beside)]


async def _timed(process: AbstractAsyncContextManager[str]) -> float:
    begun = time.perf_counter()
    async with process:
        return time.perf_counter() - begun
