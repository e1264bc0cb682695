"""Shares named answers with the group before answering has ended, at the facilitator's request."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services.groups import require_lead
from storage import tables as t


async def share(session: AsyncSession, round_: Round, person: str, now: datetime) -> None:
    """From now on the group reads the named answers, and the prompt's thread gets a summary. Idempotent."""
    require_can_share(round_, person)
    row = await session.get_one(t.Prompt, round_.prompt.id)
    row.shared_at = now


def require_can_share(round_: Round, person: str) -> None:
    """Raises DomainError if somebody can't share now."""
    require_lead(round_, person)
    if round_.prompt.can_be_read:
        raise DomainError("The group can read the answers already: they are in the thread below the questions.")
    if round_.thread("prompt") is None:
        raise DomainError("The questions are not in the channel yet, so there is no thread to post in.")
