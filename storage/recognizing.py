"""Whose database this is: ours and complete, empty, or another program's, which is never migrated."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, create_engine, text

from storage import tables as t
from storage.engine import StorageUnavailable

FOREIGN = (
    "What DATABASE_URL names holds the tables of another program. Name a file or a database of its own for Collab."
)
NEWER = "The database was made by a newer version of Collab. Start that version, or restore an older backup."
INCOMPLETE = (
    "The database lacks something that Collab made there: {what}. It was changed by another program, or is damaged. "
    "`python -m bot db restore` a backup."
)

VERSION = "alembic_version"
OLDEST = {t.Workspace.__tablename__, t.Collaborative.__tablename__, t.Delivery.__tablename__}
"""Tables that every version of ours has had."""

_COLUMNS = {
    "sqlite": "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid) "
    "AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
}


class Foreign(StorageUnavailable):
    """Another program's."""

    def __init__(self) -> None:
        super().__init__(FOREIGN)


class Newer(StorageUnavailable):
    """A newer version's."""

    def __init__(self) -> None:
        super().__init__(NEWER)


class Incomplete(StorageUnavailable):
    """Ours, but `what` is missing."""

    def __init__(self, what: str) -> None:
        super().__init__(INCOMPLETE.format(what=what))
        self.what = what


Columns = Mapping[str, Collection[str]]
"""The columns of each table."""


def recognize(connection: Connection, known: Collection[str], newest: str) -> str | None:
    """The revision of ours, one of those `known`, that a database has; None if it is empty.

    Raises StorageUnavailable if it is another program's, a newer version's, or incomplete.
    """
    there = _columns(connection)
    found = _revision(connection, there)
    if found is None:
        if _is_foreign(connection, there):
            raise Foreign
        return None
    if found not in known:
        raise Newer if there.keys() >= OLDEST else Foreign
    wanted = _of_code() if found == newest else _of_revision(found)
    missing = sorted(_missing(wanted, there))
    if missing:
        raise Incomplete(missing[0])
    return found


def _columns(connection: Connection) -> Columns:
    there: dict[str, set[str]] = {}
    for table, column in connection.execute(text(_COLUMNS[connection.dialect.name])):
        there.setdefault(table, set()).add(column)
    return there


def _revision(connection: Connection, there: Columns) -> str | None:
    if "version_num" not in there.get(VERSION, ()):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION}"))  # noqa: S608 - a name of ours
    return None if found is None else str(found)


def _is_foreign(connection: Connection, there: Columns) -> bool:
    """Foreign if it has no revision of ours but any table (a file), or a table named like one of ours (a server's
    database, which may be shared)."""
    others = there.keys() - {VERSION} if "version_num" in there.get(VERSION, ("version_num",)) else there.keys()
    if connection.dialect.name == "sqlite":
        return bool(others)
    return bool(others & (t.Base.metadata.tables.keys() | {VERSION}))


def _of_code() -> Columns:
    return {table.name: {column.name for column in table.columns} for table in t.Base.metadata.tables.values()}


def _of_revision(revision: str) -> Columns:
    """Made by an older version: tried by migrating a copy."""
    from storage.upgrading import upgrade  # noqa: PLC0415 - takes as long to load as to start, and is seldom needed

    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade(connection, revision)
            return _columns(connection)
    finally:
        engine.dispose()


def _missing(wanted: Columns, there: Columns) -> set[str]:
    tables = wanted.keys() - there.keys() - {VERSION}
    columns = {f"{table}.{c}" for table in wanted.keys() & there.keys() for c in {*wanted[table]} - {*there[table]}}
    return {f"the table {table}" for table in tables} | {f"the column {column}" for column in columns}
