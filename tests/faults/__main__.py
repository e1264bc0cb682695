"""`python -m tests.faults`: the full form; with a seed, the one that went wrong once more."""

import asyncio
import json
import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from random import SystemRandom

from tests.bench.processes import postgresql
from tests.faults.report import as_table, is_good
from tests.faults.run import everything

FOUND = Path("build/faults.json")


def say(words: str) -> None:
    sys.stdout.write(f"{time.strftime('%T')} {words}\n")
    sys.stdout.flush()


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000), help="repeat a run")
    parser.add_argument("--kills", type=int, default=2_000, help="over both databases")
    given = parser.parse_args()
    say(f"seed {given.seed}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # told to end, it ends what it started
    begun = time.monotonic()
    with postgresql() as server:
        rows = asyncio.run(everything(server, given.seed, given.kills, say))
    FOUND.parent.mkdir(exist_ok=True)
    found = {
        "seed": given.seed,
        "seconds": round(time.monotonic() - begun),
        "good": is_good(rows),
        "trials": [row.as_json() for row in rows],
    }
    FOUND.write_text(json.dumps(found, indent=1, default=str) + "\n")
    sys.stdout.write(f"\n{as_table(rows)}\nseed {given.seed}, {found['seconds']} s\n")
    return 0 if is_good(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
