"""Somebody at the page: becomes people, types, presses, fills in, looks, and keeps pictures."""

from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.support.person import CIRCLE, Person

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 812}


class Workspace:
    """One window of the page."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self._pictures = pictures
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)

    @classmethod
    async def open(cls, browser: Browser, address: str, pictures: Path) -> "Workspace":
        page = await browser.new_page(viewport=WIDE, locale="en-US")  # type: ignore[arg-type]  # two numbers
        page.set_default_timeout(10_000)
        expect.set_options(timeout=10_000)
        await page.goto(address)
        return cls(page, pictures)

    @property
    def modal(self) -> Locator:
        return self.page.get_by_test_id("modal")

    @property
    def messages(self) -> Locator:
        return self.page.get_by_test_id("message")

    async def become(self, person: Person) -> None:
        await self.page.get_by_test_id("person-select").select_option(person.id)
        await expect(self.page.locator("body")).to_have_attribute("data-as", person.id)

    async def go_to_channel(self, channel: str = CIRCLE) -> None:
        await self.page.get_by_test_id(f"channel-{channel}").click()

    async def go_to_app(self) -> None:
        """The app's direct messages."""
        await self.page.get_by_role("link", name="Messages").click()

    async def go_home(self) -> Locator:
        await self.page.get_by_test_id("home").click()
        return self.page.get_by_test_id("home-view")

    async def type(self, text: str) -> None:
        await self.page.get_by_test_id("composer").fill(text)
        await self.page.get_by_test_id("send").click()

    async def press(self, action: str) -> None:
        """The newest button that does this."""
        await self.messages.locator(f'[data-action-id="{action}"]').last.click()

    async def fill(self, **texts: str) -> None:
        for name, text in texts.items():
            await self.modal.locator(f'[data-action-id="{name}"]').first.fill(text)

    async def choose(self, name: str, value: str) -> None:
        await self.modal.locator(f'[data-action-id="{name}"][value="{value}"]').check()

    async def send(self) -> None:
        await self.page.get_by_test_id("modal-submit").click()

    async def close(self) -> None:
        await self.page.get_by_test_id("modal-close").click()
        await expect(self.modal).to_have_count(0)

    async def next_event(self) -> None:
        await self.page.get_by_test_id("clock-next").click()
        await expect(self.page.get_by_test_id("clock-next")).to_be_enabled(timeout=30_000)

    async def next_event_until(self, text: str, most: int = 8) -> None:
        """On from event to event until something is said."""
        for _ in range(most):
            if await self.messages.filter(has_text=text).count():
                return
            await self.next_event()
        await expect(self.messages.filter(has_text=text).first).to_be_visible()

    async def sees(self, text: str) -> None:
        await expect(self.messages.filter(has_text=text).last).to_be_visible()

    async def dismiss(self, text: str) -> None:
        """Read what the page says at its edge, and close it."""
        toast = self.page.get_by_test_id("toast").filter(has_text=text)
        await toast.get_by_role("button").click()
        await expect(toast).to_have_count(0)

    async def _stand_still(self) -> None:
        await self.page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")

    async def picture(self, name: str, *, shows: str = "", menu: bool = False) -> None:
        """Wide, and as wide as a phone, once it shows some words; on the phone nothing may stick out. `menu` opens the
        side bar there."""
        if shows:
            await expect(self.page.get_by_text(shows).last).to_be_visible()
        await self._stand_still()
        await self.page.screenshot(path=self._pictures / f"{name}.png")
        await self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # two numbers
        await self._stand_still()
        if menu:
            await self.page.get_by_test_id("menu").click()
            await self._stand_still()
        sideways = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        await self.page.screenshot(path=self._pictures / f"{name}-phone.png")
        await self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # two numbers
        assert sideways <= 0, f"{name} is wider than a phone by {sideways}"
