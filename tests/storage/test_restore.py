"""Restoring: only what is whole and known, all of it or nothing, from one kind of database to the other."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from storage import tables as t
from storage.backup import write_backup
from storage.database import RUNNING, Database, make_engine, open_database, parse_address
from storage.engine import StorageUnavailable
from storage.migrating import migrate
from storage.restore import erasures_in, opened_backup, put_in_place
from tests.support.backups import as_database, rows_of
from tests.support.databases import fresh_database, look_into
from tests.support.groups import settle_in

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)


@pytest.fixture
async def file(database: Database, database_url: str, tmp_path: Path) -> Path:
    """A backup of a group."""
    async with database.sessions.begin(30) as session:
        await settle_in(session, "T1")
    await write_backup(database_url, tmp_path / "a.db", NOW)
    return tmp_path / "a.db"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20_000])


def scribble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for page in range(4096 * 8, len(content), 4096):
        content[page : page + 60] = b"\xee" * 60
    file.write_bytes(content)


def replace_by_words(file: Path) -> None:
    file.write_text("this is a shopping list, and a long one at that\n" * 100)


def replace_by_another(file: Path) -> None:
    file.unlink()
    change(file, "CREATE TABLE bookmark (address TEXT)")


def drop_a_table(file: Path) -> None:
    change(file, "DROP TABLE reflection")


def make_newer(file: Path) -> None:
    change(file, "UPDATE alembic_version SET version_num = 'from-the-future'")


def orphan_a_row(file: Path) -> None:
    change(file, "DELETE FROM workspace")


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute(statement)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (Path.unlink, "There is no file"),
        (replace_by_words, "is no backup, or is damaged"),
        (replace_by_another, "is no backup of Collab's"),
        (drop_a_table, "it lacks the table reflection"),
        (cut, "damaged"),
        (scribble, "damaged"),
        (orphan_a_row, "damaged"),
        (make_newer, "made by a newer version of Collab"),
    ],
    ids=lambda each: getattr(each, "__name__", "so"),
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_whole_backup_of_a_known_version_is_refused(
    file: Path, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(file)
    with pytest.raises(StorageUnavailable, match=says) as refusal:
        async with opened_backup(file):
            pass
    assert "Nothing was changed" in refusal.value.words


async def test_a_backup_of_an_older_version_is_brought_up_to_date(database: Database, tmp_path: Path) -> None:
    engine = make_engine(parse_address(f"sqlite:///{tmp_path}/old.db"))
    await migrate(engine, "0001")
    await engine.dispose()
    change(tmp_path / "old.db", "INSERT INTO workspace (id, name, bot_id) VALUES ('T9', 'Nine', 'UB')")
    async with opened_backup(tmp_path / "old.db") as backup:
        await put_in_place(database, backup.database)
    async with database.sessions.read() as session:
        assert list(await session.scalars(select(t.Workspace.name))) == ["Nine"]


async def test_a_backup_goes_from_one_kind_of_database_to_the_other(
    file: Path, database_url: str, server: str, tmp_path: Path
) -> None:
    with fresh_database(server, "template") as postgresql:
        address = postgresql if "sqlite" in database_url else f"sqlite:///{tmp_path}/other/collab.db"
        other = await open_database(address, alone=True)
        async with opened_backup(file) as backup:
            assert backup.made_at == NOW
            await put_in_place(other, backup.database)
        await other.close()
        assert rows_of(look_into(address)) == rows_of(look_into(database_url)) == rows_of(as_database(file))


async def test_what_can_not_be_put_in_place_leaves_all_that_was_there(
    file: Path, database: Database, database_url: str
) -> None:
    before = rows_of(look_into(database_url))
    async with opened_backup(file) as backup:
        change(Path(str(backup.database.engine.url.database)), "UPDATE prompt SET workspace_id = 'T0'")
        with pytest.raises(StorageUnavailable):
            await put_in_place(database, backup.database)
    assert rows_of(look_into(database_url)) == before


async def test_while_one_is_alone_with_a_database_nobody_else_opens_it(database_url: str) -> None:
    alone = await open_database(database_url, alone=True)
    assert alone.alone
    with pytest.raises(StorageUnavailable, match=r"being restored just now|already running"):
        await open_database(database_url)
    await alone.close()
    await (await open_database(database_url)).close()


@pytest.mark.parametrize("alone", [True, False])
async def test_whoever_is_just_leaving_a_server_is_waited_for(postgresql_url: str, alone: bool) -> None:
    lock = "SELECT pg_advisory_lock_shared(%s)" if alone else "SELECT pg_advisory_lock(%s)"
    async with await psycopg.AsyncConnection.connect(postgresql_url, autocommit=True) as before:
        await before.execute(lock, (RUNNING,))
        opening = asyncio.create_task(open_database(postgresql_url, alone=alone))
        while not (opening.done() or await waits(before)):  # noqa: ASYNC110 - it is another process that waits
            await asyncio.sleep(0.01)
    await (await opening).close()


async def waits(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether somebody waits on this server before they look again."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    row = await (await connection.execute(query)).fetchone()
    return bool(row and row[0])


async def test_erasures_are_read_from_wherever_they_stand(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with database.sessions.begin(30) as session:
        await settle_in(session, "T1")
        session.add_all(
            t.Erasure(row_id=f"r{n}", what="reflection", erased_on=NOW.date(), workspace_id="T1") for n in range(2500)
        )
    await write_backup(database_url, tmp_path / "a.db", NOW)
    for where in (str(tmp_path / "a.db"), database_url):
        chunks = [rows async for rows in erasures_in(where)]
        assert {str(row["row_id"]) for rows in chunks for row in rows} == {f"r{n}" for n in range(2500)}
        assert len(chunks) > 1
    with pytest.raises(StorageUnavailable, match="There is no file"):
        _ = [rows async for rows in erasures_in(str(tmp_path / "none.db"))]
