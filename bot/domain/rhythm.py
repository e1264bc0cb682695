"""Whether a rhythm can be kept around a group's meetings, said at the field that stands in the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise

from bot.domain.cadence import Cadence, Occurrence, occurrences
from bot.domain.charter import Rhythm
from bot.domain.errors import DomainError
from bot.domain.timetable import Before, before

LOOKED_AT = 13
"""Meetings ahead: a year of months."""

MOST_DAYS, MOST_AGENDA_HOURS, MOST_HANDOFF_HOURS, MOST_QUESTIONS = 20, 72, 168, 3
LEAST_OPEN = timedelta(hours=1)


@dataclass(frozen=True)
class Coming:
    """A meeting, the one before it, and what the rhythm puts before it."""

    last: Occurrence
    meeting: Occurrence
    before: Before


def check_rhythm(rhythm: Rhythm, cadence: Cadence, length: int, now: datetime) -> None:
    """DomainError at the field by which it contradicts itself, or leaves no room between two meetings."""
    if not rhythm.working_days:
        raise DomainError("Pick one working day at least.", "working_days")
    coming = _coming(rhythm, cadence, now)
    for field, words, is_wrong in _CONTRADICTIONS:
        if all(is_wrong(one) for one in coming):
            raise DomainError(words, field)
    if not _has_room(coming, length):
        raise DomainError(_no_room(rhythm, cadence, length, now), "prompt_days")


def _coming(rhythm: Rhythm, cadence: Cadence, now: datetime) -> list[Coming]:
    ahead = islice(occurrences(cadence, now), LOOKED_AT)
    return [Coming(last, one, before(one.slot, cadence.zone, rhythm)) for last, one in pairwise(ahead)]


_CONTRADICTIONS: Sequence[tuple[str, str, Callable[[Coming], bool]]] = (
    (
        "closes_days",
        "Answering has to end before the meeting begins.",
        lambda one: one.before.closes_at >= one.meeting.starts_at,
    ),
    (
        "closes_days",
        "Answering would end before the questions come, or within an hour. Let it end later, or ask earlier.",
        lambda one: one.before.closes_at - one.before.opens_at < LEAST_OPEN,
    ),
    (
        "agenda_hours",
        "The agenda would come before answering ends. Let it come later, or let answering end earlier.",
        lambda one: one.before.agenda_due_at < one.before.closes_at,
    ),
)


def _has_room(coming: Sequence[Coming], length: int) -> bool:
    """Whether the questions come when the meeting before is over."""
    return any(one.before.opens_at >= one.last.starts_at + timedelta(minutes=length) for one in coming)


def _no_room(rhythm: Rhythm, cadence: Cadence, length: int, now: datetime) -> str:
    shorter = (replace(rhythm, prompt_days_before=days) for days in range(rhythm.prompt_days_before - 1, -1, -1))
    fits = next((one for one in shorter if _has_room(_coming(one, cadence, now), length)), None)
    most = f" At most {fits.prompt_days_before} fit between your meetings." if fits else ""
    return f"With so many working days, the questions would come before the last meeting is over.{most}"
