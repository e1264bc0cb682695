"""What goes wrong around an answer: odd texts wherever they are shown again, and changes at the worst moment."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from tests.support.mydata import files_of
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, SUPERVISORS, Person, Sandbox, start_group, words

CLOSED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)
HANDED_ON = CLOSED_AT + timedelta(days=2)

ODD = (
    "<!channel> <@U0ANA> <#C0CIRCLE|x> <https://example.org|here> `code` *bold* &lt;b&gt;",
    "שלום עולם مرحبا 🙂👩‍👩‍👧‍👦 e\u0301",
    "=HYPERLINK(1) +1 -1 @sum, “quoted”\n\n\nand far below",
    "z" * 3000,
)
LIVE = ("<!channel>", "<#C0CIRCLE", "<https://example.org")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def shown_to(person: Person) -> list[str]:
    """Every place where somebody finds what was answered by name, each with all its words."""
    found = [await person.looks_at("responses"), words(await person.home())]
    for messages in (await person.reads(), await person.dms()):
        found.append(words([m["blocks"] for m in messages]))
        for message in messages:
            assert not [live for live in LIVE if live in message["text"]]
    return found


async def test_odd_texts_stand_everywhere_as_they_were_typed_and_take_no_effect(
    sandbox: Sandbox, people: dict[str, Person], logs: StringIO
) -> None:
    ana, *others = people.values()
    await start_group(ana)
    await sandbox.go_to(ASKED_AT)
    await sandbox.must("people", op="guest", person=others[3].id)
    for person, text in zip(others, ODD, strict=False):
        await person.presses("answer", channel=CIRCLE)
        assert (await person.sends(**{"answer-0": text}))["ok"]
        await person.closes()
    elsewhere = others[4]
    await sandbox.must("people", op="stranger", person=elsewhere.id)  # who has the buttons in the channel alone
    await elsewhere.presses("answer", channel=CIRCLE)
    assert (await elsewhere.sends(**{"answer-0": "From another organisation"}))["ok"]
    await elsewhere.presses_in_modal("answer_edit")
    assert (await elsewhere.sends(**{"answer-0": "From far away"}))["ok"]
    await elsewhere.closes()
    await sandbox.go_to(CLOSED_AT)
    assert "From far away" in words([m["blocks"] for m in await sandbox.posted()])
    read, _, in_channel, in_packet = await shown_to(ana)
    for person, text in zip(others, ODD, strict=False):
        assert text in read
        for place in (in_channel, in_packet):
            assert text[:100] in place  # long ones are cut there, with a way to the whole
        assert text in await person.mine()
        assert text[:100] in words(await person.home())
        assert text[:40] not in logs.getvalue()
    await others[0].types("mydata")
    await others[0].presses("mydata_get", channel=CIRCLE)
    await sandbox.until(lambda: has_files(others[0]))
    assert ODD[0] in (await files_of(others[0]))["collab-my-data.txt"]

    # Whoever changes their mind afterwards: the group sees it no more, and the one who leads does.
    second = others[1]
    await second.types("mine")
    await second.presses_in_modal("sees", value="facilitator")
    await second.closes()
    assert ODD[1] not in words([m["blocks"] for m in await sandbox.posted()])
    assert ODD[1] not in await others[2].looks_at("responses")
    assert ODD[1] in await ana.looks_at("responses")


async def has_files(person: Person) -> bool:
    return bool(await files_of(person))


async def test_what_is_withdrawn_while_the_summary_is_being_posted_does_not_stay_there(
    sandbox: Sandbox, people: dict[str, Person]
) -> None:
    ana, ben, chen, _, _, farid = people.values()
    await start_group(ana)
    await sandbox.go_to(ASKED_AT)
    await ben.types("reflect Taken back at the last moment")
    await chen.types("reflect Here to stay")
    await ben.types("mine")
    view = await ben.sees_modal()
    await farid.presses("answer", channel=CIRCLE)

    await sandbox.fail("chat.postMessage", "served_late", times=0, seconds=0.5)
    moving = asyncio.create_task(sandbox.go_to(CLOSED_AT))
    await sandbox.until(lambda: stands(sandbox, "What we wrote"))  # and the bot doesn't know it yet
    assert await stands(sandbox, "Taken back")
    assert (await sandbox.ask("press", **{"as": ben.id}, action_id="withdraw", view_id=view["id"]))["ok"]
    await moving
    await sandbox.no_faults()
    await sandbox.settle()
    assert not await stands(sandbox, "Taken back")
    assert await stands(sandbox, "Here to stay")

    # Whoever is not in the channel any more still takes back what is theirs.
    assert "leave it at that" in await chen.types("pass")
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=chen.id)
    await chen.home()
    await chen.presses_on_home("home_mine")
    await chen.presses_in_modal("withdraw")
    assert "It is taken back" in words(await chen.sees_modal())
    assert not await stands(sandbox, "Here to stay")

    # Somebody was taken out of the channel while their form lay open.
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=farid.id)
    while "Your next meetings" in words(await farid.home()):  # the bot hears of it a little later
        pass
    answer = await farid.sends(**{"answer-0": "Still in the form", "sees": "facilitator"})
    assert not answer["ok"]
    assert "no longer in the group's channel" in str(answer["errors"])
    assert (await farid.sees_modal())["state"]["values"]["answer-0"]["answer-0"]["value"] == "Still in the form"


async def stands(sandbox: Sandbox, said: str) -> bool:
    return said in words([m["blocks"] for m in await sandbox.posted()])


async def test_where_the_facilitator_is_the_only_other_member_nothing_without_a_name_is_shown(
    sandbox: Sandbox, people: dict[str, Person]
) -> None:
    ana, dee = people["Ana"], people["Dee"]
    await start_group(ana, channel=SUPERVISORS, members=[ana.id, dee.id])
    await sandbox.go_to(ASKED_AT)
    await dee.presses("answer", channel=SUPERVISORS)
    assert "that takes 3 people or more who answer that way, and there are 2 of you" in words(await dee.sees_modal())
    assert (await dee.sends(**{"answer-0": "Quiet, to one other", "sees": "anonymous"}))["ok"]
    await dee.closes()
    await sandbox.go_to(CLOSED_AT)
    assert "was not shown. Fewer than 3 people answered" in words([m["blocks"] for m in await dee.dms()])
    await sandbox.go_to(HANDED_ON)
    for place in await shown_to(ana):
        assert "Quiet, to one other" not in place
    assert "took part" not in words([m["blocks"] for m in await ana.reads(SUPERVISORS)])
