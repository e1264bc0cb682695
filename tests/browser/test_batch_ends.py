"""The screens at the ends of anonymous answers, kept as pictures: for reviewers, authors, the group and who erases."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.workspace import Workspace
from tests.support.person import CIRCLE, Person, Sandbox, start_group

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.soak_only]

ASKED_AT, CLOSED_AT = datetime(2026, 9, 3, 14, tzinfo=UTC), datetime(2026, 9, 7, 20, tzinfo=UTC)


async def answers(person: Person, said: str, sees: str = "anonymous") -> None:
    await person.presses("answer", channel=CIRCLE)
    assert (await person.sends(**{"answer-0": said, "sees": sees}))["ok"]
    await person.closes()


async def test_the_ends_of_a_batch_are_readable_wide_and_on_a_phone(
    sandbox: Sandbox, people: dict[str, Person], browser: Browser
) -> None:
    ana, ben, chen, dee, eli, _ = people.values()
    await start_group(ana)
    await sandbox.go_to(ASKED_AT)
    for person in (ben, chen, dee):
        await answers(person, f"Something that {person.name} says to nobody in particular")
    await answers(eli, "Named words", "named")
    await sandbox.go_to(CLOSED_AT + timedelta(hours=1))
    page = await Workspace.open(browser, sandbox.address, PICTURES)
    await page.become(ana)
    await page.go_to_app()
    await page.press("batch_read")
    await page.picture("30-review")
    await page.choose("decision", "withhold")
    await page.send()
    await expect(page.modal).to_contain_text("If you erase them")
    await page.picture("31-erase-them")
    await page.page.get_by_test_id("modal-close").click()
    await sandbox.go_to(CLOSED_AT + timedelta(days=6, hours=4))
    await page.become(ben)
    await page.go_to_app()
    await page.sees("nobody has decided yet")
    await page.picture("32-author-warned")
    await sandbox.go_to(CLOSED_AT + timedelta(days=7, hours=1))
    await page.sees("nothing was decided about the answers without a name in time")
    await page.picture("33-author-told")
    await page.become(ana)
    await page.go_to_app()
    await page.sees("nothing was decided about them in time.")
    await page.picture("34-reviewer-told")
    await ben.types("mydata")
    await ben.presses("mydata_erase", channel=CIRCLE)
    await page.become(ben)
    await page.picture("35-erase-everything")
    assert page.troubles == []
