"""The screens on which it matters who reads what, and the group's rhythm, kept as pictures."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.workspace import Workspace
from tests.support.person import CIRCLE, Person, Sandbox, start_group

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.soak_only]

ASKED_AT, CLOSED_AT = datetime(2026, 9, 3, 14, tzinfo=UTC), datetime(2026, 9, 7, 20, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)


async def answers(person: Person, said: str, sees: str) -> None:
    await person.presses("answer", channel=CIRCLE)
    assert (await person.sends(**{"answer-0": said, "sees": sees}))["ok"]
    await person.closes()


async def test_who_reads_what_is_readable_wide_and_on_a_phone(
    sandbox: Sandbox, people: dict[str, Person], browser: Browser
) -> None:
    ana, ben, chen, dee, eli, farid = people.values()
    await start_group(ana)
    page = await Workspace.open(browser, sandbox.address, PICTURES)
    await page.become(ana)
    await page.type("/collab")
    await page.press("rhythm")
    await expect(page.modal).to_contain_text("Working days")
    await page.picture("40-rhythm")
    await page.close()
    await sandbox.go_to(ASKED_AT)
    for person in (ben, dee, farid):
        await answers(person, f"Something that {person.name} says to nobody in particular", "anonymous")
    await answers(eli, "Named words", "named")
    await page.become(chen)
    await page.press("answer")
    await page.picture("41-answer-form", shows="Who sees it?")
    await page.close()
    await answers(chen, "Only for one", "facilitator")
    await page.type("/collab mine")
    await page.picture("42-mine", shows="Only for one")
    await page.close()
    await page.go_home()
    await page.picture("43-home", shows="What you wrote lately")
    await page.become(dee)
    message = await dee.says("What I said aloud")
    await dee.uses("use_as_reflection", message)
    await page.picture("44-public-words-after-anonymous-ones", shows="Your earlier answer is without your name")
    await page.close()
    await page.become(ana)
    await page.go_to_channel()
    await page.type("/collab agenda")
    await page.picture("45-draft-while-open", shows="Your draft")
    await page.press("agenda_post")
    await expect(page.modal).to_contain_text("Nothing is posted yet")
    await page.picture("46-agenda-looked-at-early")
    await page.close()
    await _the_meeting_is_over(sandbox, page, ben)
    assert page.troubles == []


async def _the_meeting_is_over(sandbox: Sandbox, page: Workspace, ben: Person) -> None:
    await sandbox.go_to(CLOSED_AT)
    await page.go_to_app()
    await page.picture("47-facilitators-messages", shows="There are anonymous answers")
    await sandbox.go_to(FIRST + timedelta(hours=1, minutes=1))
    await page.press("notes")
    await page.fill(notes="We begin with a round.", for_next="Go gently.", topics="Newcomers")
    await page.picture("48-notes", shows="For the next facilitator alone")
    await page.send()
    await expect(page.modal).to_contain_text("Nothing is posted yet")
    await page.picture("49-notes-looked-at")
    await page.send()
    await page.close()
    await page.go_to_channel()
    await page.picture("50-handed-on", shows="We carry over")
    await page.become(ben)
    await page.go_to_app()
    await page.picture("51-next-packet", shows="Notes from last time")
