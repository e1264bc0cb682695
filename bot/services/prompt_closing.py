"""Answering ends: participation becomes a number, and the anonymous batch waits for its review or is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import TO_EACH, Visibility
from bot.services import anonymous_batches, message_cleanup
from bot.services.due_steps import NOW, At, DueStep, StepContext
from bot.services.message_cleanup import Face
from storage import tables as t


def _to_close(at: At) -> Sequence[Select[str]]:
    return [select(t.Prompt.collaborative_id).where(t.Prompt.closed_at.is_(None), t.Prompt.closes_at <= at(NOW))]


async def _close_step(context: StepContext) -> bool:
    return await close_due(context.session, context.group, context.now) > 0


CLOSE = DueStep(
    _to_close, _close_step, lambda: select(func.min(t.Prompt.closes_at)).where(t.Prompt.closed_at.is_(None))
)


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


async def _close(session: AsyncSession, row: t.Prompt, now: datetime) -> None:
    row.closed_at = now
    row.took_part = await session.scalar(select(func.count()).where(t.Participation.prompt_id == row.id)) or 0
    await session.execute(delete(t.Participation).where(t.Participation.prompt_id == row.id))
    await _forget_who_was_asked(session, row.meeting_id, now)
    await anonymous_batches.close(session, row, now)


async def notice_due(session: AsyncSession, group: str, now: datetime) -> None:
    """It is looked once to which questions there are too few anonymous answers: whoever gave one to these is told, or
    who gives one from here on, whatever others do until the end."""
    rows = await session.scalars(
        select(t.Prompt)
        .join(t.Prompt.batch)
        .where(t.Prompt.collaborative_id == group, t.TO_NOTICE, t.AnonymousBatch.notice_at <= now)
    )
    for row in rows:
        await anonymous_batches.notice(session, row)


def _to_notice(at: At) -> Sequence[Select[str]]:
    row = t.AnonymousBatch
    return [select(row.collaborative_id).where(t.TO_NOTICE, row.notice_at <= at(NOW))]


async def _notice_step(context: StepContext) -> bool:
    await notice_due(context.session, context.group, context.now)
    return False


def _next_notice() -> Select[datetime | None]:
    """Without an anonymous answer nobody has to be told anything."""
    answer = t.Reflection
    given = exists().where(answer.prompt_id == t.AnonymousBatch.prompt_id, answer.visibility == Visibility.ANONYMOUS)
    return select(func.min(t.AnonymousBatch.notice_at)).where(t.TO_NOTICE, given)


NOTICE = DueStep(_to_notice, _notice_step, _next_notice)


async def _forget_who_was_asked(session: AsyncSession, meeting: str, now: datetime) -> None:
    """Whom a reminder reached, and whom not, would tell who had answered: what was sent says that it is over, and its
    record goes."""
    personal = t.Delivery.kind.in_(TO_EACH)
    sent = await message_cleanup.take(session, (t.Delivery.meeting_id == meeting) & personal, Face.CLOSED)
    await message_cleanup.owe(session, [message_cleanup.debt(one, Face.CLOSED, now) for one in sent])


async def anonymous_batch(session: AsyncSession, prompt: str, chooser: Random) -> dict[int, list[str]]:
    """The anonymous texts of a closed prompt by question, shuffled; of an approved batch those that are still fit to be
    shown, since who erases everything takes theirs out."""
    found = await anonymous_texts(session, prompt, chooser)
    approved = select(t.AnonymousBatch.prompt_id).where(t.AnonymousBatch.prompt_id == prompt, t.APPROVED)
    if await session.scalar(approved) is not None:
        fit = anonymous_batches.fit_to_show(await anonymous_batches.anonymous_answers(session, prompt))
        found = {position: texts for position, texts in found.items() if position in {one.position for one in fit}}
    return {position: [one.text for one in texts] for position, texts in found.items()}


@dataclass(frozen=True)
class AnonymousText:
    """An anonymous text, with the random id that it is sent back or taken out by."""

    id: str
    text: str


async def anonymous_texts(session: AsyncSession, prompt: str, chooser: Random) -> dict[int, list[AnonymousText]]:
    """The same with their ids. What was sent back to its author is not among them."""
    rows = await session.execute(
        select(t.Reflection.position, t.Reflection.text, t.Reflection.id)
        .join(t.Prompt, t.Prompt.id == t.Reflection.prompt_id)
        .where(
            t.Reflection.prompt_id == prompt,
            t.Reflection.visibility == Visibility.ANONYMOUS,
            t.Reflection.returned.is_(None),
            t.Prompt.closed_at.is_not(None),
        )
        .order_by(t.Reflection.position, t.Reflection.text, t.Reflection.id)
    )
    batch: dict[int, list[AnonymousText]] = {}
    for position, said, answer in rows:
        batch.setdefault(position, []).append(AnonymousText(answer, said))
    for texts in batch.values():
        chooser.shuffle(texts)
    return batch
