"""The schema: which one a database has, which ones this version knows, and bringing it up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.engine import StorageTrouble

MIGRATING = 0x636F6C6C6162
"""Whoever migrates holds this lock (the word “collab”)."""

NEWER = "The database was made by a newer version of Collab. Start that version, or restore an older backup."


async def migrate(engine: AsyncEngine, to: str = "head") -> None:
    """Bring the schema to a revision, all or nothing; StorageTrouble when it is one that only a newer version knows."""
    try:
        async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":  # several processes may start at once
                await connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
            await connection.run_sync(_upgrade, to)
    except CommandError as error:
        raise StorageTrouble(NEWER) from error


async def revision_of(connection: AsyncConnection) -> str | None:
    """The schema that a database has, or None where it has no tables; StorageTrouble when a newer version made it."""
    found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise StorageTrouble(NEWER)
    return found


def newest_revision() -> str | None:
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic_config())


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection, to: str) -> None:
    config = _alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
