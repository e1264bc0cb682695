"""Answering ends: participation becomes a number, and the anonymous batch waits for its review or is erased."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import AUTHORS_ONLY, TO_EACH, Visibility, enough, people_behind
from bot.domain.rounds import Batch, Round
from bot.services.erasing import erase
from bot.services.groups import agenda_changed, want_plan
from bot.services.redoing import REDONE
from storage import tables as t
from storage.engine import erased, put, run

REVIEW_TIME = timedelta(days=7)
"""An anonymous batch that nobody reviewed by then is erased (practice.md, rule 3)."""

_answer: Any = t.Reflection.__table__


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
    await _forget_who_was_asked(session, row.meeting_id)
    anonymous = await session.execute(
        select(t.Reflection.position, t.Reflection.respondent).where(
            t.Reflection.prompt_id == row.id, t.Reflection.visibility == Visibility.ANONYMOUS
        )
    )
    by_question: defaultdict[int, list[str]] = defaultdict(list)
    for position, respondent in anonymous:
        by_question[position].append(respondent)
    too_few = {position for position, behind in by_question.items() if not enough(people_behind(behind))}
    for position in sorted(too_few):
        await _erase_anonymous(session, row.id, now, position)
    row.notice_at = None
    if too_few == by_question.keys():
        row.batch = Batch.NONE
        await forget_authors(session, row)
    else:
        row.batch = Batch.WAITING
        await write_anew(session, row, now)
    await _add_to_agenda(session, row)
    await want_plan(session, row.collaborative_id)


async def _add_to_agenda(session: AsyncSession, row: t.Prompt) -> None:
    """An agenda that was posted early shows from now on what was answered."""
    there = (t.Meeting.id == row.meeting_id, t.Meeting.agenda_posted_at.is_not(None))
    more = update(t.Meeting).where(*there).values(agenda_revision=t.Meeting.agenda_revision + 1)
    await session.execute(more.execution_options(synchronize_session="fetch"))


async def forget_authors(session: AsyncSession, row: t.Prompt) -> None:
    """Erase a prompt's key, and with it what was sent to authors of anonymous answers alone: it bears their names."""
    row.key = None
    theirs = (t.Delivery.meeting_id == row.meeting_id, t.Delivery.kind.in_(AUTHORS_ONLY))
    await session.execute(delete(t.Delivery).where(*theirs))
    erased(session)


async def write_anew(session: AsyncSession, row: t.Prompt, now: datetime, *, unkeyed: bool = False) -> None:
    """Write a prompt's anonymous answers again, all at once and in no order, and without what tells one from another.

    A database shows in which order rows came, and in which transactions: theirs must not lead to those who took part.
    """
    await session.flush()
    here = (_answer.c.prompt_id == row.id, _answer.c.visibility == Visibility.ANONYMOUS)
    rows = [dict(one) for one in (await run(session, select(_answer).where(*here))).mappings()]
    await run(session, delete(_answer).where(*here))
    alike = {"given_on": now.date(), "edited": False, "revision": 0}
    made = [one | alike | ({"respondent": t.new_id(), "returned": None} if unkeyed else {}) for one in rows]
    await put(session, t.Reflection, sorted(made, key=lambda _one: t.new_id()))
    for held in [one for one in session.identity_map.values() if isinstance(one, t.Reflection)]:
        session.expunge(held)  # as it was before
    erased(session)


async def notice_due(session: AsyncSession, group: str, now: datetime) -> None:
    """From now on, those are told whose anonymous answers are too few."""
    rows = await session.scalars(
        select(t.Prompt).where(t.Prompt.collaborative_id == group, text(t.TO_NOTICE), t.Prompt.notice_at <= now)
    )
    for row in rows:
        row.notice_at = None
        await want_plan(session, row.collaborative_id)


async def _forget_who_was_asked(session: AsyncSession, meeting: str) -> None:
    """Whom a reminder reached, and whom not, would tell who had answered."""
    personal = t.Delivery.kind.in_([*TO_EACH, *(REDONE[kind] for kind in TO_EACH)])
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
    found = await quiet_texts(session, prompt, chooser)
    return {position: [one.text for one in texts] for position, texts in found.items()}


@dataclass(frozen=True)
class Quiet:
    """An anonymous text, with the random id that it is sent back or taken out by."""

    id: str
    text: str


async def quiet_texts(session: AsyncSession, prompt: str, chooser: Random) -> dict[int, list[Quiet]]:
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
    batch: dict[int, list[Quiet]] = {}
    for position, said, answer in rows:
        batch.setdefault(position, []).append(Quiet(answer, said))
    for texts in batch.values():
        chooser.shuffle(texts)
    return batch


async def decide_batch(session: AsyncSession, found: Round, now: datetime, *, show: bool) -> Batch:
    """The facilitator's decision on the batch as a whole; the first decision stands. What is not shown is erased: what
    was returned and did not come back, and where too few are left. The key goes with the decision.
    """
    row = await session.get(t.Prompt, found.prompt.id)
    if row is None or row.batch != Batch.WAITING:
        return Batch(row.batch) if row else Batch.NONE
    shown = await _erase_unfit(session, row, now) if show else False
    if not shown:
        await _erase_anonymous(session, row.id, now)
    row.batch = Batch.APPROVED if shown else Batch.WITHHELD
    row.batch_revision, row.batch_look_at = 0, None  # from here on it counts what is taken out
    await write_anew(session, row, now, unkeyed=True)
    await forget_authors(session, row)
    if shown and found.meeting.agenda_posted_at is None:
        await agenda_changed(session, found)  # they will stand in it, and so in its draft
    await want_plan(session, found.group.id)
    return Batch(row.batch)


async def _erase_unfit(session: AsyncSession, row: t.Prompt, now: datetime) -> bool:
    """Erase what may not be shown; whether anything is left."""
    answers = list(
        await session.scalars(
            select(t.Reflection).where(
                t.Reflection.prompt_id == row.id, t.Reflection.visibility == Visibility.ANONYMOUS
            )
        )
    )
    by_question: defaultdict[int, list[str]] = defaultdict(list)
    for one in answers:
        if one.returned is None:
            by_question[one.position].append(one.respondent)
    fit = {position for position, behind in by_question.items() if enough(people_behind(behind))}
    unfit = [one for one in answers if one.returned is not None or one.position not in fit]
    await erase(session, [{"id": one.id, "workspace_id": one.workspace_id} for one in unfit], now)
    return bool(fit)


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
        await forget_authors(session, row)
        await want_plan(session, row.collaborative_id)
    return len(rows)
