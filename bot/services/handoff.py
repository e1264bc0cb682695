"""After the meeting: notes, and handing facilitation on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.overview import Entry
from bot.domain.rounds import MeetingState, Round
from bot.services import round_opening, rounds
from bot.services.due_steps import NOW, At, DueStep, StepContext
from bot.services.groups import require_lead
from bot.services.handoff_notes import Notes, NotesField, checked, drop_draft, keep_for_next
from bot.services.overview import Overview
from bot.services.round_opening import QuestionSource
from storage import tables as t


async def take_notes(
    session: AsyncSession,
    round_: Round,
    person: str,
    notes: Notes,
    questions: QuestionSource,
    now: datetime,
    fields: Sequence[NotesField] = (),
) -> None:
    """Save the notes and what stands in these more fields, and hand off. After the handoff notes can still be
    corrected: messages that showed them are updated."""
    require_lead(round_, person)
    require_begun(round_, now)
    row = await session.get(t.Meeting, round_.meeting.id)
    if row is None or row.state == MeetingState.LAPSED:
        raise DomainError("I don't know that meeting any more.")
    written = checked(notes, fields)
    await keep_for_next(session, round_, person, written.for_next, now)
    row.notes = written.group
    for one in fields:
        await one.keep(session, round_, person, written.more[one.name], now)
    await drop_draft(session, round_, person)
    if row.state == MeetingState.UPCOMING:
        await _hand_off(session, row, questions, now, now)


async def hand_off_due(session: AsyncSession, questions: QuestionSource, group: str, now: datetime) -> int:
    """Hand off a group's meeting without notes, as of the time when that was due; returns how many."""
    rows = list(
        await session.scalars(
            select(t.Meeting).where(
                t.Meeting.collaborative_id == group,
                t.Meeting.state == MeetingState.UPCOMING,
                t.Meeting.handoff_due_at <= now,
            )
        )
    )
    for row in rows:
        await _hand_off(session, row, questions, row.handoff_due_at, now)
    return len(rows)


def _to_hand_off(at: At) -> Sequence[Select[str]]:
    return [select(t.Meeting.collaborative_id).where(text(t.UPCOMING), t.Meeting.handoff_due_at <= at(NOW))]


async def _hand_off_step(context: StepContext) -> bool:
    await hand_off_due(context.session, context.questions, context.group, context.now)
    return False


HAND_OFF = DueStep(
    _to_hand_off, _hand_off_step, lambda: select(func.min(t.Meeting.handoff_due_at)).where(text(t.UPCOMING))
)


async def _hand_off(
    session: AsyncSession, row: t.Meeting, questions: QuestionSource, at: datetime, now: datetime
) -> None:
    row.state = MeetingState.HELD
    row.handed_off_at = at
    await session.flush()
    group = await rounds.group_by_id(session, row.workspace_id, row.collaborative_id)
    ended = await rounds.round_of(session, row.workspace_id, row.id)
    if group is None or ended is None:
        raise LookupError("a meeting's group")
    await round_opening.open_next(session, group, ended.meeting, questions, now)


def require_begun(round_: Round, now: datetime) -> None:
    if now < round_.meeting.starts_at:
        raise DomainError("The meeting is still to come. I'll ask you for notes when it is over.")


async def find_notes(_session: AsyncSession, found: Overview) -> list[Entry]:
    """Meetings whose notes are somebody's to write, as Home lists them."""
    return [
        Entry(one.name, one.zone, one.meeting, one.handoff_due_at, one.starts_at, rank=1)
        for one in found.meetings
        if one.leads and one.is_over(found.now)
    ]
