"""A database of before the tables were put in order goes on as if nothing had happened."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Placeholder
from sqlalchemy import Boolean, MetaData, column, select
from sqlalchemy import table as sa_table

from storage.database import make_engine, parse_address
from storage.migrating import migrate
from tests.conftest import fresh_database, look_into, running, sandbox_settings
from tests.old_database import life
from tests.old_database.make import HERE, read_world
from tests.person import Sandbox

OLD = "0017"
WRITES = {"chat.postMessage", "chat.update", "chat.delete", "views.publish"}


@pytest.fixture
def old_file(tmp_path: Path) -> str:
    file = tmp_path / "collab.db"
    file.write_bytes(gzip.decompress((HERE / "collab.db.gz").read_bytes()))
    return f"sqlite:///{file}"


@pytest.fixture
def empty_postgresql(server: str) -> Iterator[str]:
    with fresh_database(server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def old_database(request: pytest.FixtureRequest, old_file: str) -> str:
    if request.param == "sqlite":
        return old_file
    url = str(request.getfixturevalue("empty_postgresql"))
    asyncio.run(make_old_tables(url))
    copy(old_file, url)
    return url


async def make_old_tables(url: str) -> None:
    engine = make_engine(parse_address(url))
    await migrate(engine, OLD)
    await engine.dispose()


def copy(old_file: str, url: str) -> None:
    """Every row, as SQLite keeps it; PostgreSQL reads moments and JSON out of their texts."""
    source, target = look_into(old_file), look_into(url)
    tables = MetaData()
    tables.reflect(target)
    with source.connect() as reading, psycopg.connect(url) as writing:
        for table in tables.sorted_tables:
            flags = {column.name for column in table.columns if isinstance(column.type, Boolean)}
            names = list(table.columns.keys())
            writing.execute(SQL("DELETE FROM {}").format(Identifier(table.name)))
            for row in reading.execute(select(*map(column, names)).select_from(sa_table(table.name))).mappings():
                values = [bool(row[name]) if name in flags else row[name] for name in names]
                columns, marks = SQL(", ").join(map(Identifier, names)), SQL(", ").join([Placeholder()] * len(names))
                into = SQL("INSERT INTO {} ({}) VALUES ({})").format(Identifier(table.name), columns, marks)
                writing.execute(into, values)
    source.dispose()
    target.dispose()


async def test_an_old_database_goes_on_as_if_nothing_had_happened(sandbox: Sandbox, old_database: str) -> None:
    """Nothing that stands is written anew, what was unclear is found, and two weeks go by as they did then."""
    read_world(sandbox.inside.world, (HERE / "workspace.json").read_text())
    before = all_messages(sandbox)
    await sandbox.go_to(life.ENDED + timedelta(minutes=1), leap=True)
    async with running(sandbox_settings(sandbox, old_database)):
        await sandbox.settle()
        assert {m["method"] for m in await sandbox.calls()} & WRITES == set()
        assert all_messages(sandbox) == before
        await life.live_after(sandbox, await sandbox.people())
    assert life.posts(sandbox) == json.loads((HERE / "went_on.json").read_text())


def all_messages(sandbox: Sandbox) -> list[tuple[str, str, str, Any]]:
    """What the bot has said to others, as it stands."""
    return [
        (channel.id, message.ts, message.text, message.blocks)
        for channel in sandbox.inside.world.channels.values()
        for message in channel.messages
        if message.user == life.COLLAB
    ]
