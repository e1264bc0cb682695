"""What is for one person and what is for the group: who reads what, from when, and what changes where; as people live
it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.person import CIRCLE, Json, Person, Sandbox, start_group, words

ASKED_AT = datetime(2026, 9, 5, 14, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)
CLOSED_AT = FIRST - timedelta(hours=2)
OVER = FIRST + timedelta(hours=1, minutes=1)

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind is enough: who reads what is decided above it."""
    return sqlite_url


@pytest.fixture
async def asked(sandbox: Sandbox, people: Everybody) -> list[Person]:
    """A group of six whose first questions are open; Ana convenes it and leads."""
    await start_group(next(iter(people.values())))
    await sandbox.go_to(ASKED_AT)
    return list(people.values())


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
    sandbox: Sandbox, asked: list[Person]
) -> None:
    ana, ben, chen, dee, esi, farid = asked
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
    sandbox: Sandbox, people: Everybody
) -> None:
    ana, *others = people.values()
    await start_group(ana)
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
