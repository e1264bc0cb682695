"""Planning a year for one group: every meeting, its timetable, and what is to be delivered around it.

The plan is rolling: at each handover the next round is found and planned. So the rules that do it are run round by
round, as they are in a group's life, and put against dateutil's expansion of the same rule for the same year. What it
takes with the database stands beside it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from itertools import islice
from random import Random
from statistics import median

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cadence import Cadence, Frequency, occurrences, place
from bot.domain.rounds import Meeting, MeetingState, Round
from bot.domain.timetable import timetable
from bot.services import handoff, rounds
from bot.services.deliveries import DesiredDelivery
from bot.services.round_opening import QuestionSource
from prompts.bank import load_bank
from storage.database import open_database
from tests.bench.databases import empty
from tests.bench.filling import WORKSPACE, found_group, person
from tests.bench.report import Row
from tests.support.planning import plan_group, wanted_of

MEETINGS, TIMES = 52, 50
CADENCE = Cadence(Frequency.WEEKLY, date(2026, 9, 1), wall_time(10), "America/Chicago")
FOUNDED = place(datetime(2026, 8, 25, 9), CADENCE.zone)  # noqa: DTZ001 - wall-clock time, naive by design


async def year(kind: str, server: str, meetings: int = MEETINGS, times: int = TIMES) -> list[Row]:
    with empty(kind, server) as url:
        database = await open_database(url)
        begun = time.perf_counter()
        async with database.sessions.begin(600) as session:
            first = await _live(session, meetings)
        whole = time.perf_counter() - begun
        await database.close()
    took: list[tuple[float, float]] = []
    for number in range(times):  # by turns, so that whatever else this machine does meets both
        cadence = replace(CADENCE, at=wall_time(10, number % 60))  # one that nothing is known of yet
        group = replace(first.group, charter=replace(first.group.charter, cadence=cadence))
        fresh = replace(first, group=group)
        took.append((_timed(lambda: expand(cadence, meetings)), _timed(lambda: plan(fresh, meetings))))  # noqa: B023 - done at once
    alone, planned = (median(each) for each in zip(*took, strict=True))
    beside = f"{planned * 1000:.2f} ms; dateutil {alone * 1000:.2f} ms; with {kind}, questions and turns {whole:.2f} s"
    what = f"planning a year, {meetings} meetings, for one group"
    return [Row(what, "expanding the rule with dateutil alone", planned / alone, 20, beside)]


def _timed(do: Callable[[], Sequence[object]]) -> float:
    begun = time.perf_counter()
    if not do():
        raise RuntimeError("nothing was planned")
    return time.perf_counter() - begun


async def _live(session: AsyncSession, meetings: int) -> Round:
    """The year as a group lives it, each round opened and planned when the one before is handed on; the first round."""
    group = await found_group(session, [person(n) for n in range(8)], CADENCE, FOUNDED)
    questions, first = QuestionSource(load_bank(), Random(7)), await rounds.current(session, group)
    for _ in range(meetings - 1):
        now = (await rounds.current(session, group)).meeting.handoff_due_at
        if await handoff.hand_off_due(session, questions, group.id, now) != 1:
            raise RuntimeError("nothing was handed on")
        await session.flush()
        await plan_group(session, WORKSPACE, group.id, now)
    return first


def expand(cadence: Cadence, meetings: int) -> list[datetime]:
    """dateutil alone."""
    start = datetime.combine(cadence.first, cadence.at)
    return cadence.rule().between(start, start + timedelta(weeks=meetings - 1), inc=True)


def plan(first: Round, meetings: int) -> list[list[DesiredDelivery]]:
    """What each round of the year owes, one round after the other."""
    now, owed, round_ = FOUNDED, [], first
    for number in range(1, meetings + 1):
        round_ = _round(first, round_, number, now)
        owed.append(wanted_of(round_, now))
        now = round_.meeting.handoff_due_at
    return owed


def _round(first: Round, before: Round, number: int, now: datetime) -> Round:
    """The next round, as it is opened when the one before it is handed on."""
    group = first.group
    after = before.meeting.starts_at if number > 1 else now
    occurrence, following = islice(occurrences(group.charter.cadence, after), 2)
    times = timetable(
        occurrence.slot, following.slot, group.charter.length_minutes, group.zone, group.charter.rhythm, now
    )
    meeting = Meeting(
        id=first.meeting.id,
        number=number,
        slot=occurrence.slot,
        starts_at=occurrence.starts_at,
        length_minutes=group.charter.length_minutes,
        state=MeetingState.UPCOMING,
        facilitator=first.meeting.facilitator,
        draft_due_at=times.draft_due_at,
        agenda_due_at=times.agenda_due_at,
        handoff_due_at=times.handoff_due_at,
    )
    prompt = replace(first.prompt, opens_at=times.opens_at, closes_at=times.closes_at)
    return Round(group, meeting, prompt, before.meeting if number > 1 else None, None)
