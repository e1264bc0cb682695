"""Erasing answers that have been kept for as long as whoever runs the bot wants them to be."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.erasing import erase
from storage import tables as t

AT_ONCE = 200
"""Answers erased in one transaction, so that nobody has to wait for it."""


async def erase_older(session: AsyncSession, than: date, now: datetime) -> int:
    """Erase some answers that were given before a day, the oldest first; how many. Those to open questions stay."""
    row = t.Reflection
    old = (
        select(row.id, row.workspace_id)
        .join(t.Prompt, t.Prompt.id == row.prompt_id)
        .where(row.given_on < than, t.Prompt.closed_at.is_not(None))
        .order_by(row.given_on, row.id)
        .limit(AT_ONCE)
    )
    rows = [dict(one) for one in (await session.execute(old)).mappings()]
    await erase(session, rows, now)
    return len(rows)
