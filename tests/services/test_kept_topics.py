"""Topics kept for later: on the agenda of the next meeting to begin, and never on one that has begun already."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Round
from bot.services import handoff, parked, rounds
from bot.services.handoff_notes import Notes
from handlers.capabilities import CAPABILITIES
from handlers.capability import plug
from handlers.messages import agenda
from tests.support.groups import ASKER, OPEN


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def texts(session: AsyncSession, meeting: str) -> list[str]:
    session.expire_all()
    found = await rounds.round_of(session, "T1", meeting)
    assert found is not None
    contents, added = await agenda.read(session, plug(CAPABILITIES), found, None, Random(1))
    topics = await parked.for_meeting(session, found)
    assert any(item.kind == "parked" for item in contents.items) == bool(topics)
    assert all(topic.text in str(added.shown) for topic in topics)
    return [topic.text for topic in topics]


async def test_what_is_kept_once_a_meeting_has_begun_belongs_to_the_next(session: AsyncSession, round_: Round) -> None:
    starts, ends = round_.meeting.starts_at, round_.meeting.ends_at
    await parked.park(session, round_, "U2", "Before", OPEN)
    await parked.park(session, round_, "U3", "A minute before", starts - timedelta(minutes=1))
    await parked.park(session, round_, "U4", "In the meeting", starts + timedelta(minutes=5))
    assert await texts(session, round_.meeting.id) == ["Before", "A minute before"]
    await handoff.take_notes(
        session, round_, "U1", Notes(more={"topics": "In the notes"}), ASKER, ends, [parked.IN_NOTES]
    )
    await parked.park(session, round_, "U4", "Afterwards", ends + timedelta(hours=1))
    assert await texts(session, round_.meeting.id) == ["Before", "A minute before"]
    following = await rounds.current(session, round_.group)
    everything = ["Before", "A minute before", "In the meeting", "In the notes", "Afterwards"]
    assert await texts(session, following.meeting.id) == everything
