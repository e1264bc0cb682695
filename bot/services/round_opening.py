"""Opens a group's next round: its meeting, its facilitator, its questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise
from random import Random
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import rounds as values
from bot.domain.anonymity import new_key
from bot.domain.cadence import Occurrence, occurrences
from bot.domain.rounds import MeetingState
from bot.domain.timetable import Timetable, notice_at, timetable
from bot.domain.tzdata_fingerprint import edition
from bot.services.leading import who_leads
from prompts.bank import QuestionBank
from prompts.chooser import choose
from storage import tables as t


@dataclass(frozen=True)
class QuestionSource:
    """The question bank, and the random source that chooses from it."""

    bank: QuestionBank
    chooser: Random


async def open_first(session: AsyncSession, group: values.Group, questions: QuestionSource, now: datetime) -> None:
    """The first round of a new group."""
    occurrence, following = islice(occurrences(group.charter.cadence, now), 2)
    await _open(session, group, (occurrence, following), 1, questions, now)


async def open_next(
    session: AsyncSession,
    group: values.Group,
    after: values.Meeting,
    questions: QuestionSource,
    now: datetime,
) -> None:
    """The round after a meeting. Occurrences that passed meanwhile (an outage) are recorded, not made up for."""
    for occurrence, following in pairwise(occurrences(group.charter.cadence, after.starts_at)):
        if occurrence.slot <= after.slot:
            continue  # the same meeting, which new rules of its zone would place later
        if occurrence.starts_at > now:
            await _open(session, group, (occurrence, following), (after.number or 0) + 1, questions, now)
            return
        _record_lapsed(session, group, occurrence)


async def foresee_next(
    session: AsyncSession, group: values.Group, after: values.Meeting, now: datetime
) -> values.Meeting | None:
    """The time and the facilitator of the meeting that `open_next` would open now; changes nothing."""
    for occurrence in occurrences(group.charter.cadence, after.starts_at):
        if occurrence.slot > after.slot and occurrence.starts_at > now:
            number = (after.number or 0) + 1
            leads = await who_leads(session, group, number, occurrence.slot.date())
            slot, starts_at = occurrence.slot, occurrence.starts_at
            return replace(after, slot=slot, starts_at=starts_at, number=number, facilitator=leads)
    return None


def _record_lapsed(session: AsyncSession, group: values.Group, occurrence: Occurrence) -> None:
    length = group.charter.length_minutes
    session.add(
        t.Meeting(
            id=_meeting_id(group, occurrence),
            workspace_id=group.workspace,
            collaborative_id=group.id,
            slot=occurrence.slot,
            starts_at=occurrence.starts_at,
            length_minutes=length,
            state=MeetingState.LAPSED,
            stage=group.stage,
            handoff_due_at=occurrence.starts_at + timedelta(minutes=length),
        )
    )


async def _open(
    session: AsyncSession,
    group: values.Group,
    two: tuple[Occurrence, Occurrence],
    number: int,
    questions: QuestionSource,
    now: datetime,
) -> None:
    """Open the first of two meetings; the second determines the latest time of the first one's handoff."""
    charter, (occurrence, following) = group.charter, two
    times = timetable(occurrence.slot, following.slot, charter.length_minutes, group.zone, charter.rhythm, now)
    meeting = t.Meeting(
        id=_meeting_id(group, occurrence),
        workspace_id=group.workspace,
        collaborative_id=group.id,
        slot=occurrence.slot,
        starts_at=occurrence.starts_at,
        placed_by=edition(group.zone),
        length_minutes=charter.length_minutes,
        number=number,
        stage=group.stage,
        facilitator_id=await who_leads(session, group, number, occurrence.slot.date()),
        handoff_due_at=times.handoff_due_at,
        squeezed=times.squeezed,
    )
    session.add(meeting)
    await session.flush()
    due = {"draft_due_at": times.draft_due_at, "due_at": times.agenda_due_at}
    session.add(t.Agenda(meeting_id=meeting.id, workspace_id=group.workspace, **due))
    await _ask(session, group, meeting.id, times, questions)


def _meeting_id(group: values.Group, occurrence: Occurrence) -> str:
    """An id that is the same for the same occurrence, so that its messages are recognized after a restore."""
    return uuid5(UUID(hex=group.id), occurrence.slot.isoformat()).hex


async def _ask(
    session: AsyncSession,
    group: values.Group,
    meeting: str,
    times: Timetable,
    questions: QuestionSource,
) -> None:
    used = await _used_questions(session, group.id)
    prompt = t.Prompt(
        id=t.new_id(),
        workspace_id=group.workspace,
        meeting_id=meeting,
        collaborative_id=group.id,
        opens_at=times.opens_at,
        closes_at=times.closes_at,
        key=new_key(),
        batch=t.AnonymousBatch(
            workspace_id=group.workspace,
            collaborative_id=group.id,
            notice_at=notice_at(times.opens_at, times.closes_at),
        ),
    )
    session.add(prompt)
    await session.flush()
    count = group.charter.rhythm.questions_per_prompt
    # Seeded by the meeting: a round that opens again after a restore asks the questions that are in the channel.
    chance = Random(meeting)  # noqa: S311 - nothing secret
    chosen = choose(questions.bank, group.stage, group.charter.purpose_kind, used, count, chance, opening=not used)
    session.add_all(
        t.PromptQuestion(
            workspace_id=group.workspace,
            prompt_id=prompt.id,
            position=position,
            question_id=question.id,
            text=question.text,
            why=question.why,
            wants=question.wants,
        )
        for position, question in enumerate(chosen)
    )


async def _used_questions(session: AsyncSession, group: str) -> Sequence[str]:
    rows = await session.scalars(
        select(t.PromptQuestion.question_id)
        .join(t.Prompt, t.Prompt.id == t.PromptQuestion.prompt_id)
        .where(t.Prompt.collaborative_id == group)
        .order_by(t.Prompt.opens_at, t.PromptQuestion.position)
    )
    return rows.all()
