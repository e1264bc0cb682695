"""`python -m tests.wrong_clock FILE run`: the bot as a process whose machine's clock is wrong, by FILE's seconds.

The file may change while it runs. Wrong are the clock that the bot reads, Python's own, and SQLite's.
"""

import ctypes
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import bot.app
import bot.runtime.clock
from bot.cli import cli

TO_JULIAN = 210_866_760_000_000
"""Milliseconds from SQLite's beginning of time to Unix's."""

right = time.time
kept: list[object] = []
"""What SQLite calls must not be tidied away."""


def wrong_by(file: Path) -> float:
    return float(file.read_text() or 0)


def make_wrong(file: Path) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # plain ones, as everywhere
            return datetime.now(tz) + timedelta(seconds=wrong_by(file))

    for module in (bot.runtime.clock, bot.app):
        vars(module)["datetime"] = Wrong
    time.time = lambda: right() + wrong_by(file)
    _make_sqlite_wrong(file)


class _Vfs(ctypes.Structure):
    """sqlite3_vfs, as sqlite3.h has it; the functions before the last ones are nobody's business here."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("path_length", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in ("next", "name", "data", "open", "delete", "access", "full", "dl_open")),
        *((name, ctypes.c_void_p) for name in ("dl_error", "dl_sym", "dl_close", "random", "sleep", "time", "error")),
        ("time_int64", ctypes.c_void_p),
    )


def _make_sqlite_wrong(file: Path) -> None:
    """Where Python uses the system's library; one that is built in keeps the right time."""
    library = next((line.split()[-1] for line in _maps() if "libsqlite3" in line), None)
    if library is None:
        return
    sqlite = ctypes.CDLL(library)
    sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)

    def tell(_vfs: Any, out: Any) -> int:
        out[0] = TO_JULIAN + int((right() + wrong_by(file)) * 1000)
        return 0

    now = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int64))(tell)
    kept.append(now)
    sqlite.sqlite3_vfs_find(None).contents.time_int64 = ctypes.cast(now, ctypes.c_void_p)


def _maps() -> list[str]:
    maps = Path("/proc/self/maps")
    return maps.read_text().splitlines() if maps.exists() else []


if __name__ == "__main__":
    make_wrong(Path(sys.argv[1]))
    cli(sys.argv[2:])
