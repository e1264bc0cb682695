"""Late answers for the group: each is a message of its own in the prompt's thread."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Seen, Visibility
from bot.domain.rounds import Round
from storage import tables as t


async def read(session: AsyncSession, round_: Round, answer: str) -> Seen | None:
    """A late answer as the group sees it; None if it is not for the group any more."""
    row = await session.get(t.Reflection, answer)
    if row is None or row.prompt_id != round_.prompt.id or row.visibility != Visibility.NAMED:
        return None
    return Seen(row.position, row.text, Visibility.NAMED, row.author_id, row.edited, row.late, row.id)
