"""Answering ends: participation becomes a number, the key goes, and the anonymous batch waits or is erased."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility, enough, people_behind
from bot.domain.rounds import Batch, Round
from bot.services.erasing import erase
from bot.services.groups import want_plan
from storage import tables as t

REVIEW_TIME = timedelta(days=7)
"""An anonymous batch that nobody reviewed by then is erased (practice.md, rule 3)."""

TO_EACH = ("invitation", "reminder")
"""Kinds of delivery that go to single members while questions are open."""


async def close_due(session: AsyncSession, group: str, now: datetime) -> int:
    """End answering in a group where it is due; how many prompts that were."""
    due = await session.scalars(
        select(t.Prompt).where(
            t.Prompt.collaborative_id == group, t.Prompt.closed_at.is_(None), t.Prompt.closes_at <= now
        )
    )
    rows = list(due)
    for row in rows:
        await _close(session, row, now)
    return len(rows)


async def end_answering(session: AsyncSession, found: Round, now: datetime) -> None:
    """End answering now (the agenda is being posted)."""
    row = await session.get(t.Prompt, found.prompt.id)
    if row is not None and row.closed_at is None:
        row.closes_at = min(row.closes_at, now)
        await _close(session, row, now)


async def _close(session: AsyncSession, row: t.Prompt, now: datetime) -> None:
    row.closed_at = now
    row.took_part = await session.scalar(select(func.count()).where(t.Participation.prompt_id == row.id)) or 0
    await session.execute(delete(t.Participation).where(t.Participation.prompt_id == row.id))
    await _forget_who_was_asked(session, row.meeting_id)
    anonymous = await session.execute(
        select(t.Reflection.position, t.Reflection.respondent).where(
            t.Reflection.prompt_id == row.id, t.Reflection.visibility == Visibility.ANONYMOUS
        )
    )
    by_question: defaultdict[int, list[str]] = defaultdict(list)
    for position, respondent in anonymous:
        by_question[position].append(respondent)
    shown = False
    for position, respondents in by_question.items():
        if enough(people_behind(respondents)):
            shown = True
        else:
            await _erase_anonymous(session, row.id, now, position)
    row.batch = Batch.WAITING if shown else Batch.NONE
    row.key = None
    await want_plan(session, row.collaborative_id)


async def _forget_who_was_asked(session: AsyncSession, meeting: str) -> None:
    """Whom a reminder reached, and whom not, would tell who had answered."""
    personal = t.Delivery.kind.in_(TO_EACH)
    await session.execute(delete(t.Delivery).where(t.Delivery.meeting_id == meeting, personal))


async def _erase_anonymous(session: AsyncSession, prompt: str, now: datetime, position: int | None = None) -> None:
    wanted = select(t.Reflection.id, t.Reflection.workspace_id).where(
        t.Reflection.prompt_id == prompt, t.Reflection.visibility == Visibility.ANONYMOUS
    )
    if position is not None:
        wanted = wanted.where(t.Reflection.position == position)
    await erase(session, [dict(row) for row in (await session.execute(wanted)).mappings()], now)


async def anonymous_batch(session: AsyncSession, prompt: str, chooser: Random) -> dict[int, list[str]]:
    """The anonymous texts of a closed prompt by question, shuffled."""
    rows = await session.execute(
        select(t.Reflection.position, t.Reflection.text)
        .join(t.Prompt, t.Prompt.id == t.Reflection.prompt_id)
        .where(
            t.Reflection.prompt_id == prompt,
            t.Reflection.visibility == Visibility.ANONYMOUS,
            t.Prompt.closed_at.is_not(None),
        )
        .order_by(t.Reflection.position, t.Reflection.text)
    )
    batch: dict[int, list[str]] = {}
    for position, text in rows:
        batch.setdefault(position, []).append(text)
    for texts in batch.values():
        chooser.shuffle(texts)
    return batch


async def decide_batch(session: AsyncSession, found: Round, now: datetime, *, show: bool) -> Batch:
    """The facilitator's decision on the batch as a whole; the first decision stands. What is not shown is erased."""
    row = await session.get(t.Prompt, found.prompt.id)
    if row is None or row.batch != Batch.WAITING:
        return Batch(row.batch) if row else Batch.NONE
    row.batch = Batch.APPROVED if show else Batch.WITHHELD
    if not show:
        await _erase_anonymous(session, row.id, now)
    await want_plan(session, found.group.id)
    return Batch(row.batch)


async def erase_unreviewed(session: AsyncSession, group: str, now: datetime) -> int:
    """Erase a group's batches that nobody reviewed in time; how many."""
    rows: Sequence[t.Prompt] = (
        await session.scalars(
            select(t.Prompt).where(
                t.Prompt.collaborative_id == group,
                t.Prompt.batch == Batch.WAITING,
                t.Prompt.closed_at <= now - REVIEW_TIME,
            )
        )
    ).all()
    for row in rows:
        row.batch = Batch.WITHHELD
        await _erase_anonymous(session, row.id, now)
        await want_plan(session, row.collaborative_id)
    return len(rows)
