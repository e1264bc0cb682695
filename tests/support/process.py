"""`python -m bot run` for real, in a sandbox: started, told things by signals, killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support import warm
from tests.support.person import GENEROUS, Sandbox, words

ROOT = Path(__file__).parents[2]


class Process:
    """`python -m bot run`, for real."""

    said = ""
    cold = False
    """Whether it is a fresh Python, not one forked from a process that has loaded everything (`warm`)."""

    def __init__(
        self, sandbox: Sandbox, database_url: str, folder: Path, module: Sequence[str] = ("bot", "run"), **more: str
    ) -> None:
        self._folder, self._module = folder, module
        self._environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": f"{sandbox.address}/api/",
            "COLLAB_CLOCK_URL": f"{sandbox.address}/sandbox/clock",
            "DATABASE_URL": database_url,
            "COLLAB_LOG_FORMAT": "json",
            "COLLAB_LEASE_SECONDS": "5",
            "COLLAB_SAVE_SECONDS": "60",
            **more,
        }

    async def begin(self) -> None:
        """Start it, and don't wait for it."""
        self._process: asyncio.subprocess.Process | warm.WarmProcess
        if self.cold or not warm.can_be_warm(self._environment):
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *self._module),
                cwd=self._folder,
                env=self._environment,
                stderr=asyncio.subprocess.PIPE,
            )
        else:
            self._process = await warm.start(self._module, self._folder, self._environment)
        self._listens, self._spoke = asyncio.Event(), asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def start(self) -> None:
        await self.begin()
        waiting = asyncio.create_task(self._listens.wait())
        await asyncio.wait({self._reading, waiting}, timeout=GENEROUS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        assert self._listens.is_set(), "the bot did not come up"

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.said += line.decode()
            self._spoke.set()
            if b'"ready"' in line:
                self._listens.set()

    async def says(self, words: str) -> None:
        """Until it has logged this."""
        async with asyncio.timeout(GENEROUS):
            while words not in self.said:
                self._spoke.clear()
                await self._spoke.wait()

    def tell(self, how: signal.Signals) -> None:
        self._process.send_signal(how)

    async def end(self, how: signal.Signals) -> int:
        if self._process.returncode is None:
            self._process.send_signal(how)
        code = await asyncio.wait_for(self._process.wait(), GENEROUS)
        await self._reading
        return code


@asynccontextmanager
async def living(process: Process, how: signal.Signals = signal.SIGKILL) -> AsyncIterator[None]:
    await process.start()
    try:
        yield
    finally:
        await process.end(how)


async def first_call(sandbox: Sandbox, method: str) -> None:
    """Until Slack has been called."""
    while not await sandbox.calls(method):
        pass  # asking is what lets the others run; nothing waits for a time


async def posts(sandbox: Sandbox, heading: str) -> int:
    return len([m for m in await sandbox.posted() if heading in words(m["blocks"])])
