"""Reading Home: as few statements for two hundred groups as for one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.overview import Pages
from bot.domain.rounds import Round
from bot.services import people
from bot.services.overview import overview
from handlers.messages.home import render
from sandbox.view_check import check_view
from storage.database import open_database
from tests.bench.filling import copies, fill, found_template, person
from tests.person import GENEROUS
from tests.services.conftest import OPEN

FOUNDED, MEETING = datetime(2026, 8, 20, 14, tzinfo=UTC), datetime(2026, 9, 14, 14, tzinfo=UTC)
ASKED = datetime(2026, 9, 10, 14, tzinfo=UTC)


@pytest.fixture(params=[1, 200])
async def groups(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[int, str]:
    """So many groups that the same person is in, all open; and the database."""
    url = f"sqlite:///{tmp_path}/data/collab.db"
    await (await open_database(url)).close()
    fill(url, await found_template(str(tmp_path), 3, FOUNDED, MEETING), copies(request.param, 1))
    return request.param, url


async def test_home_takes_the_same_few_statements_however_many_groups_there_are(groups: tuple[int, str]) -> None:
    number, url = groups
    database = await open_database(url, deadline=GENEROUS)
    said: list[str] = []
    async with database.sessions.read() as session:
        connection = await session.connection()
        event.listen(
            connection.sync_connection, "before_cursor_execute", lambda _c, _cu, statement, *_: said.append(statement)
        )
        drawn = await render(session, ("T00000", person(0)), "24,24,24", ASKED)
        found = await overview(session, "T00000", person(0), Pages(), ASKED)
    await database.close()
    assert found.open.total == found.meetings.total == number
    assert check_view(drawn.view, "home") == []
    assert len(said) == 2 * 4


async def test_only_groups_whose_channel_one_is_in_are_told_of(session: AsyncSession, round_: Round) -> None:
    mine = await overview(session, "T1", "U2", Pages(), OPEN)
    assert [glimpse.meeting for glimpse in mine.meetings.items] == [round_.meeting.id]
    assert (await overview(session, "T2", "U2", Pages(), OPEN)).meetings.total == 0
    await people.person_left(session, "T1", "C1", "U2")
    gone = await overview(session, "T1", "U2", Pages(), OPEN)
    assert (gone.meetings.total, list(gone.places)) == (0, [])
