"""What people chose before days could be chosen stays as it was: Monday to Friday."""

from pathlib import Path

from sqlalchemy import make_url, text

from storage.database import make_engine, open_database
from storage.migrating import migrate


async def test_settings_from_before_are_those_of_monday_to_friday(tmp_path: Path) -> None:
    file = tmp_path / "data" / "collab.db"
    file.parent.mkdir(mode=0o700)
    engine = make_engine(make_url(f"sqlite:///{file}"))
    await migrate(engine, "0010")
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO workspace (id, name, bot_id) VALUES ('T1', 'One', 'UB')"))
        await connection.execute(
            text(
                "INSERT INTO person_setting (workspace_id, person_id, reminders, by_dm, works_from, works_until)"
                " VALUES ('T1', 'U1', 'twice', 0, '08:30', '16:00')"
            )
        )
    await engine.dispose()
    database = await open_database(f"sqlite:///{file}")
    async with database.engine.connect() as connection:
        kept = (await connection.execute(text("SELECT works_from, works_until, works_on FROM person_setting"))).one()
    await database.close()
    assert tuple(kept) == ("08:30", "16:00", "01234")
