"""A server's database may be shared with others; into tables that are called like ours nothing is ever put."""

import pytest
from sqlalchemy import inspect

from storage.database import describe_database, open_database
from storage.engine import StorageUnavailable
from storage.recognizing import FOREIGN
from tests.support.databases import fresh_database, look_into


def change(url: str, *statements: str) -> None:
    engine = look_into(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


async def test_beside_other_programs_tables_ours_are_made(server: str) -> None:
    with fresh_database(server) as url:
        change(url, "CREATE TABLE orders (id INTEGER)")
        assert "empty" in await describe_database(url)
        await (await open_database(url)).close()
        assert await describe_database(url) == "up to date."


@pytest.mark.parametrize("name", ["person", "alembic_version"])
async def test_where_another_program_has_a_table_of_our_name_nothing_is_made(server: str, name: str) -> None:
    with fresh_database(server) as url:
        change(url, f"CREATE TABLE {name} (id INTEGER)")
        for attempt in (describe_database, open_database):
            with pytest.raises(StorageUnavailable) as trouble:
                await attempt(url)
            assert trouble.value.words == FOREIGN
        engine = look_into(url)
        assert inspect(engine).get_table_names() == [name]
        engine.dispose()


async def test_a_database_of_ours_that_lacks_something_is_said_to_do_so(postgresql_url: str) -> None:
    change(postgresql_url, "ALTER TABLE person DROP COLUMN sees")
    for attempt in (describe_database, open_database):
        with pytest.raises(StorageUnavailable, match=r"the column person\.sees"):
            await attempt(postgresql_url)
