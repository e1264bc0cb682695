"""PostgreSQL databases that are emptied and used again: making one costs more than most tests that need it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

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
