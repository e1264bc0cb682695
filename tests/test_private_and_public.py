"""What is for one person and what is for the group: who reads what, from when, and what changes where; as people live
it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.backups import everything_in
from tests.support.person import CIRCLE, Json, Person, Sandbox, buttons, words

ASKED_AT = datetime(2026, 9, 5, 14, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)
CLOSED_AT = FIRST - timedelta(hours=2)
OVER = FIRST + timedelta(hours=1, minutes=1)

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind is enough: who reads what is decided above it."""
    return sqlite_url


async def answers(person: Person, text: str, sees: str) -> str:
    """Fill in the form; what is said."""
    await person.presses("answer", channel=CIRCLE)
    sent = await person.sends(**{"answer-0": text, "sees": sees})
    assert sent["ok"], sent
    said = words(await person.sees_modal())
    await person.closes()
    return said


async def told(person: Person) -> str:
    """All that the bot wrote to somebody."""
    return words([m["blocks"] for m in await person.dms()])


async def changes(sandbox: Sandbox) -> list[Json]:
    """Every change that was made to a message in the channel."""
    return [call for call in await sandbox.calls("chat.update") if call["args"]["channel"] == CIRCLE]


async def test_nothing_in_the_channel_changes_when_somebody_answers_in_private(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ana, ben, chen, dee, esi, farid = asked.values()
    await answers(ben, "By name", "named")
    await ana.types("agenda")
    await ana.presses("answers_share", channel=CIRCLE)
    await ana.sends()
    await ana.closes()
    stands, before = await sandbox.posted(), await changes(sandbox)
    await answers(chen, "For one alone", "facilitator")
    await answers(chen, "For one alone, changed", "facilitator")
    await answers(dee, "Without a name", "anonymous")
    await esi.presses("pass", channel=CIRCLE)
    await sandbox.go_on(2 * 3600)
    assert await changes(sandbox) == before
    assert await sandbox.posted() == stands
    for reader in (ana, farid):
        everything = words([await reader.reads(), await reader.home(), await reader.dms()])
        assert "took part" not in everything
    await sandbox.go_to(CLOSED_AT)
    prompt = next(m for m in await sandbox.posted() if "Before we meet" in words(m["blocks"]))
    assert "4 people took part" in words(prompt["blocks"])
    before = await changes(sandbox)
    await answers(farid, "Late, for one alone", "facilitator")
    assert await changes(sandbox) == before
    assert "Late, for one alone" in await told(ana)


# ---- Notes ----


async def handoff(sandbox: Sandbox) -> str:
    return next(words(m["blocks"]) for m in await sandbox.posted() if "Handing over" in words(m["blocks"]))


WRITTEN = {"notes": "We begin with a round.", "for_next": "Go gently with silence.", "topics": "Burnout"}


async def test_notes_are_seen_before_they_are_posted_and_a_word_to_the_next_facilitator_stays_between_two(
    sandbox: Sandbox, started: Everybody
) -> None:
    ana, *others = started.values()
    await sandbox.go_to(OVER)
    following = await ana_looks_at_her_notes(sandbox, ana, others)
    await she_posts_them(sandbox, ana, following)
    await she_corrects_them(sandbox, ana, following)
    await ana.types("mydata")
    await ana.presses("mydata_erase", channel=CIRCLE)
    assert (await ana.sends(sure=["yes"]))["ok"]
    await sandbox.settle()
    assert "Go very gently" not in await told(following)
    assert "We begin with a word each." in await handoff(sandbox)  # the group's


async def ana_looks_at_her_notes(sandbox: Sandbox, ana: Person, others: list[Person]) -> Person:
    """Who leads next."""
    await ana.presses("notes")
    form = words(await ana.sees_modal())
    assert "Everybody in #learning-circle reads this" in form
    assert "not the group, no convener" in form
    wrong = await ana.sends(notes="Short", topics="x" * 301)
    assert "300 fit" in wrong["errors"]["topics"]
    assert (await ana.sends(**WRITTEN))["ok"]
    looked_at = words(await ana.sees_modal())
    assert "Nothing is posted yet" in looked_at
    assert "Post to #learning-circle" in looked_at
    public, _, private = looked_at.partition("reads this, in their packet")
    for part in ("Handing over", "We begin with a round.", "Burnout", "Tuesday, September 22"):
        assert part in public
    assert "Go gently with silence." in private
    assert not [m for m in await sandbox.posted() if "Handing over" in words(m["blocks"])]
    return next(person for person in others if f"led by  @{person.id}" in public)


async def she_posts_them(sandbox: Sandbox, ana: Person, following: Person) -> None:
    await ana.presses_in_modal("notes_back")
    assert "Go gently with silence." in words(await ana.sees_modal())
    await ana.sends(**WRITTEN | {"notes": "We begin with a long round."})
    await ana.closes()  # nothing is lost, and nobody reads it
    assert not [m for m in await sandbox.posted() if "Handing over" in words(m["blocks"])]
    await ana.presses("notes")
    assert "We begin with a long round." in words(await ana.sees_modal())
    assert (await ana.sends())["ok"]
    assert (await ana.sends())["ok"]
    assert "I announce the handover in #learning-circle now" in words(await ana.sees_modal())
    await ana.closes()
    assert "We begin with a long round." in await handoff(sandbox)
    packet = await told(following)
    assert f"From  @{ana.id} , who led last time Go gently with silence." in packet
    assert packet.index("Go gently") < packet.index("We begin with a long round.")
    assert f"@{ana.id} , who led last time" in await following.types("agenda")  # for whoever gets no messages too
    await only_these_read(sandbox, "Go gently", {ana.id, following.id})


async def she_corrects_them(sandbox: Sandbox, ana: Person, following: Person) -> None:
    await ana.presses("notes")
    await ana.sends(notes="We begin with a word each.", for_next="Go very gently.", topics="Rest")
    looked_at = words(await ana.sees_modal())
    assert "Nothing is changed yet" in looked_at
    assert "Rest" in looked_at.partition("come onto the next agenda")[2]
    await ana.sends()
    assert "I change the handover in #learning-circle now" in words(await ana.sees_modal())
    await ana.closes()
    for said in (await handoff(sandbox), await told(following)):
        assert "We begin with a word each." in said
        assert "a long round" not in said
    assert "Go very gently." in await told(following)
    assert "silence" not in await told(following)
    assert len([m for m in await sandbox.posted() if "Handing over" in words(m["blocks"])]) == 1
    await only_these_read(sandbox, "Go very gently", {ana.id, following.id})


async def only_these_read(sandbox: Sandbox, text: str, people: set[str]) -> None:
    """On every screen that anybody has."""
    for person in (await sandbox.everybody()).values():
        state = await sandbox.state(person.id)
        seen = words([state["messages"], [m["blocks"] for c in state["messages"].values() for m in c]])
        seen += await person.looks_at("notes")
        if person.id not in people:
            assert text not in seen, person.name


# ---- With a name and without ----


async def test_words_with_a_name_and_words_without_never_come_together(asked: Everybody, database_url: str) -> None:
    _, ben, chen, *_ = asked.values()
    await answers(chen, "Quiet words", "anonymous")
    await chen.uses("use_as_reflection", await chen.says("What I say aloud"))
    form = await chen.sees_modal()
    assert "people would know both for yours" in words(form)
    assert {o["value"] for o in buttons(form["blocks"])["sees"]["options"]} == {"named", "facilitator"}
    assert "how" not in buttons(form["blocks"])
    unasked = await chen.sends()
    assert "sees" in unasked["errors"]
    assert "Quiet words" in await chen.mine()
    await chen.uses("use_as_reflection", await chen.says("What I say aloud"))
    assert (await chen.sends(sees="named"))["ok"]
    kept = buttons((await chen.sees_modal())["blocks"])
    assert {o["value"] for o in kept["sees"]["options"]} == {"named", "facilitator"}
    await chen.closes()
    assert "Quiet words" not in everything_in(database_url)

    await chen.types("reflect Typed later")  # what was chosen last is without a name, and the earlier one bears it
    assert "initial_option" not in buttons((await chen.sees_modal())["blocks"])["sees"]
    wrong = await chen.sends(how="add", sees="facilitator")
    assert "seen by whoever sees your earlier answer" in wrong["errors"]["sees"]
    wrong = await chen.sends(how="add", sees="anonymous")
    assert "sees" in wrong["errors"]
    assert (await chen.sends(how="replace", sees="anonymous"))["ok"]
    await chen.closes()
    mine = await chen.mine()
    assert "Typed later" in mine
    assert "aloud" not in mine

    await ben.uses("use_as_reflection", await ben.says("Said in the channel"))
    form = await ben.sees_modal()
    assert "people would still know them for yours" in words(form)
    assert {o["value"] for o in buttons(form["blocks"])["sees"]["options"]} == {"named", "facilitator"}
    assert (await ben.sends(sees="facilitator"))["ok"]
    await ben.closes()
    await ben.presses("answer", channel=CIRCLE)
    assert "anonymous" not in str(buttons((await ben.sees_modal())["blocks"])["sees-0"])


async def test_a_form_changes_who_sees_an_answer_only_where_its_author_chose_so(asked: Everybody) -> None:
    _, ben, *_ = asked.values()
    await answers(ben, "Quiet words", "anonymous")
    await ben.presses("answer", channel=CIRCLE)
    blocks = [b for b in (await ben.sees_modal())["blocks"] if str(b.get("block_id")).startswith("answer-")]
    second = next(b for b in blocks if b["block_id"] == "answer-1")
    scale = second["element"].get("options")
    await ben.sends(**{"answer-1": scale[0]["value"] if scale else "Other words"})
    await ben.presses_in_modal("sees", value="named", block_id=await block_of(ben, ":1"))
    await ben.closes()
    await ben.presses("answer", channel=CIRCLE)
    view = await ben.sees_modal()
    stand = {name: view["state"]["values"][name][name]["selected_option"]["value"] for name in ("sees-0", "sees-1")}
    assert stand == {"sees-0": "anonymous", "sees-1": "named"}
    assert (await ben.sends(**{"answer-0": "Quieter words"}))["ok"]
    await ben.closes()
    mine = await ben.mine()
    assert mine.count("Who sees it: The group, without my name.") == 1
    assert mine.count("Who sees it: The group, with my name.") == 1


async def block_of(person: Person, end: str) -> str:
    return next(str(b["block_id"]) for b in (await person.sees_modal())["blocks"] if str(b["block_id"]).endswith(end))


async def test_what_comes_late_is_looked_at_before_it_stands_in_the_thread(sandbox: Sandbox, asked: Everybody) -> None:
    _, ben, chen, dee, esi, _ = asked.values()
    for person in (chen, dee, esi):
        await answers(person, f"Quiet {person.name}", "anonymous")
    await sandbox.go_to(CLOSED_AT)
    before = len(await sandbox.posted())
    assert await ben.types("reflect Late words") == ""
    assert "with your name in the questions' thread" in words(await ben.sees_modal())
    assert len(await sandbox.posted()) == before
    assert (await ben.sends())["ok"]
    await ben.closes()
    assert "Late words" in words((await sandbox.posted())[-1]["blocks"])

    await chen.types("reflect Late, and with a name")
    form = await chen.sees_modal()
    assert "It stays apart from what you write here" in words(form)
    assert "Quiet" not in words(form)


# ---- For one person alone ----


async def test_what_one_person_alone_may_read_names_them_and_says_from_when(asked: Everybody) -> None:
    ana, _, chen, *_ = asked.values()
    await chen.presses("answer", channel=CIRCLE)
    form = words(await chen.sees_modal())
    assert "Only Ana Ruiz: Ana Ruiz can read it at once, and nobody else ever can." in form
    assert "everybody in the channel when answering ends; whoever leads, and conveners, can already" in form
    await chen.closes()
    said = await answers(chen, "Between us", "facilitator")
    assert "Who sees it: Only Ana Ruiz sees it. They can read it already, and nobody else ever can." in said
    for screen in (await ana.looks_at("responses"), await ana.types("agenda")):
        assert "Between us" in screen
        assert "what somebody wrote for you alone" in screen or "I never post it" in screen
    home = words(await chen.home())
    assert home.index("For one person alone") < home.index("Between us") < home.index("Who sees it: Only Ana Ruiz.")
    assert "The group never sees these." in await chen.mine()
    await answers(chen, "For everybody", "named")

    draft = await ana.types("agenda")
    assert "Between us" not in draft
    await answers(chen, "Between us", "facilitator")
    draft = await ana.types("agenda")
    assert draft.index("For you alone") < draft.index("Between us") < draft.index("Your draft")
    await ana.presses("agenda_post", channel=CIRCLE)
    looked_at = words(await ana.sees_modal())
    assert "Nothing is posted yet" in looked_at
    assert "Between us" not in looked_at
    await ana.closes()


async def test_where_somebody_else_leads_the_author_of_what_was_not_read_is_asked(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ana, _, chen, _, esi, _ = asked.values()
    await answers(chen, "Read in time", "facilitator")
    assert "Read in time" in await ana.types("agenda")
    await answers(esi, "Not read by her", "facilitator")
    await ana.types("mydata")
    await ana.presses("mydata_erase", channel=CIRCLE)
    assert (await ana.sends(sure=["yes"]))["ok"]
    await sandbox.go_to(datetime(2026, 9, 7, 17, tzinfo=UTC))  # Monday, when everybody works
    assert "had not been read" not in await told(chen)
    asks = next(words(m["blocks"]) for m in await esi.dms() if "had not been read" in words(m["blocks"]))
    assert "If you do nothing, it stays with you alone." in asks
    assert "Not read by her" not in asks
    leads = next(p for p in asked.values() if f"@{p.id}  took over" in asks)
    for person in list(asked.values())[1:]:
        assert ("Not read by her" in await everything_of(person)) == (person is esi), person.name

    assert (await esi.presses("former_give"))["ok"]
    await sandbox.settle()
    assert "Not read by her" in await leads.types("agenda")
    assert "had not been read" not in await told(esi)
    assert "This is settled." in await told(esi)
    assert f"Who sees it: Only {leads.name} sees it." in await esi.mine()
    for person in list(asked.values())[1:]:
        assert ("Not read by her" in await everything_of(person)) == (person in {esi, leads}), person.name


async def everything_of(person: Person) -> str:
    """On every screen that somebody has."""
    looked_at = [await person.looks_at(screen) for screen in ("mine", "responses", "agenda", "mydata")]
    return words([await person.reads(), await person.home(), await person.dms()]) + " ".join(looked_at)
