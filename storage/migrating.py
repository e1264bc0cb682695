"""The schema: which one a database has, which ones this version knows, and bringing it up to date."""

from pathlib import Path

from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.engine import StorageTrouble

MIGRATING = 0x636F6C6C6162
"""Whoever migrates holds this lock (the word “collab”)."""

NEWER = "The database was made by a newer version of Collab. Start that version, or restore an older backup."

_VERSION = table("alembic_version", column("version_num"))


async def migrate(engine: AsyncEngine, to: str = "head") -> None:
    """Bring the schema to a revision, all or nothing; StorageTrouble when it is one that only a newer version knows."""
    async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        if engine.dialect.name == "postgresql":  # several processes may start at once
            await connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
        if await revision_of(connection) != (newest_revision() if to == "head" else to):
            await connection.run_sync(_upgrade, to)


async def revision_of(connection: AsyncConnection) -> str | None:
    """The schema that a database has, or None where it has no tables; StorageTrouble when a newer version made it."""
    found = await connection.run_sync(_revision)
    if found is not None and found not in _known():
        raise StorageTrouble(NEWER)
    return found


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, _VERSION.name):
        return None
    found: str | None = connection.scalar(select(_VERSION.c.version_num))
    return found


def newest_revision() -> str:
    return max(_known())


def _known() -> set[str]:
    """By the names of their files, 0001_first_tables.py: a start that has nothing to migrate need not read them."""
    return {file.name.partition("_")[0] for file in (Path(__file__).parent / "migrations/versions").glob("[0-9]*.py")}


def _upgrade(connection: Connection, to: str) -> None:
    from storage.upgrading import upgrade  # noqa: PLC0415 - takes as long to load as to start, and is seldom needed

    upgrade(connection, to)
