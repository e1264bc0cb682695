"""From 0015 to 0016: what was approved is shown where its post stands, and waits where it does not."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url, text

from storage.database import make_engine
from storage.migrating import migrate

AT = "2026-09-08 15:00:00.000000"
ROUNDS = {
    "in the agenda": (1, ("agenda", "sent"), "shown"),
    "in the thread": (0, ("anonymous_shown", "sent"), "shown"),
    "agenda to come": (1, ("agenda", "planned"), "approved"),
    "agenda without them": (0, ("agenda", "sent"), "approved"),
}


def insert(raw: sqlite3.Connection, table: str, **values: object) -> None:
    """A row; what it must have and nobody names is a time or nothing."""
    for _, name, kind, required, default, _ in raw.execute(f"PRAGMA table_info({table})").fetchall():
        if required and default is None and name not in values:
            values[name] = AT if kind.startswith(("DATETIME", "TIMESTAMP")) else 0 if kind.startswith("INT") else name
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    raw.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))  # noqa: S608 - names of ours


async def test_what_stands_in_the_channel_is_shown_and_all_else_still_waits(tmp_path: Path) -> None:
    file = tmp_path / "data" / "collab.db"
    file.parent.mkdir(mode=0o700)
    engine = make_engine(make_url(f"sqlite:///{file}"))
    await migrate(engine, "0015")
    await engine.dispose()
    with closing(sqlite3.connect(file)) as raw:
        insert(raw, "workspace", id="T1")
        insert(raw, "collaborative", id="g", workspace_id="T1", channel_id="C1")
        for number, (name, (in_agenda, (kind, state), _)) in enumerate(ROUNDS.items()):
            of = {"workspace_id": "T1", "collaborative_id": "g"}
            slot = f"2026-09-0{number + 1} 10:00:00.000000"
            insert(raw, "meeting", id=name, slot=slot, batch_in_agenda=in_agenda, **of)
            insert(raw, "prompt", id=name, meeting_id=name, batch="approved", **of)
            key = f"{kind}:{name}"
            insert(raw, "delivery", id=name, meeting_id=name, kind=kind, state=state, dedupe_key=key, nonce=key, **of)
        raw.commit()
    engine = make_engine(make_url(f"sqlite:///{file}"))
    await migrate(engine)
    async with engine.connect() as connection:
        kept = {
            row.id: row.batch
            for row in await connection.execute(text("SELECT prompt_id AS id, state AS batch FROM anonymous_batch"))
        }
    await engine.dispose()
    assert kept == {name: batch for name, (_, _, batch) in ROUNDS.items()}
