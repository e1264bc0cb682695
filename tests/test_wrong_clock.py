"""A machine whose clock is wrong by an hour, or is set while the bot runs: nothing comes twice or is left out."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.support.person import GENEROUS, NO_TLS, Sandbox, start_group, words
from tests.support.process import Process

pytestmark = pytest.mark.long

MONDAY = datetime(2026, 8, 31, 14, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DUE = {
    "Before we meet": datetime(2026, 9, 3, 14, tzinfo=UTC),
    "Agenda": datetime(2026, 9, 8, 13, tzinfo=UTC),
    "Handing over": datetime(2026, 9, 9, 16, tzinfo=UTC),
}
STEPS = (-70, -10, 10, 70)
"""Minutes from each moment at which something is due, to which time goes."""


class Wrong(Process):
    """A process whose clock is wrong by what it is told, in seconds."""

    def __init__(self, sandbox: Sandbox, database_url: str, folder: Path, name: str) -> None:
        self.file = folder / name
        self.file.write_text("0")
        module = ("tests.support.wrong_clock", str(self.file), "run")
        more = {"COLLAB_CLOCK_URL": "", "COLLAB_TICK_SECONDS": "0.1", "COLLAB_METRICS_PORT": "0"}
        super().__init__(sandbox, database_url, folder, module=module, **more)

    def be_wrong_by(self, error: timedelta) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(error.total_seconds()))
        fresh.replace(self.file)

    async def ticks(self, times: int = 2) -> None:
        """Until it has looked so many times more at what is due, and done it."""
        async with httpx.AsyncClient(verify=NO_TLS, timeout=GENEROUS) as watcher:
            until = await self._ticks(watcher) + times
            while await self._ticks(watcher) < until:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)  # asked without a pause, it would get nothing else done

    async def _ticks(self, watcher: httpx.AsyncClient) -> float:
        address = re.search(r'"address": "(http[^"]+)", "event": "watched"', self.said)
        assert address is not None
        page = (await watcher.get(f"{address[1]}/metrics")).text
        return sum(float(n) for n in re.findall(r"^collab_ticks_total\{.*\} (\S+)$", page, re.MULTILINE))


@asynccontextmanager
async def living(process: Wrong) -> AsyncIterator[Wrong]:
    await process.start()
    try:
        yield process
    finally:
        await process.end(signal.SIGTERM)


def always(hours: int) -> Iterator[timedelta]:
    while True:
        yield hours * HOUR


def jumping() -> Iterator[timedelta]:
    """Forth and back between all looks."""
    while True:
        yield from (HOUR, timedelta(), -HOUR, HOUR, -HOUR, timedelta())


ERRORS = {"an hour ahead": always(1), "an hour behind": always(-1), "stepping": jumping()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Stepping is ahead and behind and right by turns; with --soak those that stay wrong have lives of their own."""
    if "error" in metafunc.fixturenames:
        metafunc.parametrize("error", ERRORS if metafunc.config.getoption("--soak") else ["stepping"])


async def stands(sandbox: Sandbox) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {heading: [] for heading in DUE}
    for message in await sandbox.posted():
        for heading, moments in found.items():
            if heading in words(message["blocks"]):
                moments.append(datetime.fromtimestamp(float(message["ts"]), UTC))
    return found


@pytest.mark.soak
async def test_a_machine_with_a_wrong_clock_posts_everything_once_and_at_most_as_wrong_as_its_clock(
    sandbox: Sandbox, tmp_path: Path, error: str
) -> None:
    errors = ERRORS[error]
    process = Wrong(sandbox, f"sqlite:///{tmp_path}/data/collab.db", tmp_path, "error")

    async def it_is(moment: datetime) -> None:
        await sandbox.go_to(moment, leap=True)
        process.be_wrong_by(moment - datetime.now(UTC) + next(errors))
        await process.ticks()

    process.be_wrong_by(MONDAY - datetime.now(UTC) + next(errors))
    async with living(process):
        await start_group(next(iter((await sandbox.people()).values())))
        for due in DUE.values():
            for minutes in STEPS:
                await it_is(due + minutes * MINUTE)
    for heading, moments in (await stands(sandbox)).items():
        (at,) = moments
        assert abs(at - DUE[heading]) <= 75 * MINUTE, heading


async def test_a_call_that_is_under_way_while_the_clock_is_set_is_not_made_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    process = Wrong(sandbox, f"sqlite:///{tmp_path}/data/collab.db", tmp_path, "error")
    process.be_wrong_by(MONDAY - datetime.now(UTC))
    async with living(process):
        await start_group(next(iter((await sandbox.people()).values())))
        await sandbox.fail("chat.postMessage", "taken_late", seconds=6)
        due = DUE["Before we meet"] + MINUTE - datetime.now(UTC)
        for error in (timedelta(), -HOUR, timedelta(), HOUR):
            process.be_wrong_by(due + error)
            await asyncio.sleep(1.2)  # so much time passes, and the call has not been taken yet
        await process.ticks()
    assert len((await stands(sandbox))["Before we meet"]) == 1


async def test_processes_with_wrong_clocks_keep_to_the_time_of_their_database(
    sandbox: Sandbox, postgresql_url: str, tmp_path: Path
) -> None:
    begun = datetime.now(UTC)
    await sandbox.go_to(begun, leap=True)
    ahead, behind = (Wrong(sandbox, postgresql_url, tmp_path, name) for name in ("ahead", "behind"))
    ahead.be_wrong_by(HOUR)
    behind.be_wrong_by(-HOUR)
    meets = begun.astimezone(ZoneInfo("America/Chicago")) + 90 * MINUTE
    async with living(ahead), living(behind):
        ana = next(iter((await sandbox.people()).values()))
        await start_group(ana, first=meets.date().isoformat(), at=meets.strftime("%H:%M"))
        for _ in range(3):
            await asyncio.gather(ahead.ticks(), behind.ticks())
        assert "that is kept" in await ana.types("reflect Whatever the clock says")
        ahead.be_wrong_by(-HOUR)
        behind.be_wrong_by(HOUR)
        await asyncio.gather(ahead.ticks(), behind.ticks())
    assert {heading: len(moments) for heading, moments in (await stands(sandbox)).items()} == {
        "Before we meet": 1,  # due at once, so near is the meeting
        "Agenda": 0,
        "Handing over": 0,
    }
