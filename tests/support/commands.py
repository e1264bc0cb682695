"""`python -m bot …` as somebody uses it: a real process, its words and its exit code."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support import warm
from tests.support.person import GENEROUS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


async def collab(
    folder: Path,
    *arguments: str,
    env_file: str | None = None,
    answer: str = "",
    before: str = "",
    cold: bool = False,
    **environment: str,
) -> Ended:
    """Run it in a folder; `env_file` is what its .env holds, `answer` what is typed, `before` a shell's commands.

    It is forked from a process that has loaded everything, unless it is to be `cold`, or has to be.
    """
    if env_file is not None:
        (folder / ".env").write_text(env_file)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "COLLAB_", "DATABASE_"))}
    given = kept | {"PYTHONPATH": str(ROOT)} | environment
    process: asyncio.subprocess.Process | warm.WarmProcess
    if cold or before or not warm.can_be_warm(environment):
        command = [sys.executable, "-m", "bot", *arguments]
        if before:
            command = ["sh", "-c", f'{before}; exec "$@"', "sh", *command]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=given,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    else:
        process = await warm.start(["bot", *arguments], folder, given)
    out, err = await asyncio.wait_for(process.communicate(answer.encode()), GENEROUS)
    return Ended(process.returncode or 0, out.decode(), err.decode())
