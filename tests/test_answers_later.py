"""What becomes of answers later: given late, changed after they were shown, sent back, taken out; as people live it."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import sqlalchemy

from tests.support.backups import everything_in
from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Json, Person, Sandbox, buttons, start_group, words

CLOSED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)
AGENDA_AT = FIRST - timedelta(hours=2)
NOTICED_AT = CLOSED_AT - timedelta(hours=4)

Everybody = dict[str, Person]


async def answers(person: Person, text: str, sees: str = "anonymous", **more: str) -> str:
    """Fill in the form; what is said."""
    await person.presses("answer", channel=CIRCLE)
    sent = await person.sends(**{"answer-0": text, "sees": sees, **more})
    assert sent["ok"], sent
    said = words(await person.sees_modal())
    await person.closes()
    return said


async def thread(sandbox: Sandbox) -> list[Json]:
    """What stands in threads in the channel, beside the summary of what was answered in time."""
    inside = [m for m in await sandbox.posted() if m.get("thread_ts")]
    return [m for m in inside if "What we wrote" not in words(m["blocks"])]


async def agenda(sandbox: Sandbox) -> str:
    return next(words(m["blocks"]) for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda"))


async def told(person: Person) -> str:
    """All that the bot wrote to somebody."""
    return words([m["blocks"] for m in await person.dms()])


async def test_a_late_answer_stands_in_the_thread_until_its_author_takes_it_back(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ana, ben, chen, *_ = asked.values()
    await sandbox.go_to(AGENDA_AT)
    await ben.types("reflect Better late than never")
    assert "Answering has ended, so this comes late" in words(await ben.sees_modal())
    assert await thread(sandbox) == []
    assert (await ben.sends())["ok"]
    assert "It is shown as late." in words(await ben.sees_modal())
    await ben.closes()
    (late,) = await thread(sandbox)
    assert f"@{ben.id}  answers late:" in words(late["blocks"])
    assert "Better late than never" in words(late["blocks"])
    assert "Better late" not in await agenda(sandbox)
    assert "(late)" in await told(ana)  # her packet has everything

    await ben.types("mine")
    await ben.presses_in_modal("answer_edit")
    form = await ben.sees_modal()
    assert "without my name" not in words(form)
    await ben.sends(**{"answer-0": "Late, and thought over"})
    await ben.closes()
    (late,) = await thread(sandbox)
    assert "Late, and thought over (edited)" in " ".join(words(late["blocks"]).split())
    assert "Better late" not in await told(ana)

    await ben.presses("answer", channel=CIRCLE)  # “Answer late” below the questions
    await ben.sends(**{"answer-0": "Late, and thought over", "sees": "facilitator"})
    assert "It stood in the channel under your name" in words(await ben.sees_modal())
    await ben.closes()
    assert await thread(sandbox) == []
    assert "Late, and thought over" in await told(ana)
    assert "Late, and thought over" not in await chen.types("agenda")


async def test_an_answer_that_was_shown_is_changed_everywhere_even_long_after(
    sandbox: Sandbox, asked: Everybody
) -> None:
    _, ben, *_ = asked.values()
    said = await answers(ben, "Before the meeting", "named")
    assert "kept" in said
    await sandbox.go_to(AGENDA_AT)
    assert "Before the meeting" in await agenda(sandbox)
    await ben.types("mine")
    await ben.presses_in_modal("answer_edit")
    await ben.sends(**{"answer-0": "After second thoughts"})
    await ben.closes()
    assert "After second thoughts" in await agenda(sandbox)
    assert "(edited)" in await agenda(sandbox)
    assert "Before the meeting" not in await agenda(sandbox)

    await sandbox.go_to(FIRST + timedelta(days=30))  # two meetings later
    await ben.types("mine")
    assert (await ben.presses_in_modal("withdraw"))["ok"]
    everything = words([m["blocks"] for m in await sandbox.posted()])
    assert "After second thoughts" not in everything
    for person in asked.values():
        assert "After second thoughts" not in await told(person)


async def test_whom_an_answer_is_for_is_remembered(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben, *_ = asked.values()
    await answers(ben, "For her alone", "facilitator")
    await sandbox.go_to(FIRST + timedelta(days=12))
    said = await ben.types("reflect Again for one alone")
    assert "Who sees it: Only" in said
    await ben.presses("sees", channel=CIRCLE, value="anonymous")
    await sandbox.go_to(CLOSED_AT + timedelta(days=14))
    await ben.types("reflect More of it, and late")
    assert buttons((await ben.sees_modal())["blocks"])["sees"]["initial_option"]["value"] == "facilitator"


async def test_two_who_answer_without_a_name_are_told_in_time_and_nobody_else(
    sandbox: Sandbox, asked: Everybody, logs: StringIO
) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    await answers(ben, "Quiet words of one")
    await answers(chen, "Quiet words of another")
    await answers(dee, "By name", "named")
    await sandbox.go_to(NOTICED_AT)
    for person in asked.values():
        assert ("If fewer than 3 people have done so" in await told(person)) == (person in {ben, chen})
    assert "Quiet words" not in await told(ben)
    assert (await ben.presses("quiet_name"))["ok"]
    assert (await chen.presses("quiet_alone"))["ok"]
    await sandbox.go_to(AGENDA_AT)
    assert "Quiet words of one" in await agenda(sandbox)
    assert "Quiet words of another" not in await agenda(sandbox)
    assert "Quiet words of another" in await told(ana)
    assert "Quiet words" not in logs.getvalue()


async def test_a_text_goes_back_to_its_author_and_comes_again(sandbox: Sandbox, asked: Everybody) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    for person, text in ((ben, "One"), (chen, "Two, about Mrs Miller of Elm Street"), (dee, "Three")):
        await answers(person, text)
    await sandbox.go_to(CLOSED_AT)
    await ana.presses("batch_read")
    view = await ana.sees_modal()
    options = next(b for b in view["blocks"] if b.get("block_id") == "which")["element"]["options"]
    which = next(o["value"] for o in options if "Miller" in o["text"]["text"])
    wrong = await ana.sends(decision="return")
    assert "Which one goes back?" in wrong["errors"]["which"]
    wrong = await ana.sends(decision="return", which=which)
    assert "A few words" in wrong["errors"]["reason"]
    assert (await ana.sends(decision="return", which=which, reason="A client could be recognised"))["ok"]
    await ana.presses_in_modal("batch_read")
    assert "Miller" not in words(await ana.sees_modal())
    assert "With fewer than 3 answers, nothing is shown to:" in words(await ana.sees_modal())
    await ana.closes()

    for person in asked.values():
        assert ("A client could be recognised" in await told(person)) == (person == chen)
        assert ("would not be shown. Fewer than 3" in await told(person)) == (person in {ben, dee})
    await chen.presses("quiet_change")
    assert (await chen.sends(answer="Two, about somebody"))["ok"]
    await chen.closes()
    assert "Miller" not in await told(chen)
    assert "Some may have changed" not in await told(ana)
    await sandbox.go_on(3600)
    assert "Some may have changed" in await told(ana)
    for person in (ben, dee):
        assert "would not be shown" not in await told(person)
        assert "This is settled by now" in await told(person)

    await ana.presses("batch_read")
    assert (await ana.sends(decision="show"))["ok"]
    await ana.closes()
    await sandbox.go_on(60)
    assert "The answers without a name are approved: the group reads them in the agenda" in await told(ana)
    await sandbox.go_to(AGENDA_AT)
    for text in ("One", "Two, about somebody", "Three"):
        assert text in await agenda(sandbox)
    assert "The answers without a name were shown to the group" in await told(ana)
    for person in (ben, chen, dee):  # the alarm is taken back, and nothing is left to press
        assert "would not be shown" not in await told(person)
        assert "This is over." in await told(person)
        assert not {name for name in buttons([m["blocks"] for m in await person.dms()]) if name.startswith("quiet")}


async def says_thanks(reviewer: Person, *texts: str) -> None:
    """For some of the batch, one after the other."""
    await reviewer.presses("batch_read")
    for said in texts:
        view = await reviewer.sees_modal()
        options = next(b for b in view["blocks"] if b.get("block_id") == "which")["element"]["options"]
        assert "if they go out before you decide" in words(view)
        wrong = await reviewer.sends(decision="thank")
        assert "Which one do you say thanks for?" in wrong["errors"]["which"]
        which = next(o["value"] for o in options if o["text"]["text"] == said)
        assert (await reviewer.sends(decision="thank", which=which))["ok"]
        assert "if I can still find them" in words(await reviewer.sees_modal())
        await reviewer.presses_in_modal("batch_read")
    await reviewer.closes()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_thanks_for_a_text_without_a_name_reach_its_author_and_leave_no_trace_when_it_was_decided_on(
    sandbox: Sandbox, asked: Everybody, database_url: str, logs: StringIO
) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    for person in (ben, chen, dee):
        await answers(person, f"Quiet {person.name}")
    await sandbox.go_to(CLOSED_AT)
    await says_thanks(ana, f"Quiet {chen.name}", f"Quiet {chen.name}")
    await sandbox.settle()
    for person in asked.values():
        assert (await told(person)).count("thanks you for what you wrote without a name") == (person == chen)
    said = next(words(m["blocks"]) for m in await chen.dms() if "thanks you" in words(m["blocks"]))
    assert "Quiet" not in said  # nothing could take it out there, later
    assert ana.name not in said
    assert ana.id not in said
    assert "thanked" in everything_in(database_url)

    await ana.presses("batch_read")
    assert (await ana.sends(decision="show"))["ok"]
    await ana.closes()
    await sandbox.go_to(FIRST + timedelta(days=2))
    held = everything_in(database_url)
    assert f"Quiet {chen.name}" in held
    assert "thanked" not in held
    assert count_of(database_url, "appreciation") == 0
    assert "thanked" not in logs.getvalue()
    for person in asked.values():
        assert (await told(person)).count("thanks you for what you wrote without a name") == (person == chen)


def count_of(database_url: str, table: str) -> int:
    engine = look_into(database_url)
    with engine.connect() as connection:
        found = connection.scalar(sqlalchemy.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a name of ours
    engine.dispose()
    return int(found or 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_an_author_put_their_name_to_bears_no_thanks_that_were_given_to_nobody_in_particular(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    for person in (ben, chen, dee):
        await answers(person, f"Quiet {person.name}")
    await sandbox.go_to(CLOSED_AT)
    await says_thanks(ana, f"Quiet {chen.name}")
    await ana.presses("batch_read")
    view = await ana.sees_modal()
    options = next(b for b in view["blocks"] if b.get("block_id") == "which")["element"]["options"]
    which = next(o["value"] for o in options if o["text"]["text"] == f"Quiet {ben.name}")
    assert (await ana.sends(decision="return", which=which, reason="Too much of it"))["ok"]
    await ana.closes()
    await chen.presses("quiet_name")  # fewer than three are left
    await sandbox.go_to(FIRST + timedelta(days=2))
    assert f"@{ana.id}  said thanks" not in await told(chen)
    assert count_of(database_url, "appreciation") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_the_questions_never_came_the_batch_stands_below_the_agenda(
    sandbox: Sandbox, started: Everybody
) -> None:
    ana, *others = started.values()
    await sandbox.fail("chat.postMessage", "error:msg_blocks_too_long")
    await sandbox.go_to(ASKED_AT)
    for person in others[:3]:
        await person.types("reflect")
        assert (await person.sends(**{"answer-0": f"Quiet {person.name}", "sees": "anonymous"}))["ok"]
        await person.closes()
    await sandbox.go_to(AGENDA_AT)
    await ana.presses("batch_read")
    assert (await ana.sends(decision="show"))["ok"]
    await ana.closes()
    posted = await sandbox.posted()
    assert not [m for m in posted if "Before we meet" in words(m["blocks"])]
    below = next(m["ts"] for m in posted if words(m["blocks"]).startswith("Agenda"))
    (shown,) = [m for m in posted if "Quiet" in words(m["blocks"])]
    assert shown["thread_ts"] == below


async def test_conveners_hear_once_of_what_nobody_has_read_and_after_a_week_it_is_gone(
    sandbox: Sandbox, people: Everybody
) -> None:
    ana, ben, chen, dee, *_ = people.values()
    await start_group(ana, facilitation="designated", designated=ben.id)
    await sandbox.go_to(ASKED_AT)
    for person in (chen, dee, ana):
        await answers(person, f"Unread words of {person.name}")
    await sandbox.go_to(FIRST + timedelta(hours=1, minutes=1))
    assert (await told(ana)).count("nobody has decided on yet") == 1
    await sandbox.go_to(CLOSED_AT + timedelta(days=6))
    await ana.presses("batch_read")
    assert "Unread words" in words(await ana.sees_modal())
    await ana.closes()
    await sandbox.go_to(CLOSED_AT + timedelta(days=7, minutes=1))
    assert "Unread words" not in words([m["blocks"] for m in await sandbox.posted()])
    assert "nobody has decided on yet" not in await told(ana)
    assert "nothing was decided about them in time" in await told(ana)
    assert "batch_read" not in buttons([m["blocks"] for m in await ana.dms()])


async def test_a_convener_takes_answers_out_of_every_message(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    ana, ben, chen, dee, eli, farid = asked.values()
    await answers(ben, "Named and too much", "named")
    for person, text in ((chen, "Quiet and too much"), (dee, "Quiet one"), (eli, "Quiet two")):
        await answers(person, text)
    await sandbox.go_to(CLOSED_AT)
    await ana.presses("batch_read")
    await ana.sends(decision="show")
    await ana.closes()
    await sandbox.go_to(FIRST)
    await farid.types("reflect Late and too much")
    await farid.sends()
    await farid.closes()
    assert "Late and too much" in words(await thread(sandbox))
    await ana.types("responses")
    for _ in range(3):
        view = await ana.sees_modal()
        at = next(n for n, block in enumerate(view["blocks"]) if "too much" in words(block))
        row = view["blocks"][at + 1]
        value = next(e["value"] for e in row["elements"] if e["action_id"] == "take_out")
        assert (await ana.presses_in_modal("take_out", value=value, block_id=row["block_id"]))["ok"]
    assert "too much" not in words(await ana.sees_modal())
    await ana.closes()
    taken_out = "audit_entry WHERE what = 'answer_taken_out'"
    assert count_of(database_url, taken_out) == 3  # the record of it, without a word of theirs
    assert "too much" not in everything_in(database_url)
    assert "too much" not in words([m["blocks"] for m in await sandbox.posted()])
    assert "Quiet one" in await agenda(sandbox)
    assert "too much" not in await told(ana)
    await sandbox.go_to(FIRST + timedelta(days=1))  # each hears it in their own hours
    for person in (ben, farid):
        assert (await told(person)).count("took one of your answers out") == 1
    assert "took one of your answers out" not in await told(chen)  # nobody knows whose it was
    await ben.types("responses")
    assert "Quiet one" in words(await ben.sees_modal())
    assert "take_out" not in buttons(await ben.sees_modal())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_whoever_leads_reads_of_themselves_and_not_of_somebody_with_their_name(asked: Everybody) -> None:
    ana, ben, *_ = asked.values()
    await ana.presses("answer", channel=CIRCLE)
    assert "Only I see it, as I lead" in words(await ana.sees_modal())
    await ana.closes()
    assert "Who sees it: Only I see it, as I lead." in await answers(ana, "For myself", "facilitator")
    assert "Only I see it, as I lead" in await ana.mine()
    assert f"Who sees it: Only {ana.name} sees it." in await answers(ben, "For Ana", "facilitator")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_slack_opens_nothing_on_top_of_a_modal_it_says_so_and_keeps_the_way(
    sandbox: Sandbox, asked: Everybody
) -> None:
    _, ben, *_ = asked.values()
    await answers(ben, "My own words", "named")
    await ben.types("mine")
    for _ in range(2):
        await sandbox.fail("views.push", "error:internal_error")
        await ben.presses_in_modal("answer_edit")
        await sandbox.until(lambda: says_that_it_failed(ben))
        assert words(await ben.sees_modal()).count("Slack didn't open the form") == 1
        assert "My own words" in words(await ben.sees_modal())
    await ben.presses_in_modal("answer_edit")
    assert (await ben.sends(**{"answer-0": "Other words"}))["ok"]


async def says_that_it_failed(person: Person) -> bool:
    return "Slack didn't open the form" in words(await person.modal() or {})


async def test_saved_from_two_places_the_later_one_stands_and_the_other_is_given_back(asked: Everybody) -> None:
    _, ben, *_ = asked.values()
    await ben.presses("answer", channel=CIRCLE)  # on the phone, where it stays open
    await ben.types("reflect From the desk")
    sent = await ben.sends(**{"answer-0": "From the phone", "sees": "named"})
    assert sent["ok"], sent
    said = words(await ben.sees_modal())
    assert "you had saved this from another place" in said
    assert "From the desk" in said
    assert "From the phone" in said
    await ben.closes()
    await ben.types("mine")
    assert "From the desk" not in words(await ben.sees_modal())
