"""Anonymous answers that wait for somebody's review, as their Home lists them."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.overview import Entry
from bot.domain.rounds import GroupState
from bot.services.overview import Overview
from storage import tables as t


async def find_waiting(session: AsyncSession, found: Overview) -> list[Entry]:
    """Those that wait for this facilitator; also of a meeting that was handed off."""
    rows = await session.execute(
        select(
            *(t.Collaborative.name, t.Collaborative.zone, t.Meeting.id),
            *(t.AnonymousBatch.review_ends_at, t.Prompt.closed_at),
        )
        .select_from(t.Member)
        .join(t.Collaborative, t.Collaborative.id == t.Member.collaborative_id)
        .join(t.AnonymousBatch, and_(t.AnonymousBatch.collaborative_id == t.Member.collaborative_id, t.WAITING))
        .join(t.Prompt, t.Prompt.id == t.AnonymousBatch.prompt_id)
        .join(t.Meeting, t.Meeting.id == t.Prompt.meeting_id)
        .where(t.Member.workspace_id == found.workspace, t.Member.person_id == found.person)
        .where(t.Meeting.facilitator_id == found.person, t.Collaborative.state == GroupState.ACTIVE)
    )
    return [
        Entry(name, zone, meeting, until, closed) for name, zone, meeting, until, closed in rows if until and closed
    ]
