"""SQLite files: where they may lie, who holds them, and how connections are set up."""

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
"""Network and shared file systems; `fuse.` may precede the name."""


def file_of(url: URL) -> Path:
    """The database's file. Raises StorageUnavailable if none is named: an in-memory database would be lost."""
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
    """Raises StorageUnavailable in words, or OSError, if a database can't lie there; leaves nothing behind."""
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
"""Free bytes required to open a database."""


def _nearest(file: Path) -> Path:
    """The file, or its nearest existing folder."""
    return next(place for place in (file, *file.absolute().parents) if place.exists())


def _mounts() -> str:
    """The mount table on Linux; elsewhere nothing is known."""
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def network_of(file: Path, mounts: str) -> str | None:
    """The type of the network file system that a file (absolute, links resolved) lies on, or None; `mounts` has the
    form of /proc/mounts."""
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
    """Lock the file for this process: SQLite has one writer and no row locks, so a second process is refused."""
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
    """Set up a new connection."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin(connection: Connection) -> None:
    """Begin as the engine's option says; by default, a read transaction."""
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
