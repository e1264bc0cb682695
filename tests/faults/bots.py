"""The bot's processes: started from a warm one, told things by signals, killed."""

import asyncio
import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.process import ROOT

LAST_WORDS = 2_000

LOOK = 0.001
"""Seconds between two looks at another process: it tells nobody what it does."""


async def until(holds: Callable[[], bool], pause: float = LOOK) -> None:
    """Until it holds."""
    while not holds():  # noqa: ASYNC110 - there is no event to wait for between two processes
        await asyncio.sleep(pause)


class Bot:
    """One process of the bot, held by a handle: its number may be another's as soon as it is dead."""

    def __init__(self, pid: int, log: Path) -> None:
        self.pid, self.log = pid, log
        try:
            self._handle: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = None  # it is dead already

    @property
    def says(self) -> str:
        """What it logged so far."""
        return self.log.read_text() if self.log.exists() else ""

    def tell(self, how: signal.Signals) -> None:
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, how)

    @property
    def lives(self) -> bool:
        if self._handle is None:
            return False
        ended, _, _ = select.select([self._handle], [], [], 0)
        if ended:
            os.close(self._handle)
            self._handle = None
        return not ended

    async def end(self, how: signal.Signals = signal.SIGKILL, patience: float = 20) -> None:
        """Tell it to end, and wait until it is gone; AssertionError with its last words when it would not."""
        self.tell(how)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await until(lambda: not self.lives)
        if self.lives or (how is not signal.SIGKILL and "did not end in time" in self.says):
            raise AssertionError(f"told to end, it did not: {self.says[-LAST_WORDS:]}")


@dataclass
class Bots:
    """Starts them; `more` is what is set in their environment beside the sandbox's tokens."""

    folder: Path
    zygote: asyncio.subprocess.Process
    started: int = 0
    living: list[Bot] = field(default_factory=list)

    async def start(self, address: str, database_url: str, more: Mapping[str, str]) -> Bot:
        environment = {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": f"{address}/api/",
            "COLLAB_CLOCK_URL": f"{address}/sandbox/clock",
            "DATABASE_URL": database_url,
            "COLLAB_LOG_FORMAT": "json",
            "COLLAB_LEASE_SECONDS": "5",
            "COLLAB_MESSAGE_SECONDS": "0",
            "COLLAB_WORKSPACE_MESSAGES_PER_MINUTE": "10000",
            "COLLAB_SLACK_TIMEOUT_SECONDS": "2",
            "COLLAB_TICK_SECONDS": "1",
        } | dict(more)
        self.started += 1
        log = self.folder / f"bot-{self.started}.log"
        wanted = {"environment": environment, "folder": str(self.folder), "log": str(log)}
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(json.dumps(wanted).encode() + b"\n")
        bot = Bot(int(await self.zygote.stdout.readline()), log)
        self.living = [*(b for b in self.living if b.lives), bot]
        return bot

    async def end_all(self) -> None:
        for bot in self.living:
            await bot.end(signal.SIGKILL)


@asynccontextmanager
async def nursery(folder: Path) -> AsyncIterator[Bots]:
    """Where bots are started while the block runs; none outlives it."""
    zygote = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.zygote"),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    bots = Bots(folder, zygote)
    try:
        yield bots
    finally:
        await bots.end_all()
        assert zygote.stdin is not None
        zygote.stdin.close()
        await zygote.wait()
