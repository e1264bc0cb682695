"""How anonymous answers end, as people live it: what authors, reviewers and the group read then, and what is left."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import text

from bot.domain.anonymity import AUTHORS_ONLY
from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Json, Person, Sandbox, buttons, start_group, words
from tests.support.running import running, sandbox_settings

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def answers(person: Person, said: str, sees: str = "anonymous") -> None:
    await person.presses("answer", channel=CIRCLE)
    assert (await person.sends(**{"answer-0": said, "sees": sees}))["ok"]
    await person.closes()


async def told(person: Person) -> str:
    """All that the bot wrote to somebody, as it stands now."""
    return words([m["blocks"] for m in await person.dms()])


async def kept(person: Person) -> list[Json]:
    """What stays in their direct messages; what was said to them alone goes when they look elsewhere."""
    return [m for m in await person.dms() if not m["ephemeral"]]


async def to_press(person: Person) -> set[str]:
    """The buttons about anonymous answers that stand before somebody."""
    found = buttons([m["blocks"] for m in await person.dms()])
    return {name for name in found if name.startswith(("quiet", "batch"))}


async def in_channel(sandbox: Sandbox) -> str:
    return words([m["blocks"] for m in await sandbox.posted()])


STATE = "SELECT state FROM prompt JOIN anonymous_batch ON prompt_id = id WHERE closed_at IS NOT NULL"
STATE_AND_KEY = "SELECT state, key FROM prompt JOIN anonymous_batch ON prompt_id = id WHERE closed_at IS NOT NULL"


def rows(database_url: str, query: str) -> list[tuple[object, ...]]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def to_authors(database_url: str) -> list[tuple[object, ...]]:
    """The records of what only authors get: to whom, and what they tell."""
    found = rows(database_url, "SELECT recipient, kind, meeting_id, collaborative_id, arguments FROM delivery")
    return [row for row in found if row[1] in AUTHORS_ONLY]


def closed_at(database_url: str) -> datetime:
    ((found,),) = rows(database_url, "SELECT closed_at FROM prompt WHERE closed_at IS NOT NULL ORDER BY closed_at")
    return datetime.fromisoformat(str(found)).replace(tzinfo=UTC)


async def answering_ended(sandbox: Sandbox, database_url: str) -> datetime:
    """Go on until answering has ended."""
    while not rows(database_url, "SELECT 1 FROM prompt WHERE closed_at IS NOT NULL"):
        await sandbox.next_event()
    return closed_at(database_url)


async def pick(reviewer: Person, said: str) -> str:
    """The value of one text in the review."""
    view = await reviewer.sees_modal()
    options = next(b for b in view["blocks"] if b.get("block_id") == "which")["element"]["options"]
    return str(next(o["value"] for o in options if o["text"]["text"] == said))


async def erases_everything(person: Person) -> str:
    await person.types("mydata")
    await person.presses("mydata_erase", channel=CIRCLE)
    said = words(await person.sees_modal())
    assert (await person.sends(sure=["yes"]))["ok"]
    await person.closes()
    await person.sandbox.settle()
    return said


async def test_later_and_a_week_passes(sandbox: Sandbox, people: Everybody, database_url: str, logs: StringIO) -> None:
    """Authors hear it in time and can still choose; afterwards everybody reads what is so."""
    ana, ben, chen, dee, eli, farid = people.values()
    await start_group(ana, facilitation="designated", designated=ben.id)
    await sandbox.go_to(ASKED_AT)
    for person in (ana, chen, dee, farid):
        await answers(person, f"Quiet words of {person.name}")
    await answers(eli, "Named words", "named")
    closed = await answering_ended(sandbox, database_url)
    await ben.presses("batch_read")
    review = words(await ben.sees_modal())
    assert "If nobody decides by" in review
    await ben.closes()  # “Later”

    assert (await told(ben)).count("nobody has decided on yet") == 0
    await sandbox.go_to(closed + timedelta(days=4, minutes=1))  # Friday afternoon; authors hear it before the weekend
    assert (await told(ben)).count("nobody has decided on yet") == 1  # mostly it was only forgotten
    assert "nobody has decided yet" not in await told(chen)

    await sandbox.go_to(closed + timedelta(days=6, hours=8))
    for person in people.values():
        assert ("nobody has decided yet on the answers" in await told(person)) == (person not in {ben, eli})
    await chen.presses("quiet_leave")
    assert "As things stand there are enough: it can be shown with the others" in await told_or_whispered(chen)
    assert (await farid.presses("quiet_name"))["ok"]
    assert "nobody has decided yet" not in await told(farid)
    assert "You have settled this." in await told(farid)
    assert "not shown" not in await in_channel(sandbox)

    await sandbox.go_to(closed + timedelta(days=7, minutes=5))
    for person in (ben, ana):  # who leads, and the convener who was offered it
        assert "nothing was decided about them in time." in await told(person)
        assert "batch_read" not in await to_press(person)
    for person in (ana, chen, dee):
        assert "nothing was decided about the answers without a name in time" in await told(person)
        assert "In a week I empty this message" in await told(person)
        assert not await to_press(person)
    for person in (eli, farid):
        assert "nothing was decided about the answers without a name in time" not in await told(person)
    assert not await to_press(farid)
    said = await in_channel(sandbox)
    assert said.count("Some answered without a name. ") == 1
    assert said.count("nothing was decided about them in time.") == 2  # there, and in the summary
    assert "5 people took part" in said
    assert "Quiet words of Chen" not in said
    assert rows(database_url, "SELECT count(*) FROM reflection WHERE visibility = 'anonymous'") == [(0,)]
    assert rows(database_url, STATE_AND_KEY) == [("lapsed", None)]

    await erases_everything(chen)
    assert await kept(chen) == []
    await sandbox.go_to(closed + timedelta(days=15))
    assert "nothing was decided about the answers without a name in time" not in await told(dee)
    assert "This is over." in await told(dee)
    assert rows(database_url, "SELECT count(*) FROM delivery WHERE kind = 'dm_cleanup'") == [(0,)]
    assert "dm_cleanup" not in logs.getvalue()
    assert "batch_lapsing" not in logs.getvalue()


async def told_or_whispered(person: Person) -> str:
    """What stands before somebody in their direct messages, and what was said to them alone there."""
    state = await person.sandbox.state(person.id)
    return words([m["blocks"] for messages in state["messages"].values() for m in messages])


async def test_erase_them_asks_a_second_time_and_everybody_hears_what_is_so(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    ana, ben, chen, dee, eli, _ = asked.values()
    for person in (ben, chen, dee):
        await answers(person, f"Quiet words of {person.name}")
    await answers(eli, "Named words", "named")
    closed = await answering_ended(sandbox, database_url)
    await ana.presses("batch_read")
    assert (await ana.sends(decision="withhold"))["ok"]
    form = words(await ana.sees_modal())
    assert "Erase them?" in form
    assert "The group reads, in the thread" in form
    assert not (await ana.sends())["ok"]
    assert rows(database_url, STATE) == [("waiting",)]
    assert (await ana.sends(sure=["yes"]))["ok"]
    assert "They are erased, and were not shown." in words(await ana.sees_modal())
    await ana.closes()
    await sandbox.go_to(closed + timedelta(days=1))
    assert "The answers without a name were not shown to the group, and are erased." in await told(ana)
    for person in (ben, chen, dee):
        assert "It is erased, and nobody can read it any more." in await told(person)
    assert "It is erased" not in await told(eli)
    said = await in_channel(sandbox)
    assert "Some answered without a name.  The answers without a name were not shown" in said
    assert "took part" in said


async def test_where_too_few_are_left_showing_them_is_not_offered(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    for person in (ben, chen, dee):
        await answers(person, f"Quiet words of {person.name}")
    closed = await answering_ended(sandbox, database_url)
    await ana.presses("batch_read")
    which = await pick(ana, f"Quiet words of {chen.name}")
    assert (await ana.sends(decision="return", which=which, reason="A client could be recognised"))["ok"]
    await ana.presses_in_modal("batch_read")
    review = words(await ana.sees_modal())
    assert "Show them to the group" not in review
    assert "With fewer than 3 answers, nothing is shown to" in review
    await ana.closes()  # “Later”
    for person in (ben, dee):
        assert "would not be shown. Fewer than 3" in await told(person)
        await person.presses("quiet_leave")
        assert "Fewer than 3 are left as things stand" in await told_or_whispered(person)
    assert (await chen.presses("quiet_take_back"))["ok"]
    await ben.presses("quiet_name")
    await dee.presses("quiet_alone")
    await sandbox.go_to(closed + timedelta(hours=2))
    assert "nothing was shown, and nothing of it is kept" in await told(ana)
    assert "batch_read" not in await to_press(ana)
    assert rows(database_url, STATE) == [("none",)]
    for person in (ben, chen, dee):
        assert not await to_press(person)


async def test_what_the_erase_form_promises_is_so_for_who_had_every_kind_of_message(
    sandbox: Sandbox, started: Everybody, database_url: str
) -> None:
    ana, ben, chen, dee, *_ = started.values()
    await chen.types("settings")
    assert (await chen.sends(reminders="twice", where="dm"))["ok"]
    await chen.closes()
    await chen.types("park A topic of Chen's")
    await sandbox.go_to(ASKED_AT)
    for person in (ben, chen, dee):
        await answers(person, f"Quiet words of {person.name}")
    await sandbox.fail("files.completeUploadExternal", "error:internal_error")
    await chen.types("mydata")
    await chen.presses("mydata_get", channel=CIRCLE)
    await sandbox.until(lambda: reads(chen, "couldn't send you your files"))
    await answering_ended(sandbox, database_url)
    await ana.presses("batch_read")
    which = await pick(ana, f"Quiet words of {chen.name}")
    assert (await ana.sends(decision="thank", which=which))["ok"]
    await ana.presses_in_modal("batch_read")
    assert (await ana.sends(decision="return", which=which, reason="A client could be recognised"))["ok"]
    await ana.closes()
    assert "Your answer without a name came back." in await told(chen)
    assert "Somebody thanks you" in await told(chen)
    await ana.presses("batch_read")
    assert (await ana.sends(decision="withhold"))["ok"]  # too few are left to be shown
    assert (await ana.sends(sure=["yes"]))["ok"]
    await ana.closes()
    await sandbox.go_to(FIRST + timedelta(days=12))  # the next questions are open
    await answers(chen, "Named words of Chen", "named")
    await sandbox.go_to(FIRST + timedelta(days=14))
    await thanks_for(ben, "Named words of Chen")
    await sandbox.go_to(FIRST + timedelta(days=16))  # Chen leads the third meeting
    await takes_out(ana, "Named words of Chen")
    await sandbox.go_to(FIRST + timedelta(days=20))
    for kind in KINDS_TOLD:
        assert kind in await told(chen), kind

    said = await erases_everything(chen)
    assert "What I wrote to you in our direct messages." in said
    assert "The topics that you parked" in said
    assert "That you belong to Trauma-informed care: you leave." in said
    assert "a line that names nobody and nothing" in said
    await sandbox.go_on(120)
    assert "Trauma-informed care" not in words((await sandbox.state(chen.id))["home"])
    left = await kept(chen)
    for message in left:
        assert buttons(message["blocks"]) == {}
        assert words(message["blocks"]).startswith(("This is over.", "Answering has ended.", "Somebody thanks you"))
    for gone in ("Trauma", "Quiet words", "recognised", "couldn't send you your files", "A topic of Chen's"):
        assert gone not in words([m["blocks"] for m in left])
    assert "A topic of Chen's" not in await in_channel(sandbox)
    assert chen.id not in str(rows(database_url, "SELECT * FROM delivery"))
    assert rows(database_url, "SELECT count(*) FROM delivery WHERE kind = 'dm_cleanup'") == [(0,)]


KINDS_TOLD = (
    "thanked you",
    "took one of your answers out",
    "You lead the next meeting",
    "couldn't send you your files",
    "Somebody thanks you",
    "Answering has ended",  # the questions that came by direct message, and a reminder
)
"""What of each kind stands before Chen in the end. What was about anonymous answers is emptied by then."""


async def row_of(person: Person, said: str) -> tuple[str, dict[str, str]]:
    """The row of buttons below an answer among the group's: its block, and the value of each."""
    view = await person.sees_modal()
    at = next(n for n, block in enumerate(view["blocks"]) if said in words(block))
    row = next(block for block in view["blocks"][at:] if block["type"] == "actions")
    return row["block_id"], {e["action_id"]: e.get("value", "") for e in row["elements"]}


async def thanks_for(person: Person, said: str) -> None:
    await person.types("responses")
    block, values = await row_of(person, said)
    assert (await person.presses_in_modal("thank", block_id=block, value=values["thank"]))["ok"]
    await person.closes()


async def takes_out(person: Person, said: str) -> None:
    await person.types("responses")
    block, values = await row_of(person, said)
    assert (await person.presses_in_modal("take_out", block_id=block, value=values["take_out"]))["ok"]
    await person.closes()


async def reads(person: Person, said: str) -> bool:
    return said in await told(person)


async def test_who_erases_everything_before_the_end_leaves_nothing_behind_however_slack_answers(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    """With a text that came back, quoted in a message; Slack doesn't answer clearly at first."""
    ana, ben, chen, dee, eli, _ = asked.values()
    for person in (ben, chen, dee, eli):
        await answers(person, f"Quiet words of {person.name}")
    await answering_ended(sandbox, database_url)
    await ana.presses("batch_read")
    which = await pick(ana, f"Quiet words of {chen.name}")
    assert (await ana.sends(decision="return", which=which, reason="A client could be recognised"))["ok"]
    await ana.closes()
    assert "Quiet words of Chen" in await told(chen)
    await sandbox.fail("chat.delete", "error:internal_error", times=2)
    await erases_everything(chen)
    await sandbox.go_on(180)
    assert await kept(chen) == []
    assert "Quiet words of Chen" not in str(rows(database_url, "SELECT text FROM reflection"))
    await ana.presses("batch_read")
    assert "Quiet words of Chen" not in words(await ana.sees_modal())
    assert (await ana.sends(decision="show"))["ok"]
    await ana.closes()
    await sandbox.go_to(FIRST - timedelta(hours=2))
    shown: Json = next(m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda"))
    assert "Quiet words of Ben" in words(shown["blocks"])


async def test_too_few_while_it_is_open_is_told_once_and_nothing_of_it_follows_what_others_do(
    sandbox: Sandbox, people: Everybody, database_url: str, logs: StringIO
) -> None:
    ana, ben, chen, dee, *_ = people.values()
    await start_group(ana)
    await sandbox.go_to(ASKED_AT)
    for person in (ben, chen):
        await answers(person, f"Quiet words of {person.name}")
    while not await to_press(ben):
        await sandbox.next_event()
    assert await to_press(chen)

    async def stands() -> list[str]:
        return [words([m["blocks"] for m in await kept(person)]) for person in (ben, chen)]

    before = await stands()
    assert "If fewer than 3 people have done so" in await told(ben)
    assert "as things stand" not in await told(ben)

    await answers(dee, "Quiet words of Dee")
    await sandbox.go_on(3600)
    assert await stands() == before
    assert await to_press(dee)  # it is her own act
    await dee.types("mine")
    await dee.presses_in_modal("withdraw")
    await dee.closes()
    assert not await to_press(dee)
    await sandbox.go_on(3600)
    assert await stands() == before
    await sandbox.go_to(FIRST - timedelta(hours=20, minutes=10))  # ten minutes before it ends
    await chen.presses("quiet_name")
    await sandbox.go_on(60)
    assert "You have settled this." in await told(chen)
    assert (await stands())[0] == before[0]
    await answering_ended(sandbox, database_url)
    assert "was not shown. Fewer than 3 people answered that way" in await told(ben)
    for person in (ben, chen):
        assert not await to_press(person)
    assert "Some answered without a name" not in await in_channel(sandbox)
    said = [line for line in logs.getvalue().splitlines() if '"reminder"' in line and "planned" not in line]
    assert said == []  # what became of each would tell how many had answered
    assert '"kind":"prompt"' in logs.getvalue().replace(" ", "")


@pytest.mark.usefixtures("started_before")
async def test_when_the_app_is_removed_nothing_waits_for_its_return_and_then_the_group_is_asked_again(
    sandbox: Sandbox, database_url: str
) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana, ben, *_ = (await sandbox.people()).values()
        await sandbox.go_to(ASKED_AT)
        await answers(ben, "Quiet words of Ben")
        await answers(ana, "Named words", "named")
        await sandbox.must("app", op="uninstall")
        await sandbox.settle()
    assert rows(database_url, "SELECT key FROM prompt") == [(None,)]
    assert rows(database_url, "SELECT text FROM reflection") == [("Named words",)]
    await sandbox.must("app", op="install")
    async with running(settings):
        await sandbox.go_on(60)
        (told,) = [m for m in await sandbox.posted() if "I was set up anew" in words(m["blocks"])]
        assert "Please give yours again, now" in words(told["blocks"])
        assert told["thread_ts"]
        await answers(ben, "Quiet words of Ben, again")
        await ana.types("mine")
        assert "Named words" in words(await ana.sees_modal())
    assert len(rows(database_url, "SELECT 1 FROM reflection")) == 2


@pytest.mark.usefixtures("started_before")
async def test_between_the_end_and_slacks_word_nothing_tells_who_had_which_message(
    sandbox: Sandbox, database_url: str
) -> None:
    """The process ends just after the decision, while Slack changes no message."""
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana, ben, chen, dee, *_ = (await sandbox.people()).values()
        await sandbox.go_to(ASKED_AT)
        for person in (ben, chen, dee):
            await answers(person, f"Quiet words of {person.name}")
        await answering_ended(sandbox, database_url)
        await ana.presses("batch_read")
        which = await pick(ana, f"Quiet words of {chen.name}")
        assert (await ana.sends(decision="return", which=which, reason="A client could be recognised"))["ok"]
        await ana.closes()
        await chen.presses("quiet_change")
        assert (await chen.sends(answer="Other words"))["ok"]
        await chen.closes()
        await ana.presses("batch_read")
        await sandbox.fail("chat.update", "error:internal_error", times=40)
        assert (await ana.sends(decision="show"))["ok"]
        await ana.closes()
    assert await to_press(ben)
    assert {row[1:] for row in to_authors(database_url)} == {("dm_cleanup", None, None, '{"face": "over"}')}
    assert rows(database_url, STATE) == [("approved",)]
    await sandbox.no_faults()
    async with running(settings):
        await sandbox.go_on(300)
        for person in (ben, chen, dee):
            assert not await to_press(person)
            assert "This is over." in await told(person)
        assert to_authors(database_url) == []
        await erases_everything(ben)  # what is approved is not shown yet: it goes, and two are too few
        await sandbox.go_to(FIRST - timedelta(hours=1))
        said = await in_channel(sandbox)
        assert "Agenda" in said
        assert "Quiet words of" not in said
        assert "The answers without a name were not shown to the group" in said
        assert rows(database_url, STATE_AND_KEY) == [("withheld", None)]
        assert rows(database_url, "SELECT text FROM reflection") == []
