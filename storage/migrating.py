"""Schema versions: which one a database has, which ones this version knows, and migrations."""

from pathlib import Path

from sqlalchemy import Connection, column, func, select, table, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from storage.recognizing import VERSION, recognize

MIGRATING = 0x636F6C6C6162
"""The advisory lock of migrations (the word “collab”)."""

_VERSION = table(VERSION, column("version_num"))


async def migrate(engine: AsyncEngine, to: str = "head") -> None:
    """Migrate to a revision in one transaction. Raises StorageUnavailable if only a newer version knows it."""
    async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        if engine.dialect.name == "postgresql":  # several processes may start at once
            await connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
        if await revision_of(connection) != (newest_revision() if to == "head" else to):
            await connection.run_sync(_upgrade, to)


async def revision_of(connection: AsyncConnection) -> str | None:
    """A database's revision, None without tables. Raises StorageUnavailable if it is another program's, incomplete, or
    of a newer version."""
    return await connection.run_sync(recognize, _known(), newest_revision())


async def try_version(session: AsyncSession) -> None:
    """Record the revision: the one row that every database of ours has."""
    await session.execute(update(_VERSION).values(version_num=_VERSION.c.version_num))


def newest_revision() -> str:
    return max(_known())


def _known() -> set[str]:
    """Read from file names (0001_first_tables.py): a start without migrations need not import them."""
    return {file.name.partition("_")[0] for file in (Path(__file__).parent / "migrations/versions").glob("[0-9]*.py")}


def _upgrade(connection: Connection, to: str) -> None:
    from storage.upgrading import upgrade  # noqa: PLC0415 - takes as long to load as to start, and is seldom needed

    upgrade(connection, to)
