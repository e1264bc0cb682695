"""Back up, go on, restore, run again: what was confirmed is there, what was erased is not, nothing is posted twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.backups import backed_up, everything_in, restored
from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Person, Sandbox, words
from tests.support.running import running, sandbox_settings

pytestmark = pytest.mark.long

FIRST, SECOND = datetime(2026, 9, 8, 15, tzinfo=UTC), datetime(2026, 9, 22, 15, tzinfo=UTC)
HEADINGS = ("set up a learning", "Before we meet", "Agenda", "Answered without a name", "Handing over")


async def counts(sandbox: Sandbox) -> dict[str, int]:
    posted = [words(m["blocks"]) for m in await sandbox.posted()]
    return {heading: len([said for said in posted if heading in said.split("!")[0][:80]]) for heading in HEADINGS}


def bytes_of(database_url: str) -> bytes:
    """The database's own files, its log among them, where it has files of its own."""
    if "sqlite" not in database_url:
        return b""
    file = Path(database_url.removeprefix("sqlite:///"))
    return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))


def keys_in(database_url: str) -> list[bytes]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        keys = list(connection.scalars(text("SELECT key FROM prompt WHERE key IS NOT NULL")))
    engine.dispose()
    return keys


async def answers(person: Person, said: str, sees: str = "named") -> None:
    assert "that is kept" in await person.types(f"reflect {said}")
    if sees != "named":
        await person.presses("sees", channel=CIRCLE, value=sees)


async def hand_off(sandbox: Sandbox, ana: Person) -> None:
    await sandbox.go_to(FIRST + timedelta(hours=1))
    await ana.presses("notes")
    assert (await ana.sends(notes="We agreed to begin with a round.", topics=""))["ok"]
    assert (await ana.sends())["ok"]
    await ana.closes()
    await sandbox.settle()


@pytest.mark.usefixtures("started_before")
async def test_after_a_restore_the_group_goes_on_where_it_was(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana, ben, chen, dee, *_ = (await sandbox.people()).values()
        await sandbox.go_to(ASKED_AT)
        await answers(ben, "Confirmed before the backup")
        await answers(chen, "Said too quickly")
        await answers(dee, "Signed at first")
        await answers(ana, "Nobody else said this", "anonymous")
        file = await backed_up(sandbox, database_url, tmp_path)
        assert b"Confirmed before the backup" in file.read_bytes()
        assert b"Nobody else said this" not in file.read_bytes()
        await chen.presses("withdraw", channel=CIRCLE)
        await dee.presses("sees", channel=CIRCLE, value="facilitator")
        await sandbox.go_on(60)
        # Answering has ended then, and the agenda is posted before its time.
        await sandbox.go_to(FIRST - timedelta(hours=5))
        await ana.types("agenda")
        await ana.presses("agenda_post", channel=CIRCLE)
        await ana.sends()
        await ana.closes()
        await hand_off(sandbox, ana)
        before = await counts(sandbox)
    assert before == dict(zip(HEADINGS, (1, 1, 1, 0, 1), strict=True))

    said = await restored(sandbox, database_url, tmp_path, str(file))
    assert "The backup, of 2026-09-03" in said
    held = everything_in(database_url)
    assert "Confirmed before the backup" in held
    for gone in ("Said too quickly", "Nobody else said this"):
        assert gone not in held
        assert gone.encode() not in bytes_of(database_url)

    async with running(settings):
        await sandbox.settle()
        for _ in range(3):
            await sandbox.go_on(5)
        await sandbox.go_to(FIRST + timedelta(days=2))  # nobody writes notes this time
        for _ in range(3):
            await sandbox.go_on(5)
        assert await counts(sandbox) == before
        (told,) = [m for m in await sandbox.posted() if "I was set up anew" in words(m["blocks"])]
        assert "If you answered without your name, and it was not shown to the group" in words(told["blocks"])
        assert told["thread_ts"]
        agenda = next(m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda"))
        assert "Signed at first" not in words(agenda["blocks"])
        await sandbox.go_to(SECOND + timedelta(days=2))
        assert await counts(sandbox) == dict(zip(HEADINGS, (1, 2, 2, 0, 2), strict=True))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("started_before")
async def test_when_the_database_is_lost_what_a_newer_backup_knows_is_erased_and_nothing_comes_twice(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana, ben, chen, *_ = (await sandbox.people()).values()
        await sandbox.go_to(ASKED_AT)
        await answers(ben, "Confirmed before the backup")
        await answers(chen, "Said too quickly")
        older = await backed_up(sandbox, database_url, tmp_path, "older.db")
        await chen.presses("withdraw", channel=CIRCLE)
        newer = await backed_up(sandbox, database_url, tmp_path, "newer.db")
        assert keys_in(database_url)
        assert not [key for key in keys_in(database_url) if key in older.read_bytes() + newer.read_bytes()]
        await ana.types("agenda")
        await ana.presses("agenda_post", channel=CIRCLE)
        await ana.sends()  # days before its time
        await ana.closes()
        before = await counts(sandbox)
    assert before["Agenda"] == 1

    lose(database_url)
    await restored(sandbox, database_url, tmp_path, str(older), "--erased", str(newer))
    assert "Confirmed before the backup" in everything_in(database_url)
    assert "Said too quickly" not in everything_in(database_url)
    async with running(settings):
        assert "Confirmed before the backup" in await ben.mine()
        await ben.presses("withdraw", channel=CIRCLE)  # its key is a new one, and it is his all the same
        await sandbox.go_to(FIRST - timedelta(hours=1))  # when the agenda is due
        for _ in range(3):
            await sandbox.go_on(5)
        assert await counts(sandbox) == before
        await sandbox.go_to(FIRST + timedelta(days=2))
        assert await counts(sandbox) == before | {"Handing over": 1}
    assert "Confirmed before the backup" not in everything_in(database_url)


def lose(database_url: str) -> None:
    file = Path(database_url.removeprefix("sqlite:///"))
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()


@pytest.mark.usefixtures("started_before")
async def test_where_history_cannot_be_read_a_person_is_asked_and_nothing_comes_twice(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    await sandbox.must("scopes", without=["channels:history", "groups:history"])
    database_url = f"sqlite:///{tmp_path}/data/collab.db"
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana = next(iter((await sandbox.people()).values()))
        file = await backed_up(sandbox, database_url, tmp_path)
        await sandbox.go_to(ASKED_AT)
        assert (await counts(sandbox))["Before we meet"] == 1
    await restored(sandbox, database_url, tmp_path, str(file))
    async with running(settings):
        await sandbox.settle()
        await ana.presses("post_is_there")
        for _ in range(3):
            await sandbox.go_on(5)
        assert (await counts(sandbox))["Before we meet"] == 1
        await sandbox.go_to(FIRST - timedelta(hours=1))
        await ana.presses("post_again")  # it was not there: the agenda had never been posted
        await sandbox.go_on(5)
        assert await counts(sandbox) == dict(zip(HEADINGS, (1, 1, 1, 0, 0), strict=True))
