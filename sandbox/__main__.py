"""The sandbox by itself: `python -m sandbox --port 8484`."""

import argparse
import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8484, help="0 takes a free one")
    parser.add_argument("--at", type=_moment, help="when its time begins, like 2026-09-01T09:00:00-05:00")
    chosen = parser.parse_args()
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(serve(chosen.host, chosen.port, _say, chosen.at))
        except (OSError, UnicodeError) as error:
            parser.exit(1, f"Nothing can listen at port {chosen.port} of {chosen.host} ({error}).\n")


def _port(text: str) -> int:
    """A port's number."""
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _moment(text: str) -> datetime:
    """A moment with its zone; without one it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a moment is written like 2026-09-01T09:00:00-05:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _say(address: str) -> None:
    print(f"Sandbox: {address}", flush=True)  # noqa: T201 - the one line that it is there to say


if __name__ == "__main__":
    main()
