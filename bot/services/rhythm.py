"""A group's rhythm: what it is, from when a new one holds, and saving it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cadence import Occurrence, next_occurrence
from bot.domain.charter import Rhythm
from bot.domain.errors import DomainError
from bot.domain.rhythm import check_rhythm
from bot.domain.rounds import Group, Round
from bot.services import groups, rounds
from storage import tables as t


@dataclass(frozen=True)
class GroupRhythm:
    """A group with its rhythm, and the first meeting of a new one: open rounds keep their times."""

    group: Group
    meeting: str
    holds_from: Occurrence


async def standing(session: AsyncSession, workspace: str, meeting: str, person: str, now: datetime) -> GroupRhythm:
    """For a convener of the meeting's group. Raises DomainError otherwise."""
    found = await groups.require_meeting(session, workspace, meeting, person)
    if person not in found.group.conveners:
        raise DomainError(f"The rhythm is for the conveners of {found.group.charter.name} to change.")
    current = await rounds.current(session, found.group)
    return GroupRhythm(found.group, current.meeting.id, _next(current, now))


def _next(current: Round, now: datetime) -> Occurrence:
    return next_occurrence(current.group.charter.cadence, max(current.meeting.starts_at, now))


async def keep(
    session: AsyncSession, workspace: str, meeting: str, person: str, rhythm: Rhythm, now: datetime
) -> GroupRhythm:
    """Save another rhythm. Raises DomainErrors at its fields."""
    found = await standing(session, workspace, meeting, person, now)
    charter = found.group.charter
    check_rhythm(rhythm, charter.cadence, charter.length_minutes, now)
    current = await session.get_one(t.Meeting, found.meeting)
    current.former_rhythm = True
    row = await session.get_one(t.Collaborative, found.group.id)
    row.working_days = rhythm.working_days
    row.prompt_days_before, row.prompt_at = rhythm.prompt_days_before, rhythm.prompt_at
    row.closes_days_before, row.closes_time = rhythm.closes_days_before, rhythm.closes_time
    row.agenda_hours_before, row.handoff_hours_after = rhythm.agenda_hours_before, rhythm.handoff_hours_after
    row.questions_per_prompt = rhythm.questions_per_prompt
    return found
