"""A group whose people come and go: it is always led, always looked after, and those whom it concerns hear of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.person import CIRCLE, RANDOM, Person, Sandbox, words

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def hears(person: Person, about: str) -> list[str]:
    return [said for m in await person.dms() if about in (said := words(m["blocks"]))]


async def reads(sandbox: Sandbox, about: str) -> list[str]:
    return [said for m in await sandbox.posted() if about in (said := words(m["blocks"]))]


async def hub(person: Person) -> str:
    return await person.types("")


async def test_a_group_goes_on_when_its_leader_is_away_and_its_convener_leaves(
    sandbox: Sandbox, started: Everybody
) -> None:
    ana, ben, chen = started["Ana"], started["Ben"], started["Chen"]
    assert len(await hears(ana, "You lead the next meeting")) == 1
    assert f"@{ana.id}  leads the first one" in (await reads(sandbox, "set up a learning"))[0]

    await ana.types("settings")
    assert (await ana.sends(away="2026-09-09"))["ok"]
    await ana.closes()
    assert len(await hears(ben, "You lead the next meeting")) == 1
    (said,) = await hears(ana, "You don't lead")
    assert "since you are away on that day" in said
    assert f"@{ben.id}  leads it" in said
    assert await hears(ana, "You lead the next meeting") == []
    assert len(await hears(ana, "This is out of date")) == 1
    assert f"@{ben.id}  leads the first one" in (await reads(sandbox, "set up a learning"))[0]
    assert "You lead it" in await hub(ben)

    await sandbox.go_to(FIRST + timedelta(hours=1, minutes=1))
    assert len(await hears(ben, "Thank you for leading")) == 1
    assert await hears(ana, "Thank you for leading") == []
    await ben.presses("notes")
    assert (await ben.sends(notes="We met"))["ok"]
    assert (await ben.sends())["ok"]  # as it was looked at
    await ben.closes()
    (handed,) = await reads(sandbox, "Handing over")
    assert f"Thank you  @{ben.id}  for leading" in handed
    assert f"led by  @{ana.id}" in handed  # skipped and not punished

    await sandbox.must("people", op="deactivate", person=ana.id)
    await sandbox.settle()
    (handed,) = await reads(sandbox, "Handing over")
    assert f"led by  @{chen.id}" in handed
    assert len(await hears(chen, "You lead the next meeting")) == 1
    assert "no convener any more" in await hub(ben)
    assert "Name a convener" not in await hub(ben)

    await _ben_takes_over_and_adds_people(sandbox, started)


async def _ben_takes_over_and_adds_people(sandbox: Sandbox, people: Everybody) -> None:
    everybody = await sandbox.everybody()
    ben, chen = people["Ben"], people["Chen"]
    assert (await ben.presses("take_over", channel=CIRCLE))["ok"]
    assert len(await reads(sandbox, f"@{ben.id}  looks after")) == 1
    assert "no convener any more" not in await hub(chen)
    assert "Add people" in await ben.types("", RANDOM)  # outside of its channel too
    await ben.presses("members_add", channel=RANDOM)
    refused = await ben.sends(members=["U0CALENDAR"])
    assert "not in the channel, invite first" in refused["errors"]["members"]
    refused = await ben.sends(members=["U0COLLAB"])
    assert "only people learn here" in refused["errors"]["members"]
    refused = await ben.sends(members=[chen.id])
    assert "not in the group yet" in refused["errors"]["members"]
    gwen, hugo = everybody["Gwen"], everybody["Hugo"]
    assert (await ben.sends(members=[gwen.id, hugo.id, chen.id]))["ok"]
    said = words(await ben.sees_modal())
    assert "Gwen Adler and Hugo Brandt" in said
    assert "I can't write to Hugo Brandt" in said
    await ben.closes()
    assert len(await hears(gwen, "added you to")) == 1
    assert "meets next" in await hub(gwen)


async def test_who_erased_everything_can_be_added_again(sandbox: Sandbox, started: Everybody) -> None:
    ana, dee = started["Ana"], started["Dee"]
    await dee.types("mydata")
    await dee.presses("mydata_erase", channel=CIRCLE)
    assert (await dee.sends(sure=["yes"]))["ok"]
    await dee.closes()
    assert "Ask its convener to add you" in await hub(dee)
    await hub(ana)
    await ana.presses("members_add", channel=CIRCLE)
    refused = await ana.sends(members=[dee.id])
    assert "try again in a moment" in refused["errors"]["members"]
    await sandbox.settle()
    assert (await ana.sends(members=[dee.id]))["ok"]
    assert await hears(dee, "added you to") == []  # it is eight in the morning in Denver
    await sandbox.go_on(3600)
    assert len(await hears(dee, "added you to")) == 1
    assert "meets next" in await hub(dee)


async def test_who_is_back_after_a_deactivation_is_where_slack_has_them(sandbox: Sandbox, started: Everybody) -> None:
    chen = started["Chen"]
    assert "Your next meetings" in words(await chen.home())
    for op in ("deactivate", "activate"):  # Slack has taken them out of every channel
        await sandbox.must("people", op=op, person=chen.id)
        await sandbox.settle()
    assert "Your next meetings" not in words(await chen.home())
    await sandbox.must("channel", op="join", channel=CIRCLE, person=chen.id)
    assert "Your next meetings" in words(await chen.home())
