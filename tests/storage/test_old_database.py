"""A database of before the tables were put in order goes on as if nothing had happened."""

import asyncio
import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Placeholder
from sqlalchemy import Boolean, ColumnElement, MetaData, Select, Table, column, select
from sqlalchemy import table as sa_table

from storage.backup import write_backup
from storage.database import make_engine, open_database, parse_address
from storage.migrating import migrate
from tests.old_database import life
from tests.old_database.make import HERE, read_world
from tests.support.databases import fresh_database, look_into
from tests.support.person import Sandbox
from tests.support.running import running, sandbox_settings

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
            for row in reading.execute(as_they_are(table)).mappings():
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


RENAMED = {("meeting", "handover_due_at"): "handoff_due_at", ("meeting", "handed_over_at"): "handed_off_at"}
GONE = {
    "collaborative": {"plan_wanted"},
    "delivery": {"subject", "dedupe_key"},  # see below
    "meeting": {"agenda_revision", "agenda_given_revision", "packet_revision", "notes_revision", "mend_wanted"},
    "prompt": {"review_until"},  # see below
}
"""Columns that only said what is out of date, and a text that had to be taken apart."""

ELSEWHERE = {
    ("meeting", "agenda", "id", "meeting_id"): {
        "draft_due_at": "draft_due_at",
        "agenda_due_at": "due_at",
        "agenda_posted_at": "posted_at",
        "agenda": "items",
        "batch_in_agenda": "holds_batch",
    },
    ("prompt", "anonymous_batch", "id", "prompt_id"): {
        "batch": "state",
        "notice_at": "notice_at",
        "few": "few",
        "batch_revision": "revision",
        "batch_look_at": "look_at",
        "voided_at": "voided_at",
    },
}
"""Columns of one table that stand in another now, by both tables and their keys."""

AUTHORS_ONLY = {
    *("too_few", "too_few_left", "batch_lapsing", "returned", "thanked", "dm_cleanup"),
    *("too_few_refresh", "too_few_left_refresh", "batch_lapsing_refresh", "returned_settled"),
}
"""Kinds of then that lead to authors of anonymous answers."""

OF_PEOPLE = {"thanks", "home", "dm_cleanup", "note"}
UPDATES = {
    *(f"{kind}_redone" for kind in ("started", "prompt", "packet", "agenda", "handoff", "draft_ready", "thanks")),
    *("invitation_redone", "reminder_redone", "packet_refresh", "packet_over", "draft_refresh", "draft_over"),
    *("notes_refresh", "batch_refresh", "batch_over", "batch_waits_refresh", "batch_left_refresh", "agenda_edited"),
    *("prompt_closed", "summary_edited", "anonymous_redacted", "handoff_edited", "late_edited", "late_gone"),
    *("former_reader_settled", "too_few_refresh", "too_few_left_refresh", "batch_lapsing_refresh"),
    "returned_settled",
}
"""Kinds of deliveries that only brought another message up to date: what they said, that message remembers."""

MOVED = {
    "deed": ("answer_taken_out", {"id": "id", "author_id": "person_id", "done_by": "done_by", "done_at": "done_at"}),
    "role_change": (
        "role_changed",
        {"id": "id", "now_id": "person_id", "was_id": "former_id", "done_by": "done_by", "changed_at": "done_at"},
    ),
}
"""By table: what its rows are in the log, and where their columns are."""


async def test_everything_that_was_in_it_is_in_it_still(old_file: str) -> None:
    before = contents(old_file)
    await (await open_database(old_file)).close()
    after = contents(old_file)
    updates = [row for row in before["delivery"] if row["kind"] in UPDATES]
    assert len(updates) > 0
    before["delivery"] = [row for row in before["delivery"] if row["kind"] not in UPDATES]
    for row in before["delivery"]:
        if row["kind"] in OF_PEOPLE:  # they are about no meeting
            row["meeting_id"] = None
    for table in before.keys() - MOVED.keys() - {"alembic_version"}:
        gone = GONE.get(table, set()) | {name for (of, *_), names in ELSEWHERE.items() if of == table for name in names}
        names = {name: RENAMED.get((table, name), name) for row in before[table] for name in row if name not in gone}
        assert as_set(after[table], names.values()) == as_set(before[table], names.keys()), table
    for (table, other, key, its_key), moved in ELSEWHERE.items():
        asked = {row["meeting_id"] for row in before["prompt"]}  # a meeting that lapsed has no agenda
        was = [row for row in before[table] if row.get("meeting_id", row["id"]) in asked]
        assert as_set(after[other], [its_key, *moved.values()]) == as_set(was, [key, *moved]), other
        assert len(was) > 0
    waits = {row["prompt_id"]: row["review_ends_at"] for row in after["anonymous_batch"]}
    for row in before["prompt"]:
        closed = row["closed_at"] and datetime.fromisoformat(row["closed_at"]) + timedelta(days=7)
        assert waits[row["id"]] == (row["review_until"] or (closed and f"{closed:%Y-%m-%d %H:%M:%S.%f}"))
    keys = {row["id"]: row["dedupe_key"] for row in after["delivery"]}
    for row in before["delivery"]:
        late = row["kind"] == "late_answer"  # one for each answer, whatever became of it in between
        assert keys[row["id"]] == (row["dedupe_key"].partition(".")[0] if late else row["dedupe_key"])
    kept = {row["id"]: json.loads(row["arguments"]) for row in after["delivery"]}
    told = {row["id"]: (row["kind"], row["subject"]) for row in before["delivery"] if row["subject"]}
    for one, (kind, subject) in told.items():
        assert all(str(part) in subject for part in kept[one].values() if not isinstance(part, list)), kind
    assert {kind for one, (kind, _) in told.items() if kept[one]} >= {"reminder", "thanks"} & {
        k for k, _ in told.values()
    }
    for table, (what, names) in MOVED.items():
        entries = [row for row in after["audit_entry"] if row["what"] == what]
        assert as_set(entries, names.values()) == as_set(before[table], names.keys())
        assert len(before[table]) > 0
        details = {name for row in before[table] for name in row} - names.keys() - KEPT
        assert all(details - {"what"} == json.loads(row["details"]).keys() for row in entries)


KEPT = {"workspace_id", "collaborative_id", "meeting_id"}


async def test_it_can_be_backed_up_before_it_is_brought_up_to_date(old_file: str, tmp_path: Path) -> None:
    """As it is, with all that a backup holds; and it goes on from the backup."""
    before = contents(old_file)
    await write_backup(old_file, tmp_path / "backup.db", life.ENDED)
    backup = f"sqlite:///{tmp_path}/backup.db"
    after = contents(backup)
    assert after["alembic_version"] == [{"version_num": OLD}]
    assert [row["key"] for row in after["prompt"]] == [None] * len(before["prompt"])
    before["prompt"] = [row | {"key": None} for row in before["prompt"]]
    batches = {row["id"]: row["batch"] for row in before["prompt"]}
    unshown = {
        row["id"]
        for row in before["reflection"]
        if row["visibility"] == "anonymous" and batches[row["prompt_id"]] != "shown"
    }
    assert unshown
    before["reflection"] = [row for row in before["reflection"] if row["id"] not in unshown]
    before["appreciation"] = [row for row in before["appreciation"] if row["reflection_id"] not in unshown]
    before["delivery"] = [row for row in before["delivery"] if row["kind"] not in AUTHORS_ONLY]
    for table, rows in before.items():
        names = list(rows[0]) if rows else []
        assert as_set(after[table], names) == as_set(rows, names), table
    await (await open_database(backup)).close()
    assert len(contents(backup)["agenda"]) == len(before["prompt"])


def contents(url: str) -> dict[str, list[dict[str, Any]]]:
    looking = look_into(url)
    tables = MetaData()
    tables.reflect(looking)
    with looking.connect() as reading:
        found = {
            name: [dict(row) for row in reading.execute(as_they_are(table)).mappings()]
            for name, table in tables.tables.items()
        }
    looking.dispose()
    return found


def as_they_are(table: Table) -> Select[*tuple[Any, ...]]:
    """Without their types: what stands in the file."""
    columns: list[ColumnElement[Any]] = [column(name) for name in table.columns.keys()]  # noqa: SIM118 - a collection
    return select(*columns).select_from(sa_table(table.name))


def as_set(rows: list[dict[str, Any]], names: Iterable[str]) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in names) for row in rows}
