"""Erases answers and private notes older than the retention time."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Batch
from bot.services import anonymous_batches, handoff_notes
from bot.services.erasure_log import erase
from storage import tables as t
from storage.engine import for_update

AT_ONCE = 200
"""Answers erased in one transaction, so that nobody has to wait for it."""


async def erase_older(session: AsyncSession, than: date, now: datetime) -> int:
    """Erase a limited number of answers given before a day, the oldest first; returns how many. Answers to open
    questions stay."""
    row, prompt = t.Reflection, t.Prompt
    old = (
        select(row.id, row.workspace_id, prompt.id.label("prompt"), prompt.collaborative_id, t.AnonymousBatch.state)
        .join(prompt, prompt.id == row.prompt_id)
        .join(prompt.batch)
        .where(row.given_on < than, prompt.closed_at.is_not(None))
        .order_by(row.given_on, row.id)
        .limit(AT_ONCE)
    )
    rows = [dict(one) for one in (await session.execute(old)).mappings()]
    if rows:
        await _hold(session, {one["collaborative_id"] for one in rows})
        await erase(session, rows, now)
        for prompt in sorted({one["prompt"] for one in rows if one["state"] is Batch.WAITING}):
            await anonymous_batches.changed(session, prompt, now)
    return len(rows) + await handoff_notes.erase_older(session, than, now, AT_ONCE)


async def _hold(session: AsyncSession, wanted: Collection[str]) -> None:
    """Lock the groups, in a fixed order to avoid deadlocks."""
    for group in sorted(wanted):
        await session.scalar(for_update(session, select(t.Collaborative.id).where(t.Collaborative.id == group)))
