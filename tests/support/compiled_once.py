"""Statements compiled once in a test process: each test opens databases of its own, and each compiled them all anew.

That was a seventh of the processor time.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

STATEMENTS = 5_000
"""More than there are."""


def compile_once() -> None:
    """From now on all engines of one dialect have one cache of compiled statements.

    SQLAlchemy keeps one for each engine, by the dialect's identity and the statement.
    """
    for dialect in (SQLiteDialect_aiosqlite, PGDialectAsync_psycopg):
        for name, value in {"__hash__": _hash, "__eq__": _is_same}.items():
            setattr(dialect, name, value)
    Engine._compiled_cache = property(_cache_of, lambda *_: None)  # type: ignore[assignment]


def _hash(dialect: Dialect) -> int:
    return hash(type(dialect))


def _is_same(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _cache_of(engine: Engine) -> Any:
    return _caches[engine.dialect.name]


_caches: dict[str, Any] = defaultdict(lambda: LRUCache(STATEMENTS))
