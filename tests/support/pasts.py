"""What groups have been through before a test begins: lived once in a test run, and then begun from as it stood.

Half of what many a test cost was the same forms and the same week, lived again so that one more thing could be read.
"""

import pickle
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from sandbox.sandbox import Sandbox as Workspace
from tests.support.person import Person, Sandbox, start_group

Everybody = dict[str, Person]


@dataclass(frozen=True)
class Past:
    """`live` is what people do, beginning where `after` ends or in a fresh workspace; `name` is this past's alone."""

    name: str
    live: Callable[[Sandbox, Everybody], Awaitable[None]]
    after: "Past | None" = None


ASKED_AT = datetime(2026, 9, 3, 14, tzinfo=UTC)
"""Thursday at nine in Chicago, three working days before the first meeting."""


async def _start(_: Sandbox, people: Everybody) -> None:
    await start_group(people["Ana"])


async def _ask(sandbox: Sandbox, _: Everybody) -> None:
    await sandbox.go_to(ASKED_AT)


STARTED = Past("started", _start)
ASKED = Past("asked", _ask, STARTED)
"""Of a group of six in the learning circle, which Ana convenes and leads first."""

SHARED = {"started": STARTED, "started_before": STARTED, "asked": ASKED}
"""By the fixture that stands for it."""


def past_of(fixtures: list[str], pasts: Mapping[str, Past]) -> Past | None:
    """The past that a test asks for, the first of those by the name of a fixture."""
    return next((past for name, past in pasts.items() if name in fixtures), None)


def keep(whole: Workspace, database_url: str, kept: Path) -> None:
    """Write down how all stands, once no bot is at work in it."""
    world = {f.name: getattr(whole.world, f.name) for f in fields(whole.world) if f.name != "now"}
    stands = {"world": world, "now": whole.clock.now(), "calls": whole.calls, "called": whole.called}
    if file := _file(database_url):
        assert not file.with_name(f"{file.name}-wal").exists(), "somebody has the database open"
        stands["database"] = file.read_bytes()
    else:
        stands["database"] = _rows(database_url)
    kept.write_bytes(pickle.dumps(stands))


def begin_from(kept: Path, whole: Workspace, database_url: str) -> None:
    """Make a workspace and a database what they were."""
    stands = pickle.loads(kept.read_bytes())  # noqa: S301 - written above
    for name, value in stands["world"].items():
        setattr(whole.world, name, value)
    whole.clock.offset = stands["now"] - datetime.now(UTC)
    whole.calls, whole.called = stands["calls"], stands["called"]
    if file := _file(database_url):
        file.write_bytes(stands["database"])
    else:
        _put_rows(database_url, *stands["database"])


def _file(database_url: str) -> Path | None:
    url = make_url(database_url)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"

Rows = tuple[dict[str, bytes], dict[str, int]]
"""By table, as PostgreSQL copies them; and how far each sequence is."""


def _rows(database_url: str) -> Rows:
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        tables = {}
        for (name,) in connection.execute(TABLES).fetchall():
            with cursor.copy(SQL("COPY {} TO STDOUT").format(Identifier(name))) as copy:
                tables[name] = b"".join(bytes(part) for part in copy)
        return tables, dict(connection.execute(SEQUENCES).fetchall())


def _put_rows(database_url: str, tables: dict[str, bytes], sequences: dict[str, int]) -> None:
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # references need not be in order
        for name, rows in tables.items():
            if rows:
                with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(name))) as copy:
                    copy.write(rows)
        for name, value in sequences.items():
            cursor.execute("SELECT setval(%s::regclass, %s)", (name, value))
