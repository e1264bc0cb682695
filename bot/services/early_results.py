"""Giving the group what was answered by name before answering has ended, when its facilitator says so."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services.groups import agenda_changed, require_lead, want_plan
from storage import tables as t


async def share(session: AsyncSession, found: Round, person: str, now: datetime) -> None:
    """From now on the group reads the named answers, and the prompt's thread gets a summary. Twice is once."""
    require_can_share(found, person)
    row = await session.get_one(t.Prompt, found.prompt.id)
    row.shared_at = now
    if found.meeting.agenda_posted_at is not None:
        await agenda_changed(session, found)  # it shows them from now on
    await want_plan(session, found.group.id)


def require_can_share(found: Round, person: str) -> None:
    """DomainError where somebody can't do so now."""
    require_lead(found, person)
    if found.prompt.can_be_read:
        raise DomainError("The group can read the answers already: they are in the thread below the questions.")
    if found.thread("prompt") is None:
        raise DomainError("The questions are not in the channel yet, so there is no thread to post in.")
