"""What becomes of a planned round when its zone's rules change: the wall clock stays, the moments move."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.cadence import next_occurrence, place
from bot.domain.rounds import Group, Meeting
from bot.domain.timetable import Timetable, timetable


@dataclass(frozen=True)
class Moments:
    """When a meeting starts and the parts of its round are due, all in UTC."""

    starts_at: datetime
    times: Timetable


def moments(group: Group, meeting: Meeting, opened_at: datetime) -> Moments:
    """The moments of a round that was opened then, by the rules that its zone has now."""
    charter = group.charter
    starts_at = place(meeting.slot, group.zone)
    following = next_occurrence(charter.cadence, starts_at)
    times = timetable(meeting.slot, following.slot, meeting.length_minutes, group.zone, charter.rhythm, opened_at)
    return Moments(starts_at, times)


def shifted(planned: Moments, slot: datetime, zone: str) -> Moments:
    """A round's moments as far from its meeting as they were: those of a rhythm that the group has no more."""
    starts_at = place(slot, zone)
    by, times = starts_at - planned.starts_at, planned.times
    return Moments(
        starts_at=starts_at,
        times=replace(
            times,
            opens_at=times.opens_at + by,
            draft_due_at=times.draft_due_at + by,
            closes_at=times.closes_at + by,
            agenda_due_at=times.agenda_due_at + by,
            handoff_due_at=times.handoff_due_at + by,
        ),
    )


def moved(planned: Moments, fresh: Moments, now: datetime) -> Moments:
    """`planned`, with what is still to come as `fresh` has it. A meeting that has begun stays as it was."""
    if planned.starts_at <= now:
        return planned
    was, becomes = planned.times, fresh.times
    return Moments(
        starts_at=fresh.starts_at,
        times=Timetable(
            opens_at=becomes.opens_at if was.opens_at > now else was.opens_at,
            draft_due_at=becomes.draft_due_at if was.draft_due_at > now else was.draft_due_at,
            closes_at=becomes.closes_at if was.closes_at > now else was.closes_at,
            agenda_due_at=becomes.agenda_due_at if was.agenda_due_at > now else was.agenda_due_at,
            handoff_due_at=becomes.handoff_due_at,
            squeezed=becomes.squeezed,
        ),
    )
