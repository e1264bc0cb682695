"""The worked example, loaded by the page's button, and every screen of one person's work with their answers in it."""

import asyncio
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.workspace import Workspace
from tests.support.person import Person, Sandbox, start_group, words

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.soak]

Everybody = dict[str, Person]

ALMOST_CLOSED = datetime(2026, 10, 16, 19, 59, 30, tzinfo=UTC)  # on Friday; they meet on Monday
AGENDA_POSTED = datetime(2026, 10, 19, 13, 5, tzinfo=UTC)
"""Of the fourth meeting's questions: it is at ten o'clock in Chicago on that day."""

TOPICS = ("Front desk", "Intake letters")


async def test_a_group_in_its_fourth_meeting(
    sandbox: Sandbox, people: Everybody, browser: Browser, pytestconfig: pytest.Config
) -> None:
    await sandbox.must("limits", on=False)
    people = await sandbox.everybody()
    page = await Workspace.open(browser, sandbox.address, PICTURES)
    await it_is_loaded_by_a_button(page, people["Ben"])
    await three_meetings_went_by(sandbox, people)
    await the_homes(page, people)
    await answering(page)
    await what_is_mine(page)
    await from_another_organisation(page, people["Hugo"])
    await reminding_and_reviewing(sandbox, page, people)
    await what_was_said(page, people)
    if pytestconfig.getoption("--soak"):  # for the picture; pages of Home are turned in test_home.py
        await many_groups(sandbox, page, people)
    await the_faults(page)
    assert page.troubles == []


async def it_is_loaded_by_a_button(page: Workspace, ben: Person) -> None:
    await page.become(ben)
    await expect(await page.go_home()).to_contain_text("You can start one in #learning-circle")
    await page.picture("20-home-empty")
    await page.page.get_by_test_id("example").click()
    await expect(page.page.get_by_test_id("example")).to_be_hidden(timeout=100_000)
    await page.dismiss("Its questions are open")


async def three_meetings_went_by(sandbox: Sandbox, people: Everybody) -> None:
    said = [words(m["blocks"]) for m in await sandbox.posted()]
    asked = [text for text in said if text.startswith("Before we meet")]
    assert ["Answering has ended" in text for text in asked] == [True, True, True, False]
    for heading in ("Agenda", "Handing over", "What we wrote"):
        assert sum(text.startswith(heading) for text in said) == 3, heading
    agendas = [text for text in said if text.startswith("Agenda")]
    assert ["Answered without a name" in text for text in agendas] == [True, True, True]
    assert people["Dee"].id in next(text for text in reversed(said) if text.startswith("Handing over"))
    assert any(people["Hugo"].id in text for text in said if text.startswith("What we wrote"))
    for who in ("Ana", "Ben", "Esi"):
        assert any("thanked you" in words(m["blocks"]) for m in await people[who].dms()), who
    assert await sandbox.ask("example") == {"ok": False, "error": "already_begun"}


async def the_homes(page: Workspace, people: Everybody) -> None:
    await page.go_to_channel()
    await page.picture("21-example-channel")
    await expect(await page.go_home()).to_contain_text("you took part")
    await page.picture("22-home-answered")
    await page.become(people["Dee"])
    home = await page.go_home()
    await expect(home).to_contain_text("Answer now")
    await page.picture("23-home-open")


async def answering(page: Workspace) -> None:
    """From Home; nothing first, then something."""
    await (await page.go_home()).get_by_text("Answer now").click()
    await page.send()
    await expect(page.modal.get_by_test_id("field-error").first).to_be_visible()
    await page.picture("24-answering-nothing")
    await page.fill(**{"answer-0": "Asking first, and waiting a little longer than I like to."})
    await page.choose("sees", "named")
    await page.picture("25-answering")
    await page.send()
    await expect(page.modal).to_contain_text("that is kept")
    await page.picture("26-kept")
    await page.close()


async def what_is_mine(page: Workspace) -> None:
    await page.go_to_channel()
    await page.type("/collab mine")
    await expect(page.modal).to_contain_text("Asking first, and waiting")
    await page.picture("27-mine")
    await page.close()
    await page.type("/collab settings")
    await expect(page.modal).to_contain_text("Reminders")
    await page.picture("28-settings")
    await page.close()
    await page.type("/collab mydata")
    await page.sees("What I keep about you")
    await page.picture("29-mydata")
    await page.press("mydata_erase")
    await expect(page.modal).to_contain_text("Erase")
    await page.picture("30-erase")
    await page.close()


async def from_another_organisation(page: Workspace, hugo: Person) -> None:
    await page.become(hugo)
    await page.go_to_channel()
    await expect(page.page.get_by_test_id("about-me")).to_contain_text("every button in it works for you")
    await expect(page.page.get_by_test_id("home")).to_have_count(0)
    await page.type("/collab reflect")
    await page.dismiss("has no commands")
    await page.picture("31-from-another-organisation")
    await page.press("answer")
    await page.fill(**{"answer-0": "I would ask the people at the front desk. They see everybody first."})
    await page.choose("sees", "anonymous")
    await page.send()
    await expect(page.modal).to_contain_text("that is kept")
    await page.close()


async def reminding_and_reviewing(sandbox: Sandbox, page: Workspace, people: Everybody) -> None:
    await sandbox.go_to(ALMOST_CLOSED)
    await page.become(people["Ana"])
    await page.go_to_app()
    await page.sees("Would you like to say something")
    await page.picture("32-reminder")
    await sandbox.go_to(AGENDA_POSTED)
    await page.become(people["Dee"])
    home = await page.go_home()
    await expect(home).to_contain_text("Yours to prepare")
    await page.picture("33-home-facilitator")
    await home.locator('[data-action-id="batch_read"]').click()
    await expect(page.modal).to_contain_text("the front desk")
    await page.picture("34-batch")
    await page.choose("decision", "show")
    await page.send()
    await page.close()


async def what_was_said(page: Workspace, people: Everybody) -> None:
    await page.become(people["Ana"])
    await page.go_to_channel()
    await page.sees("Where: The library")
    prompt = page.messages.filter(has_text="Before we meet", visible=True).last
    await expect(prompt).to_contain_text("(edited) 1 reply")
    agenda = page.messages.filter(has_text="Where: The library", visible=True).last
    await agenda.get_by_test_id("thread-link").click()
    await expect(page.page.get_by_test_id("thread")).to_contain_text("the front desk")
    await page.picture("35-summary")
    await page.page.get_by_test_id("thread-close").click()
    await page.type("/collab responses")
    await page.modal.locator('[data-action-id="thank"]').first.click()
    await expect(page.modal).to_contain_text("Take my thanks back")
    await page.picture("36-responses")
    await page.close()
    await prompt.get_by_text("Answer late").click()
    await expect(page.modal).to_contain_text("late")
    await page.picture("37-late")
    await page.close()


async def found(ana: Person, starter: Person, topic: str, channel: str) -> None:
    """A group that Ana leads."""
    leads = {"facilitation": "designated", "designated": ana.id, "members": [ana.id, starter.id]}
    await start_group(starter, "2026-10-27", channel, name=f"{topic}, {starter.name}", **leads)


async def many_groups(sandbox: Sandbox, page: Workspace, people: Everybody) -> None:
    """More than a page of Home holds; each person starts two, with Ana."""
    ana, *others = list(people.values())[:5]
    places = [(person, topic, f"C0{person.id[2:]}{at}") for at, topic in enumerate(TOPICS) for person in others]
    for person, topic, channel in places:
        name = f"{topic} {person.name.split()[0]}".lower().replace(" ", "-")
        await sandbox.must("channel", op="create", channel=channel, name=name, person=person.id)
        for member in (ana.id, "U0COLLAB"):
            await sandbox.must("channel", op="join", channel=channel, person=member)
    await page.page.goto("about:blank")  # it would draw every step anew
    await sandbox.settle()
    for at in range(0, len(places), len(others)):
        await asyncio.gather(*(found(ana, *place) for place in places[at : at + len(others)]))
    await page.page.goto(f"{sandbox.address}/#as={ana.id}&in=home")
    await expect(page.page.get_by_test_id("home-view")).to_contain_text("Page 1 of 2")
    await page.picture("38-home-of-many-groups")


async def the_faults(page: Workspace) -> None:
    await page.go_to_channel()
    await page.page.get_by_test_id("trouble").locator("summary").click()
    for name, label in (("kind", "Time-out: no answer"), ("often", "the next 5 times")):
        await page.page.get_by_test_id(f"fault-{name}").select_option(label=label)
    await page.page.get_by_test_id("fault-add").click()
    faults = page.page.get_by_test_id("faults").locator("li")
    await expect(faults).to_have_text("Time-out: no answer – 5 more times, when Collab asks for anything")
    await page.page.get_by_test_id("fault-clear").scroll_into_view_if_needed()
    await page.picture("39-trouble", menu=True)
    await page.page.get_by_test_id("fault-clear").click()
    await expect(faults).to_have_count(0)
