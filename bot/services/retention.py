"""Erases answers and private notes older than the retention time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.rounds import Batch
from bot.services import anonymous_batches, groups, handoff_notes
from bot.services.answering import CHANGED
from bot.services.erasure_log import erase
from bot.services.redoing import have_redone
from storage import tables as t
from storage.engine import for_update, run

AT_ONCE = 200
"""Answers erased in one transaction, so that nobody has to wait for it."""


async def erase_older(session: AsyncSession, than: date, now: datetime) -> int:
    """Erase a limited number of answers given before a day, the oldest first; returns how many. Answers to open
    questions stay.

    They are removed from all messages that show them, too.
    """
    row, prompt = t.Reflection, t.Prompt
    old = (
        select(row.id, row.workspace_id, row.visibility, prompt.id.label("prompt"))
        .add_columns(prompt.meeting_id, prompt.collaborative_id, prompt.batch)
        .join(prompt, prompt.id == row.prompt_id)
        .where(row.given_on < than, prompt.closed_at.is_not(None))
        .order_by(row.given_on, row.id)
        .limit(AT_ONCE)
    )
    rows = [dict(one) for one in (await session.execute(old)).mappings()]
    if rows:
        await _hold(session, {one["collaborative_id"] for one in rows})
        await erase(session, rows, now)
        await _take_out_of_messages(session, rows, now)
    packets = await handoff_notes.erase_older(session, than, now, AT_ONCE)
    await have_redone(session, packets, now, ("packet",))
    return len(rows) + len(packets)


async def _hold(session: AsyncSession, wanted: Collection[str]) -> None:
    """Lock the groups, in a fixed order to avoid deadlocks."""
    for group in sorted(wanted):
        await session.scalar(for_update(session, select(t.Collaborative.id).where(t.Collaborative.id == group)))


async def _take_out_of_messages(session: AsyncSession, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    for prompt in sorted({one["prompt"] for one in rows if one["batch"] == Batch.WAITING}):
        await anonymous_batches.changed(session, prompt, now)
    meetings = sorted({one["meeting_id"] for one in rows})
    anonymous = {one["prompt"] for one in rows if one["visibility"] == Visibility.ANONYMOUS}
    shown = (t.Prompt.id.in_(anonymous), t.Prompt.batch == Batch.SHOWN)
    await session.execute(update(t.Prompt).where(*shown).values(batch_revision=t.Prompt.batch_revision + 1))
    await run(session, CHANGED, {"meetings": meetings})
    await have_redone(session, meetings, now)
    await groups.want_plans(session, {one["collaborative_id"] for one in rows})
