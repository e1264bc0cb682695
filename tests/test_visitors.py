"""A guest of the workspace, and somebody from another organisation: what they can do, and by what."""

from datetime import UTC, datetime
from io import StringIO

import pytest

from tests.support.pasts import ASKED_AT, Past, past_of
from tests.support.person import CIRCLE, RANDOM, Person, Sandbox, start_group, words

ENDED_AT = datetime(2026, 9, 8, 13, 1, tzinfo=UTC)
REMINDED_AT = datetime(2026, 9, 5, 1, tzinfo=UTC)  # Friday is over where they are

Everybody = dict[str, Person]
REFUSED = "restricted_action"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database: who somebody is asks nothing special of it."""
    return sqlite_url


async def asks(sandbox: Sandbox, people: Everybody) -> None:
    everybody = await sandbox.everybody()
    assert len(everybody) == len(people) + 2
    await start_group(everybody["Ana"], members=[person.id for person in everybody.values()])
    await sandbox.go_to(ASKED_AT)


@pytest.fixture
def past(request: pytest.FixtureRequest) -> Past | None:
    return past_of(request.fixturenames, {"asked": Past("visitors", asks)})


@pytest.fixture
async def asked(sandbox: Sandbox, people: Everybody) -> Everybody:  # noqa: ARG001 - there has to be a bot
    """A group of everybody in the channel, whose first questions are open."""
    return await sandbox.everybody()


async def answers(person: Person, text: str, sees: str) -> str:
    """By the prompt's button in the channel; what is said to that."""
    assert (await person.presses("answer", channel=CIRCLE))["ok"]
    sent = await person.sends(**{"answer-0": text, "sees": sees})
    assert sent["ok"], sent
    said = words(await person.sees_modal())
    await person.closes()
    return said


async def reads_all(sandbox: Sandbox, person: Person) -> str:
    await sandbox.go_to(ENDED_AT)
    prompt = next(m for m in await person.reads() if "Before we meet" in words(m["blocks"]))
    await person.presses("responses", prompt, channel=CIRCLE)
    return words(await person.sees_modal())


@pytest.mark.parametrize("who", ["Gwen", "Hugo"])
async def test_they_answer_by_the_button_in_the_channel_with_their_name(
    sandbox: Sandbox, asked: Everybody, who: str
) -> None:
    visitor = asked[who]
    said = await answers(visitor, "We knock before we enter", "named")
    assert "We knock before we enter" in said
    assert "We knock before we enter" in await answers_again(visitor)
    read = await reads_all(sandbox, asked["Ben"])
    assert "We knock before we enter" in read
    assert visitor.id in read


async def answers_again(person: Person) -> str:
    """What stands in the form when they press the same button once more."""
    await person.presses("answer", channel=CIRCLE)
    shown = words(await person.sees_modal())
    await person.closes()
    return shown


async def test_they_answer_without_a_name_among_three(sandbox: Sandbox, asked: Everybody, logs: StringIO) -> None:
    texts = {"Gwen": "Nobody asked me before", "Hugo": "Our forms are longer", "Ben": "I skip the forms"}
    for who, text in texts.items():
        assert text in await answers(asked[who], text, "anonymous")
    await sandbox.go_to(ENDED_AT)
    assert (await asked["Ana"].presses("batch_read", channel="D0ANA"))["ok"]
    assert (await asked["Ana"].sends(decision="show"))["ok"]
    shown = [words(m["blocks"]) for m in await sandbox.posted() if "Our forms are longer" in words(m["blocks"])]
    assert len(shown) == 1
    assert all(text in shown[0] for text in texts.values())
    assert not any(asked[who].id in shown[0] or asked[who].name in shown[0] for who in texts)
    assert not [line for line in logs.getvalue().splitlines() if '"level": "error"' in line]


async def test_who_is_from_another_organisation_passes_changes_and_withdraws_by_buttons(asked: Everybody) -> None:
    hugo = asked["Hugo"]
    await hugo.presses("pass", channel=CIRCLE)
    assert "nobody sees who did" in words(await hugo.hears())
    await answers(hugo, "After all: by asking", "named")
    await hugo.presses("answer", channel=CIRCLE)
    assert (await hugo.sends(**{"answer-0": "By asking twice"}))["ok"]
    await hugo.presses_in_modal("withdraw")
    assert "By asking twice" not in words(await hugo.sees_modal())


async def test_who_is_from_another_organisation_has_no_command_no_message_and_no_home(
    sandbox: Sandbox, asked: Everybody
) -> None:
    hugo = asked["Hugo"]
    assert await hugo.types("reflect Hello") == f"error: {REFUSED}"
    assert (await sandbox.ask("home", **{"as": hugo.id}))["error"] == REFUSED
    state = await sandbox.state(hugo.id)
    assert [channel["id"] for channel in state["channels"]] == [CIRCLE]
    assert state["home"] is None
    await sandbox.go_to(REMINDED_AT)
    heard = [words([m["blocks"] for m in await one.dms()]) for one in asked.values() if one.id != hugo.id]
    assert any("Would you like to say something" in said for said in heard)  # the others
    calls = await sandbox.calls()
    tried = {c["method"] for c in calls if hugo.id in {c["args"].get(k) for k in ("users", "user_id", "channel")}}
    assert tried == set()  # what can't arrive is not sent either


async def test_a_guest_sees_the_channels_that_she_is_in_and_can_do_what_members_do(
    sandbox: Sandbox, asked: Everybody
) -> None:
    gwen = asked["Gwen"]
    seen = [channel["id"] for channel in (await sandbox.state(gwen.id))["channels"]]
    assert seen == [CIRCLE, "D0GWEN"]
    assert (await sandbox.ask("press", **{"as": gwen.id}, channel=RANDOM, ts="1.0", action_id="answer"))["ok"] is False
    assert "Thank you" in await gwen.types("reflect By watching first")
    assert "Trauma-informed care" in words(await gwen.home())
    assert "By watching first" in await gwen.mine()


async def test_who_comes_later_from_another_organisation_is_known_by_name(sandbox: Sandbox, people: Everybody) -> None:
    """They are asked for like everybody else, once; nobody lists the whole workspace."""
    await asks(sandbox, people)  # by this very bot: one that starts asks anew
    ana, hugo = people["Ana"], (await sandbox.everybody())["Hugo"]
    await sandbox.must("channel", op="create", channel="C0SHARED", name="shared", person=ana.id)
    for person in ("U0COLLAB", hugo.id):
        await sandbox.must("channel", op="join", channel="C0SHARED", person=person)
    await sandbox.settle()
    await start_group(ana, channel="C0SHARED", name="Shared", members=[ana.id, hugo.id])
    asked_for = [c["args"]["user"] for c in await sandbox.calls("users.info")]
    assert asked_for.count(hugo.id) == 1
    assert len(asked_for) == len(set(asked_for))
    assert await sandbox.calls("users.list") == []


async def test_everything_that_is_theirs_is_behind_a_button_in_the_channel(sandbox: Sandbox, asked: Everybody) -> None:
    hugo = asked["Hugo"]
    await answers(hugo, "Their intake takes an hour", "named")
    assert (await hugo.presses("more", channel=CIRCLE))["ok"]
    assert "meets next" in words(await hugo.hears())
    for button, shown in (
        ("home_mine", "Their intake takes an hour"),
        ("home_settings", "My settings"),
        ("home_mydata", "What I keep about you"),
        ("mydata_get", "Their intake takes an hour"),
    ):
        assert (await hugo.presses(button, channel=CIRCLE))["ok"], button
        seen = words(await hugo.sees_modal()) if await hugo.modal() else words(await hugo.hears())
        assert shown in seen, button
        await hugo.closes()
    await hugo.presses("mydata_erase", channel=CIRCLE)
    assert (await hugo.sends(sure=["yes"]))["ok"]
    await sandbox.go_to(ENDED_AT)
    assert "Their intake takes an hour" not in words([m["blocks"] for m in await sandbox.posted()])


async def test_whoever_leads_from_elsewhere_prepares_by_buttons_and_nothing_is_tried_by_dm(
    sandbox: Sandbox, people: Everybody
) -> None:
    ana, hugo = people["Ana"], (await sandbox.everybody())["Hugo"]
    members = [person.id for person in (*people.values(), hugo)]
    await start_group(ana, members=members, facilitation="designated", designated=hugo.id)
    await sandbox.go_to(ASKED_AT)
    for name in ("Ben", "Chen", "Dee"):
        await answers(people[name], f"Nobody knows that this is {name}'s", "anonymous")
    await sandbox.go_to(ENDED_AT)
    await hugo.presses("more", channel=CIRCLE)
    assert "You lead it" in words(await hugo.hears())
    await hugo.presses("batch_read", channel=CIRCLE)
    assert "Nobody knows that this is Ben's" in words(await hugo.sees_modal())
    await hugo.closes()
    await sandbox.go_to(datetime(2026, 9, 8, 15, 30, tzinfo=UTC))
    await hugo.presses("more", channel=CIRCLE)
    await hugo.presses("notes", channel=CIRCLE)
    assert (await hugo.sends(notes="We met at the river"))["ok"]
    assert (await hugo.sends())["ok"]
    assert "We met at the river" in words([m["blocks"] for m in await sandbox.posted()])
    calls = await sandbox.calls()
    opened = [call for call in calls if call["method"] == "conversations.open"]
    assert opened
    assert [call for call in opened if hugo.id in str(call)] == []
