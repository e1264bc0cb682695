"""What most tests stand on: a database of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.engine import Database, open_database


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/collab.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()
