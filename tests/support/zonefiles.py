"""Time zones with rules of a test's own: a small writer of the files that zoneinfo reads (RFC 8536)."""

import struct
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain import tzdata_fingerprint

CHICAGO = "America/Chicago"
AS_IT_IS, NO_MORE_SUMMER, AN_HOUR_EARLIER = "CST6CDT,M3.2.0,M11.1.0", "CST6", "AST4"
"""Chicago's rules, and what they may become: in winter time for good, or with the clocks of the islands."""


def write_zone(folder: Path, rule: str, name: str = CHICAGO) -> None:
    """A zone that follows a POSIX rule at all times; the file is there whole or not at all."""
    begin = b"TZif2" + bytes(15) + struct.pack(">6L", 0, 0, 0, 0, 1, 4)
    types = struct.pack(">lbb", 0, 0, 0) + b"LMT\0"
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_bytes(2 * (begin + types) + f"\n{rule}\n".encode())
    fresh.replace(file)


@contextmanager
def zones_in(folder: Path) -> Iterator[None]:
    """This process takes its zones from there, and from the package tzdata what is not there."""
    zoneinfo.reset_tzpath([folder])
    tzdata_fingerprint.read_anew()
    yield
    zoneinfo.reset_tzpath()
    tzdata_fingerprint.read_anew()
