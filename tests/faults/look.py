"""The database as seen from outside, beside the bot: a question now and then, and a lock held for a moment."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


class Look:
    """Asks a database of either kind."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.on_sqlite = url.startswith("sqlite")

    @contextmanager
    def open(self) -> Iterator[Any]:
        """A connection that only looks. It closes without tidying up: what a killed process left is the next one's."""
        if self.on_sqlite:
            connection: Any = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, isolation_level=None)
        else:
            connection = psycopg.connect(self.url, autocommit=True)
        try:
            yield connection
        finally:
            connection.close()

    @property
    def _file(self) -> str:
        return self.url.removeprefix("sqlite:///")

    def column(self, question: str) -> list[Any]:
        with self.open() as connection:
            return [row[0] for row in connection.execute(question)]

    def number(self, question: str) -> int:
        return int(self.column(question)[0])

    @contextmanager
    def held(self, table: str, mode: str = "SHARE") -> Iterator[None]:
        """Nobody else writes to a table meanwhile; on SQLite to nothing."""
        if self.on_sqlite:
            connection: Any = sqlite3.connect(self._file, isolation_level=None, timeout=2)
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection = psycopg.connect(self.url)
            connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        try:
            yield
        finally:
            connection.rollback()
            connection.close()

    def somebody_waits(self, connection: Any) -> bool:
        """Whether a process waits for a lock (PostgreSQL)."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(connection.execute(waiting).fetchone()[0])

    def somebody_writes(self) -> bool:
        """Whether a process is in a transaction that writes (SQLite)."""
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=0)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False

    def write(self, statement: str) -> None:
        if self.on_sqlite:
            with sqlite3.connect(self._file, timeout=10) as raw:
                raw.execute(statement)
            raw.close()
        else:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(statement)
