"""Reading Home: as few statements for two hundred groups as for one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Round
from bot.services import people
from bot.services.agenda import find_drafts
from bot.services.handoff import find_notes
from bot.services.overview import overview
from bot.services.own_answers import find_open
from handlers.capabilities import CAPABILITIES
from handlers.capability import plug
from handlers.messages.home import render
from sandbox.view_check import check_view
from storage.database import open_database
from tests.bench.filling import copies, fill, found_template, person
from tests.support.groups import OPEN
from tests.support.person import GENEROUS, to_press

FOUNDED, MEETING = datetime(2026, 8, 20, 14, tzinfo=UTC), datetime(2026, 9, 14, 14, tzinfo=UTC)
ASKED = datetime(2026, 9, 10, 14, tzinfo=UTC)
PLUGGED = plug(CAPABILITIES)


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
        drawn = await render(session, PLUGGED, ("T00000", person(0)), "24,24,24", ASKED)
        statements = len(said)
        found = await overview(session, "T00000", person(0), ASKED)
        there = await find_open(session, found)
    await database.close()
    assert len(there) == len(found.meetings) == number
    assert check_view(drawn.view, "home") == []
    assert {"answer", "agenda", "park"} <= set(to_press(drawn.view))
    assert statements == 4


async def test_everything_to_do_has_its_kind(session: AsyncSession, round_: Round) -> None:
    """Who leads finds the draft, and in its place the notes; others find neither."""
    for moment, kinds in ((round_.meeting.draft_due_at, (1, 0)), (round_.meeting.ends_at, (0, 1))):
        mine = await overview(session, "T1", round_.meeting.facilitator or "", moment)
        assert (len(await find_drafts(session, mine)), len(await find_notes(session, mine))) == kinds
        others = replace(mine, meetings=[replace(one, leads=False) for one in mine.meetings])
        assert (await find_drafts(session, others), await find_notes(session, others)) == ([], [])


async def test_what_waits_for_an_answer_comes_first_and_of_that_what_ends_first(
    session: AsyncSession, round_: Round
) -> None:
    found = await overview(session, "T1", "U2", OPEN)
    (one,) = found.meetings
    assert one.meeting == round_.meeting.id
    later = replace(one, name="Later", closes_at=one.closes_at + timedelta(hours=1))
    answered = replace(one, name="Answered", took_part=True, closes_at=OPEN + timedelta(minutes=1))
    over = replace(one, name="Over", closed=True)
    there = await find_open(session, replace(found, meetings=[answered, over, later, one]))
    assert [entry.name for entry in sorted(there, key=lambda e: e.order)] == [one.name, "Later", "Answered"]


async def test_only_groups_whose_channel_one_is_in_are_told_of(session: AsyncSession, round_: Round) -> None:
    mine = await overview(session, "T1", "U2", OPEN)
    assert [glimpse.meeting for glimpse in mine.meetings] == [round_.meeting.id]
    assert not (await overview(session, "T2", "U2", OPEN)).meetings
    await people.person_left(session, "T1", "C1", "U2")
    gone = await overview(session, "T1", "U2", OPEN)
    assert (gone.meetings, gone.places) == ([], [])
