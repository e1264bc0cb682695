"""Answers for one reader alone: whether they have had them before them, and what becomes of those they have not read
when somebody else leads (practice.md, rule 2)."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import tables as t


async def mark_shown(session: AsyncSession, answers: Sequence[str]) -> None:
    """These were shown to the one person whom they are for. No moment is kept of it."""
    if answers:
        row = t.Reflection
        await session.execute(
            update(row)
            .where(row.id.in_(answers), ~row.shown)
            .values(shown=True)
            .execution_options(synchronize_session=False)
        )
