"""Backups: whole, of one moment, without keys, the same file from every kind of database."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility, new_key
from bot.domain.rounds import Batch
from storage import tables as t
from storage.backup import BackupContents, default_file, write_backup
from storage.database import Database, make_engine, parse_address
from storage.engine import StorageUnavailable
from storage.migrating import migrate
from tests.support.backups import as_database, rows_of
from tests.support.databases import look_into
from tests.support.groups import settle_in

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
KEY = new_key()


@pytest.fixture
async def filled(database: Database) -> Database:
    """A group with an answer, and one key that can be told from every other."""
    async with database.sessions.begin(30) as session:
        await settle_in(session, "T1")
        prompt = (await session.scalars(select(t.Prompt))).one()
        prompt.key = KEY
        session.add(answer_to(prompt, "r1", "words"))
    return database


def answer_to(prompt: t.Prompt, row: str, said: str) -> t.Reflection:
    return t.Reflection(
        id=row,
        workspace_id=prompt.workspace_id,
        prompt_id=prompt.id,
        position=0,
        respondent=row,
        visibility="named",
        author_id="U2",
        text=said,
        given_on=date(2026, 9, 6),
    )


async def test_a_backup_holds_every_row_and_no_key(filled: Database, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "new" / "a.db"
    assert await write_backup(database_url, file, NOW) == BackupContents(1, 1, 1, date(2026, 9, 6))
    assert rows_of(as_database(file)) == rows_of(look_into(database_url))
    assert KEY not in file.read_bytes()
    assert KEY.hex().encode() not in file.read_bytes()
    async with filled.sessions.read() as session:
        assert await session.scalar(select(t.Prompt.key)) == KEY  # and the database goes on with it


def posting_of(prompt: t.Prompt, state: str) -> t.Delivery:
    """The agenda of a prompt's meeting, as the channel is to get it."""
    about = {"workspace_id": prompt.workspace_id, "collaborative_id": prompt.collaborative_id}
    when = {"planned_for": NOW, "due_at": NOW, "sent_at": NOW if state == "sent" else None}
    return t.Delivery(
        **about,
        **when,
        id=t.new_id(),
        meeting_id=prompt.meeting_id,
        kind="agenda",
        operation="post",
        recipient="C1",
        rank=0,
        state=state,
        attempts=0,
        looks=0,
        dedupe_key="agenda",
        nonce=t.new_id(),
    )


@pytest.mark.parametrize(
    ("batch", "agenda", "held"),
    [
        (Batch.COLLECTING, None, False),
        (Batch.WAITING, None, False),
        (Batch.APPROVED, None, False),
        (Batch.APPROVED, "planned", False),
        (Batch.APPROVED, "unclear", False),
        (Batch.APPROVED, "asked", False),
        (Batch.SHOWN, "sent", True),
    ],
)
async def test_no_anonymous_answer_is_in_a_backup_before_the_group_was_shown_it(
    filled: Database, database_url: str, tmp_path: Path, batch: Batch, agenda: str | None, held: bool
) -> None:
    async with filled.sessions.begin(30) as session:
        prompt = (await session.scalars(select(t.Prompt))).one()
        prompt.batch.state = batch
        quiet = answer_to(prompt, "r2", "quiet words")
        quiet.visibility, quiet.author_id = Visibility.ANONYMOUS, None
        session.add(quiet)
        if agenda is not None:
            await session.execute(update(t.Agenda).values(holds_batch=True))
            session.add(posting_of(prompt, agenda))
    await write_backup(database_url, tmp_path / "a.db", NOW)
    content = (tmp_path / "a.db").read_bytes()
    assert b"words" in content
    assert (b"quiet words" in content) is held


@pytest.mark.usefixtures("filled")
async def test_a_backup_is_one_whole_file_for_its_owner_alone(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "new" / "a.db"
    await write_backup(database_url, file, NOW)
    assert [each.name for each in file.parent.iterdir()] == ["a.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.usefixtures("filled")
async def test_a_file_that_is_there_is_never_overwritten(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_text("something else")
    with pytest.raises(StorageUnavailable, match="is there already"):
        await write_backup(database_url, file, NOW)
    assert file.read_text() == "something else"


@pytest.mark.usefixtures("filled")
async def test_a_folder_that_cannot_be_written_is_said_in_words(database_url: str) -> None:
    with pytest.raises(StorageUnavailable, match=r"/proc/none/a\.db can't be written"):
        await write_backup(database_url, Path("/proc/none/a.db"), NOW)


async def test_where_there_is_nothing_yet_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="nothing to back up"):
        await write_backup(f"sqlite:///{tmp_path}/none/collab.db", tmp_path / "a.db", NOW)
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "a.db").exists()


async def test_a_backup_is_of_one_moment_while_others_write(
    filled: Database, database_url: str, tmp_path: Path
) -> None:
    """Each transaction moves a row from the first table that is copied to the last ones, or back."""
    ends = asyncio.Event()

    async def write() -> int:
        number = 0
        while not ends.is_set():
            number += 1
            async with filled.sessions.begin(30) as session:
                prompt = (await session.scalars(select(t.Prompt))).one()
                await add_pair(session, prompt, number)
        return number

    writing = asyncio.create_task(write())
    for round_ in range(3):
        file = tmp_path / f"{round_}.db"
        await write_backup(database_url, file, NOW)
        held = rows_of(as_database(file))
        pairs = len([row for row in held["channel"] if "pair" in repr(row)])
        assert len(held["reflection"]) == 1 + pairs
    ends.set()
    assert await writing > 3


async def add_pair(session: AsyncSession, prompt: t.Prompt, number: int) -> None:
    session.add(t.Channel(workspace_id="T1", id=f"pair {number}", name="pair"))
    session.add(answer_to(prompt, f"pair {number}", "pair"))
    await session.flush()


async def test_a_database_of_an_older_version_is_backed_up_as_it_is(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/collab.db"
    engine = make_engine(parse_address(address))
    await migrate(engine, "0001")
    await engine.dispose()
    with closing(sqlite3.connect(tmp_path / "collab.db")) as raw, raw:
        raw.execute("INSERT INTO workspace (id, name, bot_id) VALUES ('T1', 'One', 'UB')")
    await write_backup(address, tmp_path / "a.db", NOW)
    with closing(sqlite3.connect(tmp_path / "a.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert raw.execute("SELECT id, name FROM workspace").fetchall() == [("T1", "One")]


def test_by_itself_it_goes_beside_the_database_with_the_time_in_its_name() -> None:
    assert default_file("sqlite:////srv/collab/collab.db", NOW) == Path(
        "/srv/collab/backups/collab-2026-09-06-120000.db"
    )
    assert default_file("postgresql://host/collab", NOW) == Path("data/backups/collab-2026-09-06-120000.db")


def test_two_backups_within_a_second_have_names_of_their_own(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/collab.db"
    first = default_file(address, NOW, "-before-restore")
    first.parent.mkdir()
    first.touch()
    second = default_file(address, NOW, "-before-restore")
    second.touch()
    third = default_file(address, NOW, "-before-restore")
    assert len({first, second, third}) == 3
    assert not third.exists()
