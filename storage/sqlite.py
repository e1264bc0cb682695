"""SQLite as a file that people run: where it may lie, who holds it, how its connections are set up."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from storage.engine import StorageUnavailable

MOUNTS = Path("/proc/mounts")

_WRITTEN_FROM_AFAR = {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
_OVER_A_NETWORK = {"davfs", "davfs2", "gcsfuse", "gvfsd-fuse", "rclone", "s3fs", "smb2", "smb3", "smbfs", "sshfs"}
NETWORKS = _WRITTEN_FROM_AFAR | _OVER_A_NETWORK
"""File systems that other machines write to as well, or that come over a network. `fuse.` may stand before them."""


def file_of(url: URL) -> Path:
    """The database's file; StorageTrouble where none is named, since all would be gone when the process ends."""
    if not url.database or url.database == ":memory:":
        raise StorageUnavailable("DATABASE_URL names no file. Example: sqlite:///data/collab.db")
    file = Path(url.database)
    _check_kind(file)
    return file


def _check_kind(file: Path) -> None:
    if file.is_dir():
        raise StorageUnavailable(f"DATABASE_URL names a folder, {file}. Name a file in it, like {file / 'collab.db'}.")
    if file.exists() and not file.is_file():
        raise StorageUnavailable(f"DATABASE_URL names {file}, which is no file. Example: sqlite:///data/collab.db")


def is_there(url: URL) -> bool:
    return file_of(url).exists()


def check_place(file: Path) -> None:
    """StorageTrouble in words, or OSError, when a database can't lie there; leaves nothing behind."""
    _check_kind(file)
    network = network_of(file.resolve(), _mounts())
    if network:
        raise StorageUnavailable(
            f"The database file lies on a network folder ({network}), where SQLite can't keep it safe. "
            "Put it on a disk of this machine, or use PostgreSQL (DATABASE_URL)."
        )
    there = _nearest(file)
    if there == file:
        os.close(os.open(file, os.O_RDWR))
        there = file.absolute().parent
    with tempfile.TemporaryFile(dir=there) as probe:
        probe.write(bytes(ROOM))


ROOM = 65_536
"""Bytes that have to be free for a database to be opened at all."""


def _nearest(file: Path) -> Path:
    """The file, or the nearest of its folders that is there."""
    return next(place for place in (file, *file.absolute().parents) if place.exists())


def _mounts() -> str:
    """What is mounted where, as Linux says it; nothing is known elsewhere."""
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def network_of(file: Path, mounts: str) -> str | None:
    """The kind of network file system that a file (absolute, without links) lies on, or None; `mounts` is in the form
    of /proc/mounts."""
    found, kind = Path("/"), ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1]))
        if file.is_relative_to(mount) and mount.is_relative_to(found):  # of two on one place, the later is on top
            found, kind = mount, fields[2]
    return kind if kind.removeprefix("fuse.") in NETWORKS else None


def hold(file: Path) -> FileLock:
    """SQLite has one writer and no row locks, so a second process is refused rather than half working."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(f"{file}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StorageUnavailable(
            "Another Collab is already running on this database file. Several at once need PostgreSQL."
        ) from None
    try:
        os.close(os.open(file, os.O_RDWR | (0 if file.exists() else os.O_CREAT), 0o600))
    except OSError:
        lock.release()
        raise
    return lock


def prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Set a new connection up."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin(connection: Connection) -> None:
    """Begin as the engine's option says; by itself, a transaction that only reads."""
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
