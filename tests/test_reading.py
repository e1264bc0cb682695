"""Reading what was answered, thanking for it, finding one's own again, as people do it in the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.pasts import ASKED, SHARED, Past, past_of
from tests.support.person import CIRCLE, Json, Person, Sandbox, buttons, start_group, words

CLOSED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)
AGENDA_AT = datetime(2026, 9, 8, 13, tzinfo=UTC)
NEXT_ASKED_AT = datetime(2026, 9, 17, 14, tzinfo=UTC)

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database: the queries themselves are tried on both (tests/services/test_reading.py)."""
    return sqlite_url


async def answer(sandbox: Sandbox, people: Everybody) -> None:
    _, ben, chen, dee, esi, _ = people.values()
    await ben.types("reflect Écouter d'abord, then *speak* @channel")
    await chen.types("reflect 50% of it is luck_and_patience")
    await dee.presses("answer", channel=CIRCLE)
    assert (await dee.sends(**{"answer-0": "Between us: I doubt it", "sees": "facilitator"}))["ok"]
    await dee.closes()
    await esi.presses("pass", channel=CIRCLE)
    await sandbox.go_to(CLOSED_AT)


ANSWERED = Past("reading-answered", answer, ASKED)


@pytest.fixture
def past(request: pytest.FixtureRequest) -> Past | None:
    return past_of(request.fixturenames, {"answered": ANSWERED} | SHARED)


@pytest.fixture
def answered(people: Everybody) -> Everybody:
    """Ben and Chen answered by name, Dee to Ana alone, Esi passed, Farid did nothing; answering has ended."""
    return people


async def thread(sandbox: Sandbox) -> list[str]:
    """What stands in threads, as words."""
    return [words(m["blocks"]) for m in await sandbox.posted() if m.get("thread_ts")]


async def summary(sandbox: Sandbox) -> str:
    (found,) = [said for said in await thread(sandbox) if "What we wrote" in said]
    return found


async def opens(person: Person) -> str:
    """Open the answers by the prompt's button, where there is one, and read what is there."""
    prompt = next(m for m in await person.reads() if "Before we meet" in words(m["blocks"]))
    await person.presses("responses", prompt, channel=CIRCLE)
    return words(await person.sees_modal())


# ---- Reading ----


async def test_everybody_reads_what_each_author_allowed(answered: Everybody) -> None:
    ana, ben, _, dee, esi, farid = answered.values()
    for reader in (ana, ben, dee, esi, farid):
        said = await opens(reader)
        assert "then *speak* @channel" in said
        assert "50% of it is luck_and_patience" in said
        assert ("Between us" in said) == (reader in (ana, dee))
        assert f"@{esi.id}" not in said
        assert f"@{farid.id}" not in said
        await reader.closes()


async def test_before_answering_ended_one_reads_ones_own_and_why(asked: Everybody) -> None:
    _, ben, chen, *_ = asked.values()
    await ben.types("reflect Mine alone for now")
    said = await ben.looks_at("responses")
    assert "Mine alone for now" in said
    assert "so that nobody is swayed" in said
    assert "Mine alone" not in await chen.looks_at("responses")


async def test_before_any_question_it_says_that_there_is_nothing_yet(started: Everybody) -> None:
    ana, *_ = started.values()
    assert "There is nothing here to read yet" in await ana.looks_at("responses")


async def test_answers_are_read_by_person_who_gave_their_name(answered: Everybody) -> None:
    ana, ben, chen, dee, esi, farid = answered.values()
    await opens(ana)
    await ana.presses_in_modal("responses_by", value="person")
    said = words(await ana.sees_modal())
    assert said.index(f"@{ben.id}") < said.index("Écouter") < said.index(f"@{chen.id}") < said.index("luck_and")
    for other in (dee, esi, farid):
        assert f"@{other.id}" not in said
    assert "Between us" not in said


async def test_answers_are_read_by_theme_over_all_meetings(sandbox: Sandbox, answered: Everybody) -> None:
    _, ben, *_ = answered.values()
    await sandbox.go_to(NEXT_ASKED_AT)
    await ben.types("reflect Second round")
    await sandbox.go_to(NEXT_ASKED_AT + timedelta(days=3))
    await ben.types("responses")
    assert "Écouter" not in words(await ben.sees_modal())
    await ben.presses_in_modal("responses_of", value="all")
    await ben.presses_in_modal("responses_by", value="theme")
    said = words(await ben.sees_modal())
    assert "Écouter" in said
    assert "Second round" in said
    assert "How we learn" in said


async def test_an_earlier_meeting_can_be_picked(sandbox: Sandbox, answered: Everybody) -> None:
    _, ben, *_ = answered.values()
    await sandbox.go_to(NEXT_ASKED_AT)
    await ben.types("responses")
    view = await ben.sees_modal()
    assert "Écouter" not in words(view)
    (earlier,) = [
        option["value"]
        for option in buttons(view["blocks"])["responses_of"]["options"]
        if "September 8" in option["text"]["text"]
    ]
    await ben.presses_in_modal("responses_of", value=earlier)
    assert "Écouter" in words(await ben.sees_modal())


FOUND = {
    "ECOUTER": ["Écouter"],
    "d'abord écouter": ["Écouter"],
    "%": ["luck"],
    "_": ["luck"],
    "e%r": [],
    "*speak*": ["Écouter"],
    "chen": ["luck"],
    "Between us": [],
    "<!channel>": [],
    "   ": ["Écouter", "luck"],
}


async def test_a_search_takes_words_as_they_are(answered: Everybody) -> None:
    *_, farid = answered.values()
    await opens(farid)
    for typed, finds in FOUND.items():
        assert (await farid.sends(words=typed))["ok"]
        said = words((await farid.sees_modal())["blocks"][2:])
        assert [known for known in ("Écouter", "luck") if known in said] == finds, typed
        assert ("Nothing here has these words" in said) == (not finds), typed


async def test_guests_and_people_from_elsewhere_read_by_the_button(sandbox: Sandbox, answered: Everybody) -> None:
    *_, esi, farid = answered.values()
    for op, person in (("guest", esi), ("stranger", farid)):
        await sandbox.must("people", op=op, person=person.id)
        assert "Écouter" in await opens(person)


async def test_who_was_removed_from_the_channel_reads_no_more(sandbox: Sandbox, answered: Everybody) -> None:
    *_, farid = answered.values()
    await opens(farid)
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=farid.id)
    await sandbox.settle()
    await farid.presses_in_modal("responses_by", value="person")
    said = words(await farid.sees_modal())
    assert "no longer in the group's channel" in said
    assert "Écouter" not in said


async def test_the_hub_leads_to_the_answers(answered: Everybody) -> None:
    _, ben, *_ = answered.values()
    assert "Read the answers" in await ben.types("")


async def test_on_home_a_private_word_comes_as_a_modal(sandbox: Sandbox, answered: Everybody) -> None:
    _, ben, *_ = answered.values()
    await sandbox.go_to(AGENDA_AT)
    await ben.home()
    await ben.presses_on_home("agenda")
    assert "The agenda for" in words(await ben.sees_modal())


# ---- The summary ----


async def test_the_summary_stands_in_the_thread_and_not_in_the_channel(sandbox: Sandbox, answered: Everybody) -> None:
    *_, esi, farid = answered.values()
    said = await summary(sandbox)
    assert "Écouter d'abord, then *speak* @channel" in said
    assert "4 people took part" in said
    assert "Between us" not in said
    assert f"@{esi.id}" not in said
    assert f"@{farid.id}" not in said
    prompt = next(m for m in await sandbox.posted() if "Before we meet" in words(m["blocks"]))
    assert [m["thread_ts"] for m in await sandbox.posted() if m.get("thread_ts")] == [prompt["ts"]]


async def test_when_nobody_answered_by_name_there_is_no_summary(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben, *_ = asked.values()
    await ben.presses("pass", channel=CIRCLE)
    await sandbox.go_to(CLOSED_AT)
    assert await thread(sandbox) == []


async def test_what_is_withdrawn_goes_out_of_the_summary_and_the_pages(sandbox: Sandbox, answered: Everybody) -> None:
    _, ben, chen, *_ = answered.values()
    await ben.types("mine")
    await ben.presses_in_modal("withdraw")
    await ben.closes()
    said = await summary(sandbox)
    assert "Écouter" not in said
    assert "luck_and_patience" in said
    assert "Écouter" not in await opens(chen)


async def test_the_facilitator_may_post_what_we_wrote_before_the_end(sandbox: Sandbox, asked: Everybody) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    await ben.types("reflect First thoughts")
    await ana.types("agenda")
    await ana.presses("answers_share", channel=CIRCLE)
    assert "First thoughts" in words(await ana.sees_modal())
    assert await thread(sandbox) == []
    await ana.sends()
    assert "On its way" in words(await ana.sees_modal())
    await ana.closes()
    said = await summary(sandbox)
    assert "First thoughts" in said
    assert "took part" not in said
    assert "First thoughts" in await dee.looks_at("responses")
    await chen.types("reflect After the summary")
    assert "After the summary" in await summary(sandbox)
    await dee.types("reflect A third one")
    await sandbox.go_to(AGENDA_AT)
    assert "3 people took part" in await summary(sandbox)
    assert len([m for m in await sandbox.posted() if not m.get("thread_ts")]) == 3  # started, prompt, agenda


async def test_only_who_leads_may_post_what_we_wrote(asked: Everybody) -> None:
    ana, ben, *_ = asked.values()
    await ana.types("agenda")
    share = buttons((await ana.reads())[-1]["blocks"])["answers_share"]
    prompt = next(m for m in await ben.reads() if "Before we meet" in words(m["blocks"]))
    await ben.presses("answers_share", prompt, channel=CIRCLE, blind=True, value=share["value"])
    assert "the facilitator's to do" in words(await ben.hears())


# ---- Thanks ----


async def thank(person: Person, *, take_back: bool = False) -> Json:
    """Thank for the first answer that there is."""
    await opens(person)
    answer = await person.presses_in_modal("unthank" if take_back else "thank")
    assert answer["ok"]
    return await person.sees_modal()


def about_thanks(messages: list[Json]) -> list[str]:
    return [words(m["blocks"]) for m in messages if "thanked you" in words(m["blocks"])]


async def test_thanks_are_heard_once_a_day_in_the_afternoon_where_the_author_lives(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    await ben.types("reflect Worth a thank you")
    await sandbox.go_to(CLOSED_AT)
    for person in (chen, dee):
        assert "unthank" in buttons((await thank(person))["blocks"])
        await person.closes()
    assert about_thanks(await ben.dms()) == []
    await sandbox.go_to(datetime(2026, 9, 8, 20, 1, tzinfo=UTC))  # four in the afternoon in New York
    (said,) = about_thanks(await ben.dms())
    assert f"@{chen.id}  and  @{dee.id}" in said
    assert "Worth a thank you" in said
    assert not any(character in said.replace("@U0", "") for character in "23456789")
    await thank(ana)
    await sandbox.go_to(datetime(2026, 9, 9, 19, 59, tzinfo=UTC))
    assert len(about_thanks(await ben.dms())) == 1
    await sandbox.go_to(datetime(2026, 9, 9, 20, 1, tzinfo=UTC))
    _, second = about_thanks(await ben.dms())
    assert f"@{ana.id}" in second
    assert f"@{chen.id}" not in second


async def test_thanks_that_were_taken_back_in_time_are_not_heard(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben, chen, *_ = asked.values()
    await ben.types("reflect Worth a thank you")
    await sandbox.go_to(CLOSED_AT)
    await thank(chen)
    await chen.closes()
    assert "thank" in buttons((await thank(chen, take_back=True))["blocks"])
    await sandbox.go_to(datetime(2026, 9, 10, 1, tzinfo=UTC))
    assert about_thanks(await ben.dms()) == []


async def test_thanks_missed_while_the_bot_was_away_come_another_afternoon(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben, chen, *_ = asked.values()
    await ben.types("reflect Worth a thank you")
    await sandbox.go_to(CLOSED_AT)
    await thank(chen)
    await sandbox.go_to(datetime(2026, 9, 9, 6, tzinfo=UTC), leap=True)  # at night, and the afternoon was missed
    await sandbox.settle()
    assert about_thanks(await ben.dms()) == []
    await sandbox.go_to(datetime(2026, 9, 9, 20, 1, tzinfo=UTC))
    assert len(about_thanks(await ben.dms())) == 1


async def test_nobody_thanks_themselves_nor_for_what_has_no_name(answered: Everybody) -> None:
    ana, ben, *_ = answered.values()
    view_of_ana, view_of_ben = await opens_view(ana), await opens_view(ben)
    assert await how_many_thanks(view_of_ana) == 2  # for Ben's and Chen's; what Dee told her alone has no button
    assert await how_many_thanks(view_of_ben) == 1


async def opens_view(person: Person) -> Json:
    await opens(person)
    return await person.sees_modal()


async def how_many_thanks(view: Json) -> int:
    return sum("thank" in buttons(block) for block in view["blocks"])


# ---- My own ----


async def test_mine_shows_what_can_be_done_about_each(sandbox: Sandbox, answered: Everybody) -> None:
    _, ben, _, dee, *_ = answered.values()
    await sandbox.go_to(NEXT_ASKED_AT)
    await ben.types("reflect The newest")
    await ben.types("mine")
    view = await ben.sees_modal()
    said = words(view)
    assert said.index("The newest") < said.index("Écouter")
    assert "without your name" in said
    rows = [set(buttons(block)) for block in view["blocks"] if block["type"] == "actions"]
    assert rows == [{"answer_edit", "withdraw", "sees"}] * 2
    assert "Between us" in await dee.mine()


async def test_one_form_after_the_other_stays_within_slacks_stack_and_nothing_old_is_left_below(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ben = asked["Ben"]
    await ben.types("reflect Words 0")
    await ben.types("mine")
    for number, depth in ((1, 2), (2, 3), (3, 3)):
        await ben.presses_in_modal("answer_edit")
        assert (await ben.sees_modal())["callback_id"] == "answer_form"
        assert len((await sandbox.state(ben.id))["modals"]) == depth
        assert (await ben.sends(**{"answer-0": f"Words {number}"}))["ok"]
        assert f"Words {number}" in words(await ben.sees_modal())
    await sandbox.must("close", **{"as": ben.id}, view_id=(await ben.sees_modal())["id"])
    assert await ben.modal() is None


async def test_an_anonymous_answer_is_mine_until_answering_ends(sandbox: Sandbox, asked: Everybody) -> None:
    _, *others = asked.values()
    for person in others[:3]:
        await person.presses("answer", channel=CIRCLE)
        await person.sends(**{"answer-0": f"Quiet {person.id}", "sees": "anonymous"})
        await person.closes()
    ben = others[0]
    said = await ben.mine()
    assert f"Quiet {ben.id}" in said
    assert said.count("Quiet") == 1
    await sandbox.go_to(CLOSED_AT)
    assert "Quiet" not in await ben.mine()


async def test_a_batch_is_read_in_the_pages_once_it_was_shown(sandbox: Sandbox, asked: Everybody) -> None:
    ana, *others = asked.values()
    for person in others[:3]:
        await person.presses("answer", channel=CIRCLE)
        await person.sends(**{"answer-0": f"Quiet {person.id}", "sees": "anonymous"})
        await person.closes()
    await sandbox.go_to(CLOSED_AT)
    assert "Quiet" not in await opens(others[0])
    assert "Quiet" not in await opens(ana)
    await ana.presses("batch_read")
    await ana.sends(decision="show")
    await ana.closes()
    assert "Quiet" not in await opens(others[0])  # they come with the agenda
    await sandbox.go_to(AGENDA_AT)
    for person in (ana, others[0], others[4]):
        view = await opens_view(person)
        said = words(view)
        assert said.count("Quiet") == 3
        assert said.count("without a name") == 3
        assert not {"thank", "unthank"} & set(buttons(view["blocks"]))
        await person.presses_in_modal("responses_by", value="person")
        assert "Quiet" not in words(await person.sees_modal())
        await person.closes()


# ---- Shortcuts ----


async def test_a_message_of_ones_own_becomes_an_answer(asked: Everybody) -> None:
    _, ben, chen, *_ = asked.values()
    message = await ben.says(f"Thanks <@{chen.id}>: 1 < 2 & *bold* <!channel>")
    assert (await ben.uses("use_as_reflection", message))["ok"]
    form = await ben.sees_modal()
    text = form["state"]["values"]["answer-0"]["answer-0"]["value"]
    assert text == f"Thanks @{chen.name}: 1 < 2 & *bold* @channel"
    assert (await ben.sends())["ok"]
    await ben.closes()
    assert "1 < 2 & *bold*" in await ben.mine()


async def test_a_second_message_asks_whether_to_add_or_replace(asked: Everybody) -> None:
    _, ben, *_ = asked.values()
    await ben.types("reflect First")
    await ben.uses("use_as_reflection", await ben.says("Second"))
    assert (await ben.sees_modal())["callback_id"] == "answer_again"
    await ben.sends(how="add")
    await ben.closes()
    assert "First\n\nSecond" in await ben.mine()


async def test_a_message_longer_than_an_answer_says_that_it_was_cut(asked: Everybody) -> None:
    _, ben, *_ = asked.values()
    await ben.uses("use_as_reflection", await ben.says("word " * 900))
    form = await ben.sees_modal()
    assert "longer than an answer can be" in words(form)
    assert (await ben.sends())["ok"]


async def test_other_peoples_and_bots_messages_are_kindly_refused(asked: Everybody) -> None:
    _, ben, chen, *_ = asked.values()
    prompt = next(m for m in await ben.reads() if "Before we meet" in words(m["blocks"]))
    for message, says in ((await chen.says("Chen's own"), "somebody else's words"), (prompt, "by an app")):
        await ben.uses("use_as_reflection", message)
        said = words((await ben.hears())[-1])
        assert says in said
        assert "/collab reflect" in said


async def test_where_there_is_no_group_it_says_so(asked: Everybody) -> None:
    dee = asked["Dee"]
    for channel, says in (("C0RANDOM", "/invite @Collab"), ("G0SUPERS", "no collaborative")):
        await dee.uses("use_as_reflection", await dee.says("My words", channel), channel)
        assert says in words((await dee.hears(channel))[-1])


async def test_with_no_open_question_it_says_when(sandbox: Sandbox, answered: Everybody) -> None:
    ben = answered["Ben"]
    await ben.uses("use_as_reflection", await ben.says("My words"))
    assert "Answering has ended" in words((await ben.hears())[-1])
    await ben.uses("answer_anywhere")
    assert "Nothing is open for you just now" in words(await ben.sees_modal())
    assert sandbox.address


async def test_from_anywhere_the_one_open_question_opens(asked: Everybody) -> None:
    ben = asked["Ben"]
    await ben.uses("answer_anywhere")
    assert (await ben.sees_modal())["callback_id"] == "answer_form"


async def test_from_anywhere_several_groups_are_listed_those_not_answered_first(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ana, dee = asked["Ana"], asked["Dee"]
    await start_group(ana, channel="G0SUPERS", name="Supervisors", members=[ana.id, dee.id])
    await sandbox.settle()
    await dee.types("reflect Done here")
    await dee.uses("answer_anywhere")
    said = words(await dee.sees_modal())
    assert said.index("Supervisors") < said.index("Trauma-informed care")
    assert "See or change my answer" in said
    await dee.presses_in_modal("answer")
    assert (await dee.sees_modal())["callback_id"] == "answer_form"


async def test_people_from_elsewhere_have_no_shortcuts(sandbox: Sandbox, asked: Everybody) -> None:
    farid = asked["Farid"]
    message = await farid.says("Hello")
    await sandbox.must("people", op="stranger", person=farid.id)
    for answer in (await farid.uses("use_as_reflection", message), await farid.uses("answer_anywhere")):
        assert answer == {"ok": False, "error": "restricted_action"}
