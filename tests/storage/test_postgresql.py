"""PostgreSQL: found, refused in words, and made ready by several at once."""

import asyncio

import pytest

from storage.database import describe_database, open_database
from storage.engine import StorageUnavailable
from tests.support.databases import fresh_database


async def test_several_that_start_at_once_make_the_tables_once(server: str) -> None:
    with fresh_database(server) as url:
        assert await describe_database(url) == "empty; its tables are made at the first start."
        opened = await asyncio.gather(*(open_database(url) for _ in range(3)))
        assert await describe_database(url) == "up to date."
        assert not any(database.alone for database in opened)
        for database in opened:
            await database.close()


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:9/nowhere", "postgresql+psycopg://nobody:secret@127.0.0.1:9/nowhere"]
)
async def test_a_server_that_is_not_there_is_refused_in_words(url: str) -> None:
    for attempt in (open_database, describe_database):
        with pytest.raises(StorageUnavailable, match="that the server runs") as refusal:
            await attempt(url)
        assert "secret" not in refusal.value.words


async def test_a_database_that_is_not_there_is_refused_in_words(server: str) -> None:
    with pytest.raises(StorageUnavailable, match="the database exists"):
        await open_database(server.replace("/postgres?", "/nowhere?"))
