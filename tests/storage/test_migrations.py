"""What a migration makes of rows that are there."""

from pathlib import Path

from sqlalchemy import text

from storage.migrating import migrate
from storage.opening import make_engine, parse_address

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
