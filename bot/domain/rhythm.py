"""Whether a rhythm can be kept around a group's meetings, said at the field that stands in the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import islice, pairwise

from bot.domain.cadence import Cadence, Occurrence, occurrences
from bot.domain.charter import Rhythm
from bot.domain.errors import DomainError
from bot.domain.formatting import say_time
from bot.domain.timetable import EVENING, MORNING, Before, before

LOOKED_AT = 13
"""Meetings ahead: a year of months."""

MOST_DAYS, MOST_AGENDA_HOURS, MOST_HANDOFF_HOURS, MOST_QUESTIONS = 20, 72, 168, 3
LEAST_OPEN, LEAST_REVIEW = timedelta(hours=1), timedelta(minutes=30)
LEAST_HANDOFF_HOURS = 1
EARLIEST, LATEST = time(6), time(20)
"""Between these the group is asked: nobody is to be woken."""


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
    if not EARLIEST <= rhythm.prompt_at <= LATEST:
        raise DomainError(
            f"That is in the group's night. Pick a time from {say_time(EARLIEST)} to {say_time(LATEST)}.", "prompt_at"
        )
    if rhythm.handoff_hours_after < LEAST_HANDOFF_HOURS:
        raise DomainError("Whoever led needs an hour for the notes. At least 1.", "handoff_hours")
    coming = _coming(rhythm, cadence, now)
    for field, words, is_wrong in _CONTRADICTIONS:
        if all(is_wrong(one) for one in coming):
            raise DomainError(words, field)
    if all(_has_no_review(one) for one in coming):
        raise _no_review(rhythm, cadence, now)
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
)


def _has_no_review(one: Coming) -> bool:
    return one.before.agenda_due_at - one.before.closes_at < LEAST_REVIEW


def _no_review(rhythm: Rhythm, cadence: Cadence, now: datetime) -> DomainError:
    """Said where it helps: at the agenda, or where no hours of the agenda's would do, at the end of answering."""
    latest = replace(rhythm, agenda_hours_before=0)
    if not all(_has_no_review(one) for one in _coming(latest, cadence, now)):
        return DomainError(
            "Whoever leads needs half an hour between the end of answering and the agenda, to read it. Let the agenda "
            "come later, or let answering end earlier.",
            "agenda_hours",
        )
    if cadence.at < MORNING:
        return DomainError(
            f"For a meeting before {say_time(MORNING)} the agenda comes at {say_time(EVENING)} on the working day "
            "before. Let answering end half an hour before that at least.",
            "closes_days",
        )
    return DomainError("Let answering end half an hour before the meeting at least.", "closes_days")


def _has_room(coming: Sequence[Coming], length: int) -> bool:
    """Whether the questions come when the meeting before is over."""
    return any(one.before.opens_at >= one.last.starts_at + timedelta(minutes=length) for one in coming)


def _no_room(rhythm: Rhythm, cadence: Cadence, length: int, now: datetime) -> str:
    shorter = (replace(rhythm, prompt_days_before=days) for days in range(rhythm.prompt_days_before - 1, -1, -1))
    fits = next((one for one in shorter if _has_room(_coming(one, cadence, now), length)), None)
    most = f" At most {fits.prompt_days_before} fit between your meetings." if fits else ""
    return f"With so many working days, the questions would come before the last meeting is over.{most}"
