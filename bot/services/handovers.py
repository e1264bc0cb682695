"""After the meeting: notes, and handing facilitation on."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.domain.text import LONGEST_NOTES, clean, require
from bot.services import opening, rounds
from bot.services.agendas import park
from bot.services.groups import require_lead, want_plan
from bot.services.opening import Asker
from storage import tables as t


async def take_notes(
    session: AsyncSession,
    found: Round,
    person: str,
    notes: str,
    parked: Iterable[str],
    asker: Asker,
    now: datetime,
) -> None:
    """Keep the notes, park what is for next time, and hand over. Once handed over, notes can still be corrected."""
    require_lead(found, person)
    require_begun(found, now)
    row = await session.get(t.Meeting, found.meeting.id)
    if row is None or row.state == "lapsed":
        raise DomainError("I don't know that meeting any more.")
    row.notes = require(notes, "notes", "", LONGEST_NOTES) if clean(notes) else ""
    for topic in parked:
        await park(session, found, person, topic, now)
    if row.state == "upcoming":
        await _hand_over(session, row, asker, now, now)
    await want_plan(session, found.group.id)


async def hand_over_due(session: AsyncSession, asker: Asker, group: str, now: datetime) -> int:
    """Hand on a group's meeting whose notes never came, as of when that was due; how many."""
    rows = list(
        await session.scalars(
            select(t.Meeting).where(
                t.Meeting.collaborative_id == group, t.Meeting.state == "upcoming", t.Meeting.handover_due_at <= now
            )
        )
    )
    for row in rows:
        await _hand_over(session, row, asker, row.handover_due_at, now)
    return len(rows)


async def _hand_over(session: AsyncSession, row: t.Meeting, asker: Asker, at: datetime, now: datetime) -> None:
    row.state = "held"
    row.handed_over_at = at
    await session.flush()
    group = await rounds.group_by_id(session, row.workspace_id, row.collaborative_id)
    ended = await rounds.round_of(session, row.workspace_id, row.id)
    if group is None or ended is None:
        raise LookupError("a meeting's group")
    await opening.open_next(session, group, ended.meeting, asker, now)
    await want_plan(session, group.id)


def require_begun(found: Round, now: datetime) -> None:
    if now < found.meeting.starts_at:
        raise DomainError("The meeting is still to come. I'll ask you for notes when it is over.")
