"""Starts the bot quickly and for real: a process that has loaded everything forks one that runs it.

`python -m tests.faults.zygote` reads what to start, one JSON object a line, and answers with the process's id.
"""

import asyncio
import ctypes
import json
import os
import signal
import sys
import tempfile
from typing import Any

from sqlalchemy.orm import configure_mappers

from bot.cli import cli
from bot.domain.cadence import zones
from prompts.bank import load_bank
from storage.database import open_database


async def _load_everything() -> None:
    """What the first start would spend its time on."""
    configure_mappers()
    load_bank()
    zones()
    with tempfile.TemporaryDirectory() as folder:
        await (await open_database(f"sqlite:///{folder}/warm.db")).close()


DIE_WITH_PARENT = 1
"""prctl's PR_SET_PDEATHSIG: nothing goes on living after a run that was broken off (Linux)."""


def _live(wanted: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    log = os.open(wanted["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    cli(wanted.get("arguments", ["run"]))


def main() -> None:
    asyncio.run(_load_everything())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave nothing behind
    while line := sys.stdin.readline():
        process = os.fork()
        if process == 0:
            code = 70
            try:
                _live(json.loads(line))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            finally:
                os._exit(code)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
