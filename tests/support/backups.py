"""Backups made and put back as an operator does it, and all that a database holds."""

from pathlib import Path

from sqlalchemy import Engine, create_engine, select

from storage import tables as t
from tests.support.commands import Ended, collab
from tests.support.databases import look_into
from tests.support.person import Sandbox


async def backed_up(sandbox: Sandbox, database_url: str, folder: Path, name: str = "a.db") -> Path:
    ended = await db(sandbox, database_url, folder, "backup", name)
    assert ended.code == 0, ended.err
    return folder / name


async def restored(sandbox: Sandbox, database_url: str, folder: Path, *arguments: str) -> str:
    ended = await db(sandbox, database_url, folder, "restore", *arguments, "--yes")
    assert ended.code == 0, ended.err
    return ended.out


def everything_in(database_url: str) -> str:
    """All that a database holds, as text."""
    engine = look_into(database_url)
    with engine.connect() as connection:
        rows = [str(row) for table in t.Base.metadata.sorted_tables for row in connection.execute(table.select())]
    engine.dispose()
    return "\n".join(rows)


def rows_of(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the tables, but for keys, by a second and plainer way of reading."""
    with engine.connect() as connection:
        held = {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(*(c for c in table.columns if c.name != "key")))),
                key=repr,
            )
            for table in t.Base.metadata.sorted_tables
            if table.name != t.Written.__tablename__  # whoever takes one over has everything looked at
        }
    engine.dispose()
    return held


def as_database(file: Path) -> Engine:
    return create_engine(f"sqlite:///{file}")


async def db(sandbox: Sandbox, database_url: str, folder: Path, *arguments: str, answer: str = "") -> Ended:
    """`python -m bot db …` beside the bot, by the sandbox's clock."""
    clock = f"{sandbox.address}/sandbox/clock"
    return await collab(folder, "db", *arguments, answer=answer, DATABASE_URL=database_url, COLLAB_CLOCK_URL=clock)
