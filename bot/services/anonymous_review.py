"""Anonymous answers that wait for somebody's review, as their Home lists them."""

from sqlalchemy import and_, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.batches import REVIEW_TIME
from bot.domain.overview import Entry
from bot.domain.rounds import GroupState
from bot.services.overview import Overview
from storage import tables as t


async def find_waiting(session: AsyncSession, found: Overview) -> list[Entry]:
    """Those that wait for this facilitator; also of a meeting that was handed off."""
    rows = await session.execute(
        select(t.Collaborative.name, t.Collaborative.zone, t.Meeting.id, t.Prompt.closed_at, t.Prompt.review_until)
        .select_from(t.Member)
        .join(t.Collaborative, t.Collaborative.id == t.Member.collaborative_id)
        .join(t.Prompt, and_(t.Prompt.collaborative_id == t.Member.collaborative_id, literal_column(t.WAITING)))
        .join(t.Meeting, t.Meeting.id == t.Prompt.meeting_id)
        .where(t.Member.workspace_id == found.workspace, t.Member.person_id == found.person)
        .where(t.Meeting.facilitator_id == found.person, t.Collaborative.state == GroupState.ACTIVE)
    )
    return [
        Entry(name, zone, meeting, until or closed + REVIEW_TIME, closed)
        for name, zone, meeting, closed, until in rows
        if closed
    ]
