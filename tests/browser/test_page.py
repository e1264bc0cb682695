"""The whole way through, as three people over two meetings, in the page that `make run` shows."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.workspace import Workspace
from tests.support.person import Person, Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.long]

Everybody = dict[str, Person]


async def test_three_people_live_through_two_meetings(sandbox: Sandbox, people: Everybody, browser: Browser) -> None:
    ana, ben, chen, *_ = people.values()
    page = await Workspace.open(browser, sandbox.address, PICTURES)
    await page.become(ana)
    await ana_starts_a_group(page)
    await page.next_event_until("Before we meet")
    await page.picture("05-questions")
    await they_answer(page, ana, ben, chen)
    await ana_prepares(page, ana)
    await page.go_to_channel()
    await page.next_event_until("Answering has ended")
    await page.sees("Where: Room 4")
    await page.picture("12-agenda")
    await the_meeting_is_handed_on(page, ana)

    await page.become(ben)
    await page.go_to_channel()
    await page.next_event_until("Before we meet", most=1)
    prompts = page.messages.filter(has_text="Before we meet")
    for _ in range(8):
        if await prompts.count() == 2:
            break
        await page.next_event()
    await expect(prompts).to_have_count(2)
    first, second = [await prompts.nth(n).inner_text() for n in range(2)]
    questions = [{line for line in text.splitlines() if line.endswith("?")} for text in (first, second)]
    assert questions[0]
    assert questions[1]
    assert not questions[0] & questions[1]
    await page.type("/collab reflect Slowing down before I answer")
    await page.sees("Thank you, that is kept")
    for _ in range(20):
        if await page.messages.filter(has_text="Handing over").count() == 2:
            break
        await page.next_event()
    await expect(page.messages.filter(has_text="Handing over")).to_have_count(2)
    await page.picture("16-second-handover")
    assert page.troubles == []


async def ana_starts_a_group(page: Workspace) -> None:
    await page.picture("00-empty")
    await page.type("/collab")
    await page.sees("No collaborative lives in this channel yet")
    await page.picture("01-offer")
    await page.press("start")
    await page.fill(name="Trauma-informed care", purpose="   ")
    await page.send()
    await expect(page.modal.get_by_test_id("field-error").filter(has_text="One sentence is enough")).to_be_visible()
    await page.picture("02-start-what")
    await page.fill(purpose="Learn from each other what helps people after a crisis")
    await page.send()
    await page.fill(first="2026-08-30")
    await page.fill(zone="Chicago")
    await page.page.locator('[role="option"][data-value="America/Chicago"]').click()
    await page.send()
    await expect(page.modal.get_by_test_id("field-error").filter(has_text="in the past")).to_be_visible()
    await page.picture("03-start-times")
    await page.fill(first="2026-09-08")
    await page.send()
    await page.fill(place="Room 4, or the link in the invitation")
    await page.picture("04-start-who")
    await page.send()
    await expect(page.modal).to_contain_text("is set up")
    await page.close()
    await page.sees("set up a learning collaborative here")
    await page.picture("04-started")


async def they_answer(page: Workspace, ana: Person, ben: Person, chen: Person) -> None:
    await page.become(ben)
    await page.type("/collab reflect I learn best by *doing* it with somebody")
    await page.sees("Thank you, that is kept")
    await page.picture("06-kept")
    await page.become(chen)
    await page.press("answer")
    await page.fill(**{"answer-0": "Quietly, with a book and a long walk"})
    await page.choose("sees", "facilitator")
    await page.picture("07-answer-form")
    await page.send()
    await expect(page.modal).to_contain_text("Quietly, with a book")
    await page.close()
    await page.become(ben)
    await page.type("/collab park How do we greet newcomers?")
    await page.sees("Parked. The group reads it on its agenda")
    home = await page.go_home()
    await expect(home).to_contain_text("Trauma-informed care")
    await page.picture("08-home")
    await page.become(ana)
    await page.go_to_channel()
    await page.press("pass")
    await page.sees("nobody sees who did")


async def ana_prepares(page: Workspace, ana: Person) -> None:
    await page.become(ana)
    await page.go_to_app()
    await page.next_event_until("is ready")
    await page.picture("09-facilitators-messages")
    await page.press("agenda")
    await expect(page.messages.filter(has_text="Your draft").last).to_contain_text("How do we greet newcomers?")
    await page.picture("10-draft")
    await page.press("agenda_edit")
    await page.fill(agenda="10 Arrive\nWhat we wrote\n10 Close")
    await page.picture("11-edit-agenda")
    await page.send()
    await expect(page.modal).to_contain_text("What we wrote")
    await page.close()


async def the_meeting_is_handed_on(page: Workspace, ana: Person) -> None:
    await page.become(ana)
    await page.go_to_app()
    await page.next_event_until("How did it go?")
    await page.press("notes")
    await page.fill(notes="We agreed to begin with a check-in.", topics="Burnout\nWho else to invite")
    await page.picture("13-notes")
    await page.send()
    await expect(page.modal).to_contain_text("Nothing is posted yet")
    await page.picture("13-notes-looked-at")
    await page.send()
    await expect(page.modal).to_contain_text("Thank you")
    await page.close()
    await page.go_to_channel()
    await page.sees("Handing over")
    await page.picture("14-handover")
    await page.become(ana)
