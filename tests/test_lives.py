"""Groups that live otherwise than the journey's: late starts, one who always leads, people who leave, notes twice."""

from datetime import UTC, datetime, timedelta

from tests.support.person import CIRCLE, Person, Sandbox, start_group, words

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)

Everybody = dict[str, Person]


async def headings(sandbox: Sandbox) -> list[str]:
    """What was posted in the channel, in order, by its first words."""
    known = ("set up a learning", "Before we meet", "Agenda", "Handing over")
    posts = [words(m["blocks"]) for m in await sandbox.posted() if not m["thread_ts"]]
    return [next(k for k in known if k in post) for post in posts]


async def handoffs(sandbox: Sandbox) -> list[str]:
    return [words(m["blocks"]) for m in await sandbox.posted() if "Handing over" in words(m["blocks"])]


async def test_a_group_that_meets_in_twenty_minutes_is_asked_at_once(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben, *_ = people.values()
    await start_group(ana, first="2026-08-31", at="09:20")
    assert await headings(sandbox) == ["set up a learning", "Before we meet"]
    assert "kept" in await ben.types("reflect Quickly said")
    await sandbox.go_on(16 * 60)
    assert await headings(sandbox) == ["set up a learning", "Before we meet", "Agenda"]
    assert "Quickly said" in words((await sandbox.posted())[-1]["blocks"])


async def test_who_is_designated_leads_every_time(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben, *_ = people.values()
    await start_group(ana, facilitation="designated", designated=ben.id)
    await sandbox.go_to(FIRST + timedelta(days=16))
    said = await handoffs(sandbox)
    assert len(said) == 2
    assert all(f"Thank you  @{ben.id}" in one and f"led by  @{ben.id}" in one for one in said)
    assert any("You lead the next meeting" in words(m["blocks"]) for m in await ben.dms())
    assert not any("You lead" in words(m["blocks"]) for m in await ana.dms())


async def test_who_left_is_not_asked_to_lead(sandbox: Sandbox, started: Everybody) -> None:
    _, ben, chen, *_ = started.values()
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=ben.id)
    await sandbox.must("people", op="deactivate", person=chen.id)
    await sandbox.go_to(FIRST + timedelta(days=2))
    (said,) = await handoffs(sandbox)
    assert f"led by  @{ben.id}" not in said
    assert f"led by  @{chen.id}" not in said
    assert "led by  @" in said


async def test_notes_that_come_twice_hand_over_once(sandbox: Sandbox, started: Everybody) -> None:
    ana, *_ = started.values()
    await sandbox.go_to(FIRST + timedelta(hours=1))
    await ana.presses("notes")
    first = await ana.sends(notes="First", topics="One\nOne\nTwo")
    assert first["ok"], first
    assert (await ana.sends())["ok"]
    await ana.closes()
    await ana.presses("notes")
    second = await ana.sends(notes="Second thoughts", topics="Two")
    assert second["ok"], second
    assert (await ana.sends())["ok"]
    await sandbox.go_on(60)
    assert len(await handoffs(sandbox)) == 1
    assert (await ana.types("park")).count("Two  –") == 1
    await sandbox.go_to(FIRST + timedelta(days=2))
    assert len(await handoffs(sandbox)) == 1


async def test_a_meeting_cannot_be_handed_over_before_it_began(started: Everybody) -> None:
    ana, *_ = started.values()
    assert "The meeting is still to come" in await ana.types("notes")


async def test_months_go_by_their_weekday(sandbox: Sandbox, people: Everybody) -> None:
    ana, *_ = people.values()
    await start_group(ana, frequency="monthly_weekday")
    await sandbox.go_to(FIRST + timedelta(days=37))
    said = await handoffs(sandbox)
    days = ("Tuesday, October 13", "Tuesday, November 10")
    assert [day in one for day, one in zip(days, said, strict=True)] == [True] * 2
