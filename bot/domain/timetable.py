"""When the parts of one meeting's round are due (practice.md, rhythm around one meeting)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.cadence import local, place
from bot.domain.charter import Rhythm
from bot.domain.working_days import NO_DAYS, is_working, nearest_earlier, nearest_later, working_day_before

MORNING, EVENING = time(9), time(17)
"""A meeting before the one has its agenda at the other, on the working day before."""

REVIEW = timedelta(hours=2)
"""So long the facilitator has for the draft and the anonymous answers, at least, where there is time."""

LEAST_TO_ANSWER = timedelta(hours=2)
"""Where people would get less, the round is squeezed."""


@dataclass(frozen=True)
class Timetable:
    """When the parts of a round are due, all in UTC. `squeezed`: the meeting is too near for the group's rhythm."""

    opens_at: datetime
    draft_due_at: datetime
    closes_at: datetime
    agenda_due_at: datetime
    handoff_due_at: datetime
    squeezed: bool = False


@dataclass(frozen=True)
class Before:
    """What comes before a meeting: the questions, the end of answering, and the agenda."""

    opens_at: datetime
    closes_at: datetime
    agenda_due_at: datetime


def timetable(
    slot: datetime,
    following: datetime,
    length: int,
    zone: str,
    rhythm: Rhythm,
    now: datetime,
    off: frozenset[date] = NO_DAYS,
) -> Timetable:
    """The group's rhythm, squeezed where a meeting is nearer than it needs, or the one after it is.

    `slot` is the meeting's wall-clock time in the zone, `following` that of the one after it; `off` are days off.
    """
    starts_at = place(slot, zone)
    wished = _before(slot, starts_at, zone, rhythm, off)
    actual = _squeeze(wished, starts_at, _opens(wished, slot, zone, rhythm, now, off))
    answering = actual.closes_at - actual.opens_at
    moved = (actual.closes_at, actual.agenda_due_at) != (wished.closes_at, wished.agenda_due_at)
    return Timetable(
        opens_at=actual.opens_at,
        draft_due_at=actual.closes_at,
        closes_at=actual.closes_at,
        agenda_due_at=actual.agenda_due_at,
        handoff_due_at=_handoff(slot, starts_at + timedelta(minutes=length), following, zone, rhythm, off),
        squeezed=now > wished.opens_at and (moved or answering * 2 < wished.closes_at - wished.opens_at),
    )


def before(slot: datetime, zone: str, rhythm: Rhythm, off: frozenset[date] = NO_DAYS) -> Before:
    """What comes before a meeting as the rhythm wants it, whatever time there is."""
    return _before(slot, place(slot, zone), zone, rhythm, off)


def _before(slot: datetime, starts_at: datetime, zone: str, rhythm: Rhythm, off: frozenset[date]) -> Before:
    return Before(
        _days_before(slot, rhythm.prompt_days_before, rhythm.prompt_at, zone, rhythm, off),
        _days_before(slot, rhythm.closes_days_before, rhythm.closes_time, zone, rhythm, off),
        _agenda(slot, starts_at, zone, rhythm, off),
    )


def _days_before(
    slot: datetime, count: int, at: time, zone: str, rhythm: Rhythm, off: frozenset[date] = NO_DAYS
) -> datetime:
    return place(datetime.combine(working_day_before(slot.date(), count, rhythm.working_days, off), at), zone)


def _agenda(slot: datetime, starts_at: datetime, zone: str, rhythm: Rhythm, off: frozenset[date]) -> datetime:
    due = starts_at - timedelta(hours=rhythm.agenda_hours_before)
    if slot.hour < rhythm.agenda_hours_before:  # on an earlier day
        there = local(due, zone)
        day = min(slot.date(), there.date())
        day = day if day == slot.date() else nearest_earlier(day, rhythm.working_days, off)
        due = min(due, place(datetime.combine(day, there.time()), zone))
    if slot.time() < MORNING:
        due = min(due, _days_before(slot, 1, EVENING, zone, rhythm, off))
    return due


def _opens(wished: Before, slot: datetime, zone: str, rhythm: Rhythm, now: datetime, off: frozenset[date]) -> datetime:
    """When the questions go out: in their time; where that is over, at once, but on no day off if it can wait."""
    opens = wished.opens_at
    first_end = min(wished.closes_at, wished.agenda_due_at)
    if opens >= first_end:  # a rhythm that contradicts itself: people still get time to answer
        there = local(first_end, zone).replace(tzinfo=None)
        opens = _days_before(there, 1, rhythm.prompt_at, zone, rhythm, off)
    if opens >= now:
        return opens
    later = next_morning(slot, zone, rhythm, now, off)
    return later if later is not None and later + LEAST_TO_ANSWER <= wished.agenda_due_at else now


def next_morning(
    slot: datetime, zone: str, rhythm: Rhythm, now: datetime, off: frozenset[date] = NO_DAYS
) -> datetime | None:
    """On a day off before a meeting: when the next working day begins, at the time at which questions come."""
    today = local(now, zone).date()
    if today >= slot.date() or is_working(today, rhythm.working_days, off):
        return None
    day = min(nearest_later(today, rhythm.working_days, off), slot.date())
    return place(datetime.combine(day, rhythm.prompt_at), zone)


def _squeeze(wished: Before, starts_at: datetime, opens: datetime) -> Before:
    """The end of answering and the agenda, in order between the questions and the meeting."""
    closes, agenda = wished.closes_at, wished.agenda_due_at
    if closes > agenda and closes < starts_at:
        agenda = closes + min(REVIEW, (starts_at - closes) / 2)
    if agenda - opens < LEAST_TO_ANSWER:
        agenda = max(agenda, opens + (starts_at - opens) * 3 / 4)
    in_its_time = opens == wished.opens_at and opens < closes <= agenda
    if not in_its_time and not opens + LEAST_TO_ANSWER <= closes <= agenda:
        closes = opens + (agenda - opens) / 2
    return Before(opens, closes, agenda)


def _handoff(
    slot: datetime, ends: datetime, following: datetime, zone: str, rhythm: Rhythm, off: frozenset[date]
) -> datetime:
    """So many hours after the meeting, by the clock on the wall, on a working day, and before the next questions."""
    wall = local(ends, zone).replace(tzinfo=None) + timedelta(hours=rhythm.handoff_hours_after)
    day = wall.date() if wall.date() == slot.date() else nearest_later(wall.date(), rhythm.working_days, off)
    handoff = place(datetime.combine(day, wall.time()), zone)
    asked = _days_before(following, rhythm.prompt_days_before, rhythm.prompt_at, zone, rhythm, off)
    return max(ends, min(handoff, asked))


def notice_at(opens_at: datetime, closes_at: datetime) -> datetime:
    """From when on it is looked who answers without a name and is one of too few: half-time."""
    return opens_at + (closes_at - opens_at) / 2
