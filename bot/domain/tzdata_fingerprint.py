"""Which edition of a time zone's rules this machine has: they change a few times a year, by law and on short notice."""

import zoneinfo
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path


@cache
def edition(zone: str) -> str:
    """A name for the rules that the zone has here, another one when they are others; of a zone that is known."""
    return sha256(_rules(zone)).hexdigest()[:32]


def _rules(zone: str) -> bytes:
    """Where zoneinfo itself finds them: in the system's folders, else in the package tzdata."""
    for folder in zoneinfo.TZPATH:
        file = Path(folder, zone)
        if file.is_file():
            return file.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


def read_anew() -> None:
    """Take notice of rules that were updated while this process runs."""
    zoneinfo.ZoneInfo.clear_cache()
    edition.cache_clear()
