"""`make bench`: runs every measurement, or those that are named; prints the table and writes build/bench.json."""

import asyncio
import json
import logging
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from io import StringIO

import psycopg

from bot.runtime.logs import set_up_logs
from tests.bench.answering import answering
from tests.bench.databases import KINDS, empty
from tests.bench.drain import drain
from tests.bench.hanging import hanging
from tests.bench.idle import idle
from tests.bench.lists import lists
from tests.bench.memory import memory
from tests.bench.processes import ROOT, postgresql
from tests.bench.report import Row, as_table
from tests.bench.socket_answers import socket_answers
from tests.bench.starting import starting
from tests.bench.year import year

RESULTS = ROOT / "build/bench.json"


@dataclass(frozen=True)
class Measurement:
    """`measure` is given the kind of database and the address of a PostgreSQL server's empty database."""

    measure: Callable[[str, str], Awaitable[list[Row]]]
    kinds: Sequence[str] = KINDS


MEASUREMENTS = {
    "answering": Measurement(answering),
    "socket_answers": Measurement(socket_answers),
    "hanging": Measurement(lambda _kind, _server: hanging(), ["sqlite"]),
    "idle": Measurement(idle),
    "drain": Measurement(drain),
    "lists": Measurement(lists),
    "memory": Measurement(memory),
    "starting": Measurement(starting),
    "year": Measurement(year, ["sqlite"]),
}


async def run(names: Sequence[str], server: str) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        measurement = MEASUREMENTS[name]
        for kind in measurement.kinds:
            begun = time.perf_counter()
            with empty("postgresql", server) as url:
                found = await measurement.measure(kind, url)
            say(f"{name}, {kind}: {time.perf_counter() - begun:.0f} s\n{as_table(found)}")
            rows += found
    return rows


def machine(server: str) -> dict[str, str]:
    """What it ran on."""
    with psycopg.connect(server) as connection:
        version = str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]  # there is a row
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": version,
    }


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    names = sys.argv[1:] or list(MEASUREMENTS)
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        say(f"There is no {', '.join(unknown)}. There are: {', '.join(MEASUREMENTS)}.")
        return 2
    set_up_logs("error", "json", StringIO())
    logging.getLogger().setLevel(logging.ERROR)
    with postgresql() as server:
        rows, on = asyncio.run(run(names, server)), machine(server)
    say(as_table(rows))
    say(", ".join(f"{what} {which}" for what, which in on.items()))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps({"machine": on, "rows": [asdict(row) | {"reached": row.reached} for row in rows]}, indent=2) + "\n"
    )
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
