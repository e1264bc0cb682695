"""What people get wrong, and what Slack does: each has a clear answer in the right place, and nothing is lost."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.databases import held
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, RANDOM, Person, Sandbox, buttons, start_group, words
from tests.support.running import running, sandbox_settings

CLOSED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)
HOSTILE = "<!channel> <@U0ANA> <https://example.org> `code` *bold* _it_ ~no~ &amp;"

Everybody = dict[str, Person]


def ana_and_ben(people: Everybody) -> tuple[Person, Person]:
    ana, ben, *_ = people.values()
    return ana, ben


# ---- What somebody writes ----


async def test_what_nobody_could_read_is_no_answer(asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    for text in ("\u200b\u2060", "\u202e"):
        assert "There is nothing in it yet" in await ben.types(f"reflect {text}")


async def test_without_words_the_form_opens(asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.types("reflect    ")
    assert (await ben.sees_modal())["callback_id"] == "answer_form"


async def test_what_is_too_long_is_given_back_with_the_count(asked: Everybody) -> None:
    for ben, length in zip(ana_and_ben(asked), (3001, 10_000), strict=True):
        text = "word " * (length // 5) + "x" * (length % 5)
        said = await ben.types(f"reflect {text}")
        assert f"{len(text.strip()):,} characters; 3,000 fit" in said
        assert said.count("word") >= length // 5 - 1
        assert "nothing in it" not in await ben.mine()


async def test_what_can_be_read_is_kept(asked: Everybody) -> None:
    texts = ("🙂🙂", "שלום עולם", "مرحبا", "a\u0007b", "x" * 3000)
    for person, text in zip(asked.values(), texts, strict=False):
        kept = text.replace("\u0007", "")
        assert kept in await person.types(f"reflect {text}"), text
        assert kept in await person.mine(), text


async def test_nothing_in_a_text_takes_effect(sandbox: Sandbox, asked: Everybody) -> None:
    ana, ben = ana_and_ben(asked)
    await ben.presses("answer", channel=CIRCLE)
    assert (await ben.sends(**{"answer-0": HOSTILE}))["ok"]
    await sandbox.go_to(datetime(2026, 9, 8, 13, tzinfo=UTC))
    agenda = next(m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda"))
    assert HOSTILE in words(agenda["blocks"])
    assert "<!channel>" not in agenda["text"]
    assert f"<@{ana.id}>" not in agenda["text"].replace(f"led by <@{ana.id}>", "")


async def test_an_empty_form_is_no_answer_and_says_so_at_the_field(asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.presses("answer", channel=CIRCLE)
    answer = await ben.sends(**{"answer-0": "   "})
    assert not answer["ok"]
    assert "passing is an answer too" in answer["errors"]["answer-0"]


async def test_a_blank_or_long_topic_is_refused(asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    assert "301 characters; 300 fit" in await ben.types("park " + "x" * 301)
    assert "Nothing is parked" in await ben.types("park")


# ---- Setting up ----


async def test_times_that_make_no_sense_are_refused_at_their_field(people: Everybody) -> None:
    ana, _ = ana_and_ben(people)
    await ana.types("start")
    assert (await ana.sends(name="Us", purpose="To learn"))["ok"]
    good = {"frequency": "weekly", "first": "2026-09-08", "at": "10:00", "zone": "America/Chicago", "length": "60"}
    wrong: list[tuple[dict[str, str], str, str]] = [
        ({"length": "0"}, "length", "between 10 minutes and 8 hours"),
        ({"length": "-5"}, "length", "between 10 minutes and 8 hours"),
        ({"length": "481"}, "length", "between 10 minutes and 8 hours"),
        ({"first": "2026-08-30"}, "first", "in the past"),
        ({"first": "2026-08-31", "at": "08:59"}, "first", "in the past"),
        ({"zone": "Mars/Olympus"}, "zone", "don't know that time zone"),
        ({"frequency": "monthly_weekday", "first": "2026-09-29"}, "first", "a fifth Tuesday"),
        ({"frequency": "monthly_last", "first": "2026-09-15"}, "first", "not the last Tuesday"),
    ]
    for changes, field, says in wrong:
        answer = await ana.sends(**(good | changes))
        assert not answer["ok"], changes
        assert says in answer["errors"][field], changes
    assert (await ana.sends(**good))["ok"]  # the form is still there


async def test_a_blank_name_is_refused_at_its_field(people: Everybody) -> None:
    ana, _ = ana_and_ben(people)
    await ana.types("start")
    answer = await ana.sends(name="   ", purpose="To learn")
    assert "What should the group be called?" in answer["errors"]["name"]


async def test_members_have_to_be_people_who_are_here(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben = ana_and_ben(people)
    everybody = (await sandbox.state(ana.id))["people"]
    bot = next(p["id"] for p in everybody if p["is_bot"])
    gone = next(p["id"] for p in everybody if p["deleted"])
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=ben.id)
    await sandbox.settle()
    await ana.types("start")
    await ana.sends(name="Us", purpose="To learn")
    await ana.sends(frequency="weekly", first="2026-09-08", at="10:00", zone="America/Chicago", length="60")
    chen = list(people.values())[2]
    for members, says in (
        ([], ""),
        ([ana.id], "one more person"),
        ([ana.id, bot], "only people learn here"),
        ([ana.id, gone], "no longer has an account"),
        ([ana.id, ben.id], "Not in this channel yet"),
    ):
        answer = await ana.sends(members=members)
        assert not answer["ok"], members
        assert says in answer["errors"]["members"]
    answer = await ana.sends(members=[ana.id, chen.id], facilitation="designated", designated=ben.id)
    assert "has to be a member" in answer["errors"]["designated"]
    assert (await ana.sends(members=[ana.id, chen.id], facilitation="rotating"))["ok"]


async def test_a_form_that_was_closed_is_remembered(people: Everybody) -> None:
    ana, _ = ana_and_ben(people)
    await ana.types("start")
    await ana.sends(name="Circle of nine", purpose="To learn")
    await ana.closes()
    await ana.types("start")
    assert "Circle of nine" in words(await ana.sees_modal())


async def test_a_second_group_in_a_channel_is_refused(asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    assert "already has a collaborative: Trauma-informed care" in await ben.types("start")


async def test_two_people_who_start_at_once_make_one_group(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben = ana_and_ben(people)
    for person in (ana, ben):
        await person.types("start")
        await person.sends(name=f"Group of {person.name}", purpose="To learn")
        await person.sends(frequency="weekly", first="2026-09-08", at="10:00", zone="America/Chicago", length="60")
    both = {"members": [ana.id, ben.id], "facilitation": "rotating"}
    answers = await asyncio.gather(ana.sends(**both), ben.sends(**both))
    assert sorted(answer["ok"] for answer in answers) == [False, True]
    refused = next(answer for answer in answers if not answer["ok"])
    # Who is slower by a little finds the group, who is slower by less finds it at the last moment.
    assert re.search("already has a collaborative|just started a collaborative", str(refused["errors"]))
    assert len([m for m in await sandbox.posted() if "set up a learning" in words(m["blocks"])]) == 1


async def test_time_zones_are_found_by_a_city(people: Everybody) -> None:
    ana, _ = ana_and_ben(people)
    await ana.types("start")
    await ana.sends(name="Us", purpose="To learn")
    assert "Asia/Kolkata" in await ana.zones("kolk")
    assert "America/New_York" in await ana.zones("new york")
    assert await ana.zones("xyzzy") == []
    assert len(await ana.zones("a")) <= 100


# ---- Where and when ----


async def test_in_a_channel_without_the_bot_it_says_how_to_invite_it(people: Everybody) -> None:
    ana, _ = ana_and_ben(people)
    for command in ("", "start", "reflect hello", "agenda"):
        assert "/invite @Collab" in await ana.types(command, RANDOM)


async def test_outside_the_channel_it_offers_the_groups_that_one_is_in(sandbox: Sandbox, asked: Everybody) -> None:
    ana, ben = ana_and_ben(asked)
    said = await ben.types("", RANDOM)
    assert "Your group" in said
    assert "Trauma-informed care meets next" in " ".join(said.split())
    await ben.presses("answer", channel=RANDOM)
    assert (await ben.sends(**{"answer-0": "From elsewhere"}))["ok"]
    dm = next(c["id"] for c in (await sandbox.state(ana.id))["channels"] if c["kind"] == "dm")
    assert "Your group" in await ana.types("", dm)


async def test_after_an_invitation_it_can_start(sandbox: Sandbox, people: Everybody) -> None:
    ana, _ = ana_and_ben(people)
    state = await sandbox.state(ana.id)
    collab = next(p["id"] for p in state["people"] if p["is_bot"] and p["name"] == "Collab")
    await sandbox.must("channel", op="join", channel=RANDOM, person=collab)
    await sandbox.settle()
    await ana.types("start", RANDOM)
    assert (await ana.sees_modal())["callback_id"] == "start_what"


async def test_somebody_who_is_no_member_is_told_whom_to_ask(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben, *_, last = people.values()
    await start_group(ana, members=[ana.id, ben.id])
    assert "That is for the members of Trauma-informed care" in await last.types("reflect hello")
    await sandbox.go_to(ASKED_AT)
    await last.presses("answer", channel=CIRCLE)
    assert "Only members of the group" in words((await last.reads())[-1]["blocks"])


async def test_before_the_questions_it_says_when_they_come(people: Everybody) -> None:
    ana, ben = ana_and_ben(people)
    await start_group(ana)
    said = await ben.types("reflect too early")
    assert "The next question comes Thursday, September 3 at 9:00 AM (Central Time)" in said
    assert "too early" in said


async def test_a_form_sent_after_the_end_is_late_and_never_without_a_name(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.presses("answer", channel=CIRCLE)
    await sandbox.go_to(CLOSED_AT)
    answer = await ben.sends(**{"answer-0": "written slowly", "sees": "anonymous"})
    assert not answer["ok"]
    assert "Answering has ended" in answer["errors"]["sees"]
    assert (await ben.sees_modal())["state"]["values"]["answer-0"]["answer-0"]["value"] == "written slowly"
    assert (await ben.sends(**{"answer-0": "written slowly", "sees": "facilitator"}))["ok"]
    assert "It is shown as late." in words(await ben.sees_modal())


async def test_after_the_handover_an_answer_is_given_back(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.presses("answer", channel=CIRCLE)
    await sandbox.go_to(CLOSED_AT + timedelta(days=2))
    answer = await ben.sends(**{"answer-0": "written slowly"})
    assert not answer["ok"]
    assert "Answering has ended" in str(answer["errors"])
    assert (await ben.sees_modal())["state"]["values"]["answer-0"]["answer-0"]["value"] == "written slowly"


async def test_a_second_answer_asks_whether_to_add_or_replace(asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.types("reflect First thought")
    await ben.types("reflect Second thought")
    form = words(await ben.sees_modal())
    assert "First thought" in form
    assert "Second thought" in form
    assert (await ben.sends(how="add"))["ok"]
    await ben.closes()
    said = await ben.mine()
    assert "First thought\n\nSecond thought" in said
    await ben.types("reflect Third thought")
    await ben.sends(how="replace")
    await ben.closes()
    assert "First" not in await ben.mine()


async def test_a_button_of_an_old_message_says_where_things_stand(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    prompt = next(m for m in await sandbox.posted() if "answer" in buttons(m["blocks"]))
    value = buttons(prompt["blocks"])["answer"]["value"]
    await sandbox.go_to(CLOSED_AT + timedelta(days=2))
    for old in (value, "0" * 32):
        answer = await ben.presses("answer", prompt, channel=CIRCLE, blind=True, value=old)
        assert answer["ok"]
        said = words((await ben.reads())[-1]["blocks"])
        assert ("Answering has ended" if old == value else "no longer know") in said


# ---- The same thing twice, and two at once ----


async def test_the_same_payload_twice_changes_nothing(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.types("reflect Once")
    await sandbox.must("replay")
    await sandbox.settle()
    assert await ben.modal() is None
    assert (await ben.mine()).count("Once") == 1
    await ben.types("park A topic")
    await sandbox.must("replay")
    await sandbox.settle()
    assert (await ben.types("park")).count("A topic  –") == 1


async def test_adding_twice_by_the_same_form_adds_once(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.types("reflect One")
    await ben.types("reflect Two")
    await ben.sends(how="add")
    await sandbox.must("replay")
    await sandbox.settle()
    await ben.closes()
    assert "Two\n\nTwo" not in await ben.mine()


async def test_two_who_post_the_agenda_at_once_post_it_once(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben = ana_and_ben(people)
    await start_group(ana, facilitation="designated", designated=ben.id)  # Ben leads, Ana is the convener
    await sandbox.go_to(ASKED_AT)
    await ana.types("agenda")
    await ben.types("agenda")
    await asyncio.gather(ana.presses("agenda_post", channel=CIRCLE), ben.presses("agenda_post", channel=CIRCLE))
    await asyncio.gather(ana.sends(), ben.sends())
    await sandbox.settle()
    assert len([m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda")]) == 1
    said = [words(await person.sees_modal()) for person in (ana, ben)]
    assert sorted("is in the channel already" in one for one in said) == [False, True]


# ---- Unknown input ----


async def test_unknown_input_gets_usage_and_the_nearest_command(asked: Everybody) -> None:
    ana, _ = ana_and_ben(asked)
    for typed, says in (
        ("reflct hello", "/collab reflect"),
        ("AGENDA", "Your draft"),
        ("xyzzy", "I don't know"),
        ("help", "/collab park"),
    ):
        assert says in await ana.types(typed), typed


# ---- Slack in trouble ----


async def test_when_a_form_cannot_be_opened_it_says_so_privately(sandbox: Sandbox, asked: Everybody) -> None:
    kinds = ("ratelimited", "http_500", "reset", "error:internal_error")
    for person, kind in zip(asked.values(), kinds, strict=False):
        await sandbox.fail("views.open", kind)
        await person.presses("answer", channel=CIRCLE)
        assert "Slack didn't open the form" in words((await person.reads())[-1]["blocks"]), kind
        await person.presses("answer", channel=CIRCLE)
        assert (await person.sees_modal())["callback_id"] == "answer_form", kind


@pytest.mark.usefixtures("started_before")
async def test_when_slack_never_answers_it_says_so_privately(sandbox: Sandbox, database_url: str) -> None:
    async with running(sandbox_settings(sandbox, database_url, slack_timeout_seconds=1)):
        _, ben = ana_and_ben(await sandbox.people())
        await sandbox.go_to(ASKED_AT)
        await sandbox.fail("views.open", "hang")
        await ben.presses("answer", channel=CIRCLE)
        while not await ben.hears():  # it is said when Slack's time is over
            await sandbox.settle()
        assert "Slack didn't open the form" in words(await ben.hears())


@pytest.mark.both
@pytest.mark.usefixtures("started_before")
async def test_when_the_database_cannot_be_written_nothing_is_lost(sandbox: Sandbox, database_url: str) -> None:
    async with running(sandbox_settings(sandbox, database_url)):
        ana, ben = ana_and_ben(await sandbox.people())
        await sandbox.go_to(ASKED_AT)
        await ana.presses("answer", channel=CIRCLE)
    async with running(sandbox_settings(sandbox, database_url, save_seconds=0.5)):
        await _try_to_save(sandbox, database_url, ana, ben)
    async with running(sandbox_settings(sandbox, database_url)):  # the database answers again, however slowly
        assert (await ana.sends())["ok"]
        assert "in the form" in words(await ana.sees_modal())


async def _try_to_save(sandbox: Sandbox, database_url: str, ana: Person, ben: Person) -> None:
    async with held(database_url):
        answer = await sandbox.ask("command", **{"as": ben.id}, channel=CIRCLE, text="reflect kept in mind")
        form = await sandbox.ask(
            "submit", **{"as": ana.id}, view_id=(await ana.sees_modal())["id"], values={"answer-0": "in the form"}
        )
    assert "I couldn't save that just now" in words(answer["reply"])
    assert "kept in mind" in words(answer["reply"])
    assert "I couldn't save that just now" in str(form["errors"])
    assert (await ana.sees_modal())["state"]["values"]["answer-0"]["answer-0"]["value"] == "in the form"


async def test_a_text_is_given_back_when_its_form_cannot_be_opened(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben = ana_and_ben(asked)
    await ben.types("reflect First thought")
    await sandbox.fail("views.open", "http_500")
    await ben.types("reflect Second thought")
    said = words((await ben.reads())[-1]["blocks"])
    assert "Slack didn't open the form" in said
    assert "Second thought" in said
