"""Transactions, on every kind of database."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import tables as t
from storage.database import Database, describe_database, open_database
from storage.engine import StorageUnavailable, for_update
from storage.migrating import newest_revision
from storage.upgrading import alembic_config


async def name_of(session: AsyncSession, workspace: str) -> str | None:
    return await session.scalar(select(t.Workspace.name).where(t.Workspace.id == workspace))


async def test_the_migrations_make_exactly_the_tables_that_the_code_has(database: Database) -> None:
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(
            lambda c: compare_metadata(MigrationContext.configure(c), t.Base.metadata)
        )
    assert differences == []


def test_the_newest_revision_is_the_one_that_the_migrations_lead_to() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert newest_revision() == scripts.get_current_head()
    assert all(Path(script.path).name.startswith(f"{script.revision}_") for script in scripts.walk_revisions())


def test_every_row_belongs_to_a_workspace() -> None:
    without = [table.name for table in t.Base.metadata.sorted_tables if "workspace_id" not in table.columns]
    assert without == ["workspace"]


async def test_what_was_committed_is_there_after_it_was_opened_again(database_url: str) -> None:
    first = await open_database(database_url)
    async with first.sessions.begin() as session:
        session.add(t.Workspace(id="T1", name="One", bot_id="UB"))
    await first.close()
    second = await open_database(database_url)
    async with second.sessions.read() as session:
        assert await name_of(session, "T1") == "One"
    await second.close()


async def test_what_failed_half_way_is_not_there(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.sessions.begin() as session:
            session.add(t.Workspace(id="T1", name="One", bot_id="UB"))
            await session.flush()
            raise ZeroDivisionError
    async with database.sessions.read() as session:
        assert await name_of(session, "T1") is None


async def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    async with database.sessions.begin() as session:
        session.add(t.Workspace(id="T1", name="0", bot_id="UB"))

    async def add_one() -> None:
        async with database.sessions.begin(30) as session:
            row = (await session.scalars(for_update(session, select(t.Workspace)))).one()
            await asyncio.sleep(0)  # let the others in between reading and writing
            row.name = str(int(row.name) + 1)

    await asyncio.gather(*(add_one() for _ in range(50)))
    async with database.sessions.read() as session:
        assert await name_of(session, "T1") == "50"


async def test_a_transaction_that_takes_too_long_is_broken_off_in_words(database: Database) -> None:
    with pytest.raises(StorageUnavailable, match="try again"):
        async with database.sessions.begin(0.05) as session:
            session.add(t.Workspace(id="T1", name="One", bot_id="UB"))
            await session.flush()
            await asyncio.Event().wait()
    async with database.sessions.begin() as session:
        assert await name_of(session, "T1") is None


async def test_describing_says_how_the_schema_is(database_url: str) -> None:
    await (await open_database(database_url)).close()
    assert await describe_database(database_url) == "up to date."
