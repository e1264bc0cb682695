"""`db backup` and `db restore` as somebody uses them: what is refused is said in words, and changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage import tables as t
from storage.backup import write_backup
from storage.database import open_database
from tests.support.commands import Ended, collab
from tests.support.databases import look_into
from tests.support.groups import settle_in

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)


async def filled(database_url: str, *workspaces: str) -> None:
    database = await open_database(database_url)
    async with database.sessions.begin(30) as session:
        for workspace in workspaces:
            await settle_in(session, workspace)
    await database.close()


async def restore(database_url: str, folder: Path, *arguments: str, answer: str = "") -> Ended:
    ended = await collab(folder, "db", "restore", *arguments, answer=answer, DATABASE_URL=database_url)
    assert "Traceback" not in ended.err
    return ended


def workspaces_in(database_url: str) -> list[str]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        found = sorted(connection.scalars(select(t.Workspace.id)))
    engine.dispose()
    return found


@pytest.fixture
async def backup(database_url: str, tmp_path: Path) -> Path:
    """A backup of a workspace that the database does not hold any more."""
    await filled(database_url, "T1")
    file = tmp_path / "a.db"
    await write_backup(database_url, file, NOW)
    await filled(database_url, "T2")
    return file


async def test_without_a_name_a_backup_goes_beside_the_database(tmp_path: Path) -> None:
    await filled(f"sqlite:///{tmp_path}/kept/collab.db", "T1")
    ended = await collab(tmp_path, "db", "backup", env_file="DATABASE_URL=sqlite:///kept/collab.db\n")
    assert ended.code == 0, ended.err
    (file,) = (tmp_path / "kept" / "backups").iterdir()
    assert f"Kept in kept/backups/{file.name}: 1 group, 1 meeting, 0 answers." in ended.out


async def test_a_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    await filled(f"sqlite:///{tmp_path}/collab.db", "T1")
    (tmp_path / "to").mkdir()
    url = f"sqlite:///{tmp_path}/collab.db"
    ended = await collab(tmp_path, "db", "backup", "to/a.db", before="ulimit -f 100", DATABASE_URL=url)
    assert ended.code == 1
    assert "to/a.db can't be written: is the disk full" in ended.err
    assert "Traceback" not in ended.err
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_asks_before_it_replaces_and_keeps_what_was_there(
    backup: Path, database_url: str, tmp_path: Path
) -> None:
    refused = await restore(database_url, tmp_path, str(backup), answer="n\n")
    assert refused.code == 1
    assert "There is now: 2 groups, 2 meetings, 0 answers." in refused.out
    assert "The backup, of 2026-09-06 12:00 UTC: 1 group, 1 meeting, 0 answers." in refused.out
    assert workspaces_in(database_url) == ["T1", "T2"]
    done = await restore(database_url, tmp_path, str(backup), answer="y\n")
    assert done.code == 0, done.err
    assert workspaces_in(database_url) == ["T1"]
    (kept,) = (tmp_path / "data" / "backups").glob("*-before-restore.db")
    assert (await restore(database_url, tmp_path, str(kept), "--yes")).code == 0
    assert workspaces_in(database_url) == ["T1", "T2"]


async def test_while_collab_runs_nothing_is_restored(backup: Path, database_url: str, tmp_path: Path) -> None:
    running = await open_database(database_url)
    ended = await restore(database_url, tmp_path, str(backup), "--yes")
    await running.close()
    assert ended.code == 1
    assert "running on this database" in ended.err
    assert workspaces_in(database_url) == ["T1", "T2"]
    assert (await restore(database_url, tmp_path, str(backup), "--yes")).code == 0


async def test_a_backup_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is a shopping list, and a long one at that\n" * 100)
    ended = await restore(f"sqlite:///{tmp_path}/data/collab.db", tmp_path, "a.db", "--yes")
    assert ended.code == 1
    assert ended.err == "a.db is no backup, or is damaged. Nothing was changed.\n"
    assert not (tmp_path / "data").exists()
