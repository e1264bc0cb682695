"""Moves planned meetings when the rules of their zone have changed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import MeetingState
from bot.domain.timetable import Timetable
from bot.domain.timezone_moves import Moments, moments, moved, shifted
from bot.domain.tzdata_fingerprint import edition
from bot.services import rounds
from storage import tables as t


async def out_of_place(session: AsyncSession, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """(workspace, group) of groups whose next meeting was placed by other rules than this machine has now."""
    placed = t.Collaborative.zone, t.Meeting.placed_by
    upcoming = select(*placed).join(t.Meeting, t.Meeting.collaborative_id == t.Collaborative.id)
    upcoming = upcoming.where(t.Meeting.state == MeetingState.UPCOMING)
    known = [(zone, by) for zone, by in await session.execute(upcoming.distinct())]
    other = [zone for zone, by in known if by != edition(zone)]
    if not other:
        return []
    now_known = tuple_(*placed).in_([(zone, edition(zone)) for zone in other])
    rows = await session.execute(
        upcoming.with_only_columns(t.Collaborative.workspace_id, t.Collaborative.id)
        .where(t.Collaborative.zone.in_(other), t.Meeting.placed_by.is_(None) | ~now_known)
        .where(t.Collaborative.id.not_in(but))
        .limit(limit)
    )
    return [(workspace, group) for workspace, group in rows]


async def place_anew(session: AsyncSession, workspace: str, group_id: str, now: datetime) -> bool:
    """Keep the wall-clock time of the group's next meeting under its zone's present rules; returns whether anything
    moved."""
    group = await rounds.group_by_id(session, workspace, group_id)
    found = next(iter(await rounds.currents(session, [group])), None) if group is not None else None
    if group is None or found is None:
        return False
    meeting = await session.get_one(t.Meeting, found.meeting.id)
    agenda = await session.get_one(t.Agenda, found.meeting.id)
    prompt = await session.get_one(t.Prompt, found.prompt.id)
    planned = _moments(meeting, agenda, prompt)
    opened_at = found.previous.handed_off_at if found.previous else None
    placed = (
        shifted(planned, meeting.slot, group.zone)
        if meeting.former_rhythm
        else moments(group, found.meeting, opened_at or group.started_at)
    )
    fresh = moved(planned, placed, now)
    _set(meeting, agenda, prompt, fresh)
    meeting.placed_by = edition(group.zone)
    return fresh != planned


def _moments(meeting: t.Meeting, agenda: t.Agenda, prompt: t.Prompt) -> Moments:
    times = Timetable(
        opens_at=prompt.opens_at,
        draft_due_at=agenda.draft_due_at,
        closes_at=prompt.closes_at,
        agenda_due_at=agenda.due_at,
        handoff_due_at=meeting.handoff_due_at,
        squeezed=meeting.squeezed,
    )
    return Moments(meeting.starts_at, times)


def _set(meeting: t.Meeting, agenda: t.Agenda, prompt: t.Prompt, fresh: Moments) -> None:
    meeting.starts_at = fresh.starts_at
    meeting.handoff_due_at, meeting.squeezed = fresh.times.handoff_due_at, fresh.times.squeezed
    agenda.draft_due_at, agenda.due_at = fresh.times.draft_due_at, fresh.times.agenda_due_at
    prompt.opens_at = fresh.times.opens_at
    if prompt.closed_at is None:
        if prompt.batch.notice_at is not None:
            prompt.batch.notice_at += fresh.times.closes_at - prompt.closes_at
        prompt.closes_at = fresh.times.closes_at
