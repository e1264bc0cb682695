"""Thanks for an anonymous answer, given by whoever reviews the batch: its author is told while the key lives.

Nobody learns whose answer it is. Records with the author's name are deleted with the key; the thanks themselves are
deleted in the same transaction in which the texts are written again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.arguments import read
from bot.domain.cadence import local
from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import Batch, Round
from bot.domain.thanks import next_telling, telling_time
from bot.services import preferences, returned_answers, thanks
from storage import tables as t
from storage.engine import upsert

THANKED = "thanked"
NOT_TRIED = (DeliveryState.PLANNED, DeliveryState.WITHDRAWN)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ThanksNotice:
    """Somebody is to be told at a time that they were thanked for their anonymous answers to these questions."""

    person: str
    day: date
    due_at: datetime
    positions: tuple[int, ...]


@dataclass(frozen=True)
class Thanked:
    """What a delivery tells: of thanks on a day, for answers to these questions."""

    day: date
    positions: tuple[int, ...]


async def thank(session: AsyncSession, round_: Round, reviewer: str, answer: str, now: datetime) -> None:
    """Thank for one text of a waiting batch. Idempotent. Raises DomainErrors at `which`.

    The day is the group's: the author's own would tell where they live.
    """
    row = await returned_answers.require_text(session, round_, reviewer, answer)
    day = local(now, round_.group.charter.cadence.zone).date()
    given = {"workspace_id": row.workspace_id, "reflection_id": row.id, "person_id": reviewer, "tell_on": day}
    await upsert(session, t.Appreciation, [given], changes=())


async def of_rounds(
    session: AsyncSession, rounds: Sequence[Round], now: datetime
) -> Mapping[str, Sequence[ThanksNotice]]:
    """`to_hear` by meeting, of batches that wait."""
    waiting = [one for one in rounds if one.prompt.batch is Batch.WAITING]
    return {one.meeting.id: await to_hear(session, one, now) for one in waiting}


async def to_hear(session: AsyncSession, round_: Round, now: datetime) -> list[ThanksNotice]:
    """Who is to be told of thanks: at once, or on another day if they were told some today.

    Other thanks never wait for these: their delay would tell who was thanked for an anonymous answer.
    """
    given = await _given(session, round_)
    if not given:
        return []
    told = await _told(session, round_)
    wanted = []
    for person, since in sorted((await _by_person(session, round_, given)).items()):
        untold = {
            at: day for at, day in since.items() if at not in {here for one in told[person] for here in one.positions}
        }
        if untold:
            wanted.append(await _next(session, round_, person, untold, told[person], now))
    return wanted


async def _next(
    session: AsyncSession, round_: Round, person: str, untold: dict[int, date], told: list[Thanked], now: datetime
) -> ThanksNotice:
    named = await thanks.last_told(session, round_.group.workspace, {person})
    heard = max([named.get(person, date.min), *(one.day for one in told)])
    first, positions = min(untold.values()), tuple(sorted(untold))
    if heard < first:
        return ThanksNotice(person, first, now, positions)
    reader = await preferences.of_person(session, round_.group.workspace, person)
    zone, hours = reader.zone, reader.wishes.hours
    day = next_telling(heard + A_DAY, now, zone, hours)
    return ThanksNotice(person, day, telling_time(day, zone, hours), positions)


async def thanked(session: AsyncSession, round_: Round, person: str) -> set[int]:
    """The questions to which somebody's anonymous answer was thanked for and still exists."""
    return set((await _by_person(session, round_, await _given(session, round_))).get(person, ()))


async def _given(session: AsyncSession, round_: Round) -> dict[str, date]:
    """The answers thanked for, with the day of the first thanks."""
    row, thanks = t.Reflection, t.Appreciation
    query = select(row.id, thanks.tell_on).join(row, row.id == thanks.reflection_id)
    here = (row.prompt_id == round_.prompt.id, row.visibility == Visibility.ANONYMOUS)
    return dict((await session.execute(query.where(*here).order_by(thanks.tell_on.desc()))).all())


async def _by_person(session: AsyncSession, round_: Round, given: dict[str, date]) -> dict[str, dict[int, date]]:
    made = await returned_answers.by_author(session, round_, round_.group.members)
    mine = {who: {row.position: given[row.id] for row, _ in rows if row.id in given} for who, rows in made.items()}
    return {who: since for who, since in mine.items() if since}


async def _told(session: AsyncSession, round_: Round) -> defaultdict[str, list[Thanked]]:
    """What messages told that were sent, or attempted, by person: nothing is told twice on a guess."""
    row = t.Delivery
    here = (row.meeting_id == round_.meeting.id, row.kind == THANKED, row.state.not_in(NOT_TRIED))
    said: defaultdict[str, list[Thanked]] = defaultdict(list)
    for person, kept in await session.execute(select(row.recipient, row.arguments).where(*here)):
        said[person].append(read(Thanked, kept))
    return said
