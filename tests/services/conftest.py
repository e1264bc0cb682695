"""A workspace with people and a group, in a real database."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Round
from bot.services import rounds
from storage.database import Database
from tests.support.groups import settle_in
from tests.support.person import GENEROUS


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.sessions.begin(GENEROUS * 10) as opened:
        yield opened


@pytest.fixture
async def round_(session: AsyncSession) -> Round:
    return await rounds.current(session, await settle_in(session, "T1"))
