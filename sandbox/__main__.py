"""The sandbox by itself: `python -m sandbox --port 8484`."""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8484, help="0 takes a free one")
    parser.add_argument("--at", type=_moment, help="when its time begins, like 2026-09-01T09:00:00-05:00")
    chosen = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(chosen.host, chosen.port, _say, chosen.at))


def _moment(text: str) -> datetime:
    """A moment with its zone; without one it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _say(address: str) -> None:
    print(f"Sandbox: {address}", flush=True)  # noqa: T201 - the one line that it is there to say


if __name__ == "__main__":
    main()
