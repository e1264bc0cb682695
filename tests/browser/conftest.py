"""A Chromium, where there is one; under CI=true there has to be."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind is enough: the page knows nothing of it."""
    return sqlite_url


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium here; `bash .ci/run` installs it.")
        pytest.skip("There is no Chromium here.")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        await opened.close()
