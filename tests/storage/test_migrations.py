"""What a migration makes of rows that are there."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from storage.database import make_engine, parse_address
from storage.migrating import migrate

NOW = "2026-09-05 14:00:00.000000"
INSERT = text(
    "INSERT INTO delivery (id, workspace_id, kind, operation, recipient, planned_for, due_at, rank, state, attempts, "
    "looks, dedupe_key, nonce) "
    "VALUES (:state, 'T1', 'answer_count', 'update', 'C1', :now, :now, 0, :state, 0, 0, :state, 'n')"
)


async def test_a_number_that_was_planned_before_answering_ended_is_never_sent(tmp_path: Path) -> None:
    engine = make_engine(parse_address(f"sqlite:///{tmp_path / 'old.db'}"))
    await migrate(engine, "0010")
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO workspace (id, name, bot_id) VALUES ('T1', 'T1', 'UB')"))
        for state in ("planned", "sending", "unclear", "sent"):
            await connection.execute(INSERT, {"state": state, "now": NOW})
    await migrate(engine, "0013")
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT id, state FROM delivery ORDER BY id"))
        assert dict(rows.all()) == dict.fromkeys(("planned", "sending", "unclear"), "withdrawn") | {"sent": "sent"}
    await engine.dispose()


def put(plain: sqlite3.Connection, table: str, **values: object) -> None:
    """A row with these values, and with something in every other column that needs one."""
    needed = plain.execute('SELECT name FROM pragma_table_info(?) WHERE "notnull" AND dflt_value IS NULL', [table])
    row = {name: NOW if name.endswith("_at") else "0" for (name,) in needed} | values
    plain.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - of this test
        list(row.values()),
    )


async def test_questions_that_say_how_many_took_part_so_far_are_brought_up_to_date_while_they_are_open(
    tmp_path: Path,
) -> None:
    engine = make_engine(parse_address(f"sqlite:///{tmp_path / 'old.db'}"))
    await migrate(engine, "0015")
    with closing(sqlite3.connect(tmp_path / "old.db")) as plain, plain:
        put(plain, "workspace", id="T1")
        put(plain, "collaborative", id="G1", workspace_id="T1")
        for meeting, closed in (("open", None), ("over", NOW)):
            about = {"id": meeting, "workspace_id": "T1", "collaborative_id": "G1"}
            put(plain, "meeting", **about, slot=meeting)
            put(plain, "prompt", **about, meeting_id=meeting, closed_at=closed)
            sent = {"meeting_id": meeting, "sent_at": NOW, "sent_channel": "C1", "sent_ts": "1.1"}
            put(plain, "delivery", **about, **sent, kind="prompt", state="sent", dedupe_key=meeting)
    await migrate(engine, "0017")
    async with engine.connect() as connection:
        query = "SELECT meeting_id, recipient, operation, state FROM delivery WHERE kind = 'prompt_redone'"
        assert (await connection.execute(text(query))).all() == [("open", "C1", "update", "planned")]
    await engine.dispose()
