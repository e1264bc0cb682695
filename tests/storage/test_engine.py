"""SQLite as a file that people run: opened, held, kept private, refused in words."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage import tables as t
from storage.database import Database, describe_database, open_database
from storage.engine import StorageUnavailable


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/collab.db"


async def name_of(session: AsyncSession, workspace: str) -> str | None:
    return await session.scalar(select(t.Workspace.name).where(t.Workspace.id == workspace))


async def test_a_second_process_on_the_same_file_is_refused(database: Database, database_url: str) -> None:
    assert database.alone
    with pytest.raises(StorageUnavailable, match="already running"):
        await open_database(database_url)


async def test_the_file_and_its_folder_are_private(database: Database, tmp_path: Path) -> None:
    async with database.sessions.begin() as session:
        session.add(t.Workspace(id="T1", name="One", bot_id="UB"))
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    for file in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_writing_is_durable_and_erasing_is_real(database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    async with database.engine.connect() as connection:
        found = {name: await connection.scalar(text(f"PRAGMA {name}")) for name in wanted}
    assert found == wanted


async def test_what_was_erased_is_in_no_file_any_more(database: Database, tmp_path: Path) -> None:
    marker = "a-word-that-stands-nowhere-else"
    async with database.sessions.begin() as session:
        session.add(t.Workspace(id="T1", name=marker, bot_id="UB"))
    async with database.sessions.begin() as session:
        await session.delete(await session.get_one(t.Workspace, "T1"))
    await database.sessions.forget()
    for file in (tmp_path / "data").iterdir():
        assert marker.encode() not in file.read_bytes(), file.name


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str, tmp_path: Path) -> None:
    await (await open_database(database_url)).close()
    with sqlite3.connect(tmp_path / "data/collab.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    raw.close()
    with pytest.raises(StorageUnavailable, match="newer version"):
        await open_database(database_url)
    with pytest.raises(StorageUnavailable, match="newer version"):
        await describe_database(database_url)


async def test_a_database_that_became_read_only_says_so_when_somebody_writes(database: Database) -> None:
    async with database.sessions.read() as session:
        await session.execute(text("PRAGMA query_only = ON"))
    with pytest.raises(StorageUnavailable, match="couldn't save"):
        async with database.sessions.begin() as session:
            session.add(t.Workspace(id="T1", name="One", bot_id="UB"))
            await session.flush()


async def test_describing_makes_nothing(tmp_path: Path) -> None:
    said = await describe_database(f"sqlite:///{tmp_path}/none/collab.db")
    assert said.startswith("not there yet")
    assert not (tmp_path / "none").exists()


async def test_a_lock_of_another_program_is_waited_out(database: Database, tmp_path: Path) -> None:
    held = sqlite3.connect(tmp_path / "data/collab.db", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.sessions.begin() as session:
            session.add(t.Workspace(id="T1", name="One", bot_id="UB"))

    writing = asyncio.create_task(write())
    done, _ = await asyncio.wait({writing}, timeout=0.6)
    assert not done
    held.execute("ROLLBACK")
    held.close()
    await writing
    async with database.sessions.read() as session:
        assert await name_of(session, "T1") == "One"
