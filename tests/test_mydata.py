"""What is kept about me: all of it in files, erased to the last word, and not back after a restore; and retention."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import tables as t
from tests.support.backups import backed_up, everything_in, restored
from tests.support.databases import look_into
from tests.support.mydata import erases_everything, files_of
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Json, Person, Sandbox, start_group, words
from tests.support.running import running, sandbox_settings

FIRST, SECOND = datetime(2026, 9, 8, 15, tzinfo=UTC), datetime(2026, 9, 22, 15, tzinfo=UTC)

MINE = ("What I said at first", "What I said to one", "What I said to nobody", "A topic of mine")
"""Ben's words: in his name, to the facilitator, without a name, and parked."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def answers(person: Person, said: str, sees: str = "named") -> None:
    await person.presses("answer", channel=CIRCLE)
    assert (await person.sends(**{"answer-0": said, "sees": sees}))["ok"]
    await person.closes()


async def lives_through_a_meeting(sandbox: Sandbox, ana: Person, ben: Person) -> None:
    """Ben leads the first and writes for the second, whose questions are still open at the end."""
    await start_group(ben)
    await ben.types("park A topic of mine")
    await sandbox.go_to(ASKED_AT)
    await answers(ben, "What I said at first")
    await answers(ana, "What Ana said")
    await sandbox.go_to(FIRST + timedelta(days=2))
    await sandbox.go_to(SECOND - timedelta(days=3) + timedelta(hours=1))


async def has_files(person: Person) -> bool:
    return bool(await files_of(person))


async def reads(person: Person, said: str) -> bool:
    return any(said in words(m["blocks"]) for m in await person.dms())


async def has_no_messages(person: Person) -> bool:
    return not await person.dms()


async def in_messages(sandbox: Sandbox, but: str = "") -> str:
    """All that everybody's messages and Homes hold, what was whispered left out."""
    found: list[Json] = []
    for person in (await sandbox.people()).values():
        state = await sandbox.state(person.id)
        found += [m for c, ms in state["messages"].items() for m in ms if not m["ephemeral"] and c != but]
        found.append(state["home"] or {})
    return json.dumps(found, ensure_ascii=False)


async def test_a_topic_leaves_past_messages_with_somebody_who_did_nothing_but_park_it(
    sandbox: Sandbox, people: dict[str, Person]
) -> None:
    ana, _, _, dee, *_ = people.values()
    await start_group(ana)
    await dee.types("park A topic of mine")
    await sandbox.go_to(FIRST + timedelta(days=2))
    assert sum("A topic of mine" in words(m["blocks"]) for m in await sandbox.posted()) >= 2
    await erases_everything(dee)
    await sandbox.settle()
    for said in [words(m["blocks"]) for m in await sandbox.posted()]:
        assert "A topic of mine" not in said
        assert f"@{dee.id}" not in said


async def test_everything_comes_in_two_files(sandbox: Sandbox, people: dict[str, Person]) -> None:
    ana, ben, *_ = people.values()
    await lives_through_a_meeting(sandbox, ana, ben)
    await answers(ben, "What I said to nobody", "anonymous")
    said = await ben.types("mydata")
    assert "1 answer under your name" in said
    assert "1 answer without your name" in said
    assert "Trauma-informed care" in said
    await ben.presses("mydata_get", channel=CIRCLE)
    await sandbox.until(lambda: has_files(ben))
    files = await files_of(ben)
    assert sorted(files) == ["collab-my-data.json", "collab-my-data.txt"]
    kept = json.loads(files["collab-my-data.json"])["kept"]
    assert [row["text"] for row in kept["My answers"]] == ["What I said at first"]
    assert kept["My answers"][0]["group"] == "Trauma-informed care"
    assert kept["My answers"][0]["question"]
    for one in ("What I said at first", "What I said to nobody", "A topic of mine", "Ben Okafor"):
        assert one in files["collab-my-data.txt"]
        assert one in files["collab-my-data.json"]
    assert "What Ana said" not in str(files)
    assert await files_of(ana) == {}


async def test_when_slack_takes_no_file_it_says_so(sandbox: Sandbox, people: dict[str, Person]) -> None:
    ben = people["Ben"]
    await sandbox.fail("files.completeUploadExternal", "error:internal_error")
    await ben.types("mydata")
    await ben.presses("mydata_get", channel=CIRCLE)
    await sandbox.until(lambda: reads(ben, "couldn't send you your files"))
    assert await files_of(ben) == {}


async def test_what_was_erased_stands_nowhere_and_not_after_a_restore(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana, ben, chen, *_ = (await sandbox.people()).values()
        await lives_through_a_meeting(sandbox, ana, ben)
        await answers(ben, "What I said to one", "facilitator")
        await answers(chen, "What Chen said")
        file = await backed_up(sandbox, database_url, tmp_path)
        for person in (ana, ben):
            await person.home()
        assert "What I said at first" in words((await sandbox.state(ben.id))["home"])
        shown = await in_messages(sandbox)
        for one in ("What I said at first", "A topic of mine", ben.id):
            assert one in shown
        said = await erases_everything(ben)
        assert "Your 2 answers" in said
        assert f"@{ana.id}  becomes it" in said
        await sandbox.go_on(60)
        await sandbox.until(lambda: has_no_messages(ben))
        await nothing_is_left(sandbox, database_url, ben)
        assert "What Ana said" in await in_messages(sandbox)
        assert "A learning collaborative was set up" in await in_messages(sandbox)
        assert "in no group" in await ben.types("mydata")
    await restored(sandbox, database_url, tmp_path, str(file))
    held = everything_in(database_url)
    assert "What Ana said" in held
    for one in (*MINE, ben.id):
        assert one not in held
    async with running(settings):
        await sandbox.settle()
        await sandbox.go_to(SECOND + timedelta(days=2))
        shown = await in_messages(sandbox)
        for one in (*MINE, ben.id):
            assert one not in shown
        for one in MINE:
            assert one not in everything_in(database_url)


async def nothing_is_left(sandbox: Sandbox, database_url: str, ben: Person) -> None:
    held, shown = everything_in(database_url), await in_messages(sandbox)
    for one in (*MINE, ben.id, ben.name):
        assert one not in held
    for one in (*MINE, ben.id):
        assert one not in shown
    for file in Path(database_url.removeprefix("sqlite:///")).parent.glob("collab.db*"):
        for one in MINE:
            assert one.encode() not in file.read_bytes(), file.name


async def test_the_group_goes_on_with_somebody_who_can_mend_it(
    sandbox: Sandbox, people: dict[str, Person], database_url: str
) -> None:
    ana, ben, *_ = people.values()
    await start_group(ben, facilitation="designated", designated=ben.id)
    await erases_everything(ben)
    await sandbox.settle()
    engine = look_into(database_url)
    with engine.connect() as connection:
        assert list(connection.scalars(text("SELECT person_id FROM convener"))) == [ana.id]
        assert list(connection.scalars(text("SELECT facilitation FROM collaborative"))) == ["rotating"]
        leads = list(connection.scalars(text("SELECT facilitator_id FROM meeting")))
    engine.dispose()
    assert leads != [ben.id]
    assert leads != [None]
    await sandbox.go_to(FIRST + timedelta(days=2))
    assert [words(m["blocks"]) for m in await sandbox.posted() if "Handing over" in words(m["blocks"])]


async def test_a_group_with_nobody_left_in_it_ends(sandbox: Sandbox, people: dict[str, Person]) -> None:
    ana, ben, *_ = people.values()
    await start_group(ben, members=[ben.id, ana.id])
    assert f"@{ana.id}  becomes it" in await erases_everything(ben)
    said = await erases_everything(ana)
    assert "nobody else in it: it ends" in said
    before = len(await sandbox.posted())
    await sandbox.go_to(SECOND)
    assert len(await sandbox.posted()) == before
    assert "No collaborative lives in this channel yet" in await ana.types("")


@pytest.mark.usefixtures("started_before")
async def test_answers_are_kept_for_so_many_days(sandbox: Sandbox, database_url: str) -> None:
    async with running(sandbox_settings(sandbox, database_url, keep_reflections_days=10)):
        ana, ben, *others = (await sandbox.people()).values()
        await sandbox.go_to(ASKED_AT)
        await answers(ben, "Said early")
        for person in others[:3]:
            await answers(person, f"Said early by nobody, {person.name}", "anonymous")
        await sandbox.go_to(FIRST - timedelta(hours=1))
        await ana.presses("batch_read")
        await ana.sends(decision="show")
        await ana.closes()
        await others[3].types("reflect Said early, and late")
        await others[3].sends()
        await others[3].closes()
        await ben.home()
        for one in ("Said early by nobody", "Said early, and late"):
            assert one in await in_messages(sandbox)
        await sandbox.go_to(SECOND - timedelta(days=8))
        assert "Said early" in everything_in(database_url)
        await sandbox.go_to(SECOND - timedelta(days=3) + timedelta(hours=1))
        await answers(ben, "Said later")
        held = everything_in(database_url)
        assert "Said early" not in held
        assert "Said early" not in await in_messages(sandbox)
        assert "Said later" in held
        engine = look_into(database_url)
        with engine.connect() as connection:
            assert connection.execute(t.Erasure.__table__.select()).all()
        engine.dispose()
