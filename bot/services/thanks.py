"""Thanks for answers: given, taken back, and told to their recipients. They are counted nowhere."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.deliveries import DeliveryState
from bot.domain.errors import DomainError
from bot.domain.reminders import Hours
from bot.domain.rounds import Group, MeetingState, Round
from bot.domain.thanks import next_telling, telling_day
from bot.services import people, preferences
from bot.services.deliveries import TOO_LATE
from bot.services.reflections import answers_with
from storage import tables as t
from storage.engine import upsert

FORGOTTEN = timedelta(days=8)
"""Thanks that could not be told for so long are dropped."""

GONE = "That answer is not there any more."


@dataclass(frozen=True)
class Waiting:
    """Somebody has thanks to hear, on a day of their own zone."""

    person: str
    day: date
    zone: str
    hours: Hours


THANKS = "thanks"
"""The kind of delivery that tells of them."""


@dataclass(frozen=True)
class Thanks:
    """The day of which a delivery tells."""

    day: date


_DAY = t.Delivery.arguments["day"].as_string()


@dataclass(frozen=True)
class Thanked:
    """An answer that people said thanks for: their own thanks, which nobody else sees."""

    question: str
    text: str
    by: tuple[str, ...]


async def thank(session: AsyncSession, round_: Round, person: str, answer: str, now: datetime) -> None:
    """Thank for a named answer. Idempotent."""
    author = await _author(session, round_, answer)
    if author == person:
        raise DomainError("That is your own answer.")
    zone = await people.zone_of(session, round_.group.workspace, author)
    row = {
        "workspace_id": round_.group.workspace,
        "reflection_id": answer,
        "person_id": person,
        "tell_on": telling_day(now, zone),
    }
    await upsert(session, t.Appreciation, [row], changes=())


async def take_back(session: AsyncSession, round_: Round, person: str, answer: str, _now: datetime) -> None:
    """Take one's thanks back; the author hears of it only if they were told already."""
    await _author(session, round_, answer)
    await session.execute(
        delete(t.Appreciation).where(t.Appreciation.reflection_id == answer, t.Appreciation.person_id == person)
    )


async def _author(session: AsyncSession, round_: Round, answer: str) -> str:
    """The author of an answer of this group that everybody in it may read by name. Raises DomainError if there is
    none."""
    author = await session.scalar(
        select(t.Reflection.author_id)
        .join(t.Prompt, t.Prompt.id == t.Reflection.prompt_id)
        .where(
            t.Reflection.id == answer,
            t.Prompt.collaborative_id == round_.group.id,
            t.Reflection.visibility == Visibility.NAMED,
            or_(t.Prompt.closed_at.is_not(None), t.Prompt.shared_at.is_not(None)),
        )
    )
    if author is None:
        raise DomainError(GONE)
    return author


async def waiting_in(session: AsyncSession, rounds: Sequence[Round], now: datetime) -> Mapping[str, list[Waiting]]:
    """`waiting` for the groups of many rounds at once, by the meeting that is to come: most have none."""
    groups = {one.meeting.id: one.group for one in rounds if one.meeting.state == MeetingState.UPCOMING}
    some = await session.scalars(
        select(t.Prompt.collaborative_id)
        .join(t.Reflection, t.Reflection.prompt_id == t.Prompt.id)
        .join(t.Appreciation, t.Appreciation.reflection_id == t.Reflection.id)
        .where(
            t.Appreciation.workspace_id.in_({group.workspace for group in groups.values()}),
            t.Appreciation.tell_on >= now.date() - FORGOTTEN,
        )
        .distinct()
    )
    thanked = set(some)
    return {one: await waiting(session, group, now) for one, group in groups.items() if group.id in thanked}


async def waiting(session: AsyncSession, group: Group, now: datetime) -> list[Waiting]:
    """Members with thanks to hear for what they said in this group, unless another group tells them on that day."""
    first: dict[str, date] = {}
    for row in await _untold(session, group.workspace, group.members, now.date()):
        if row.collaborative_id == group.id:
            first[row.author_id] = min(row.tell_on, first.get(row.author_id, row.tell_on))
    found = []
    for person, since in sorted(first.items()):
        reader = await preferences.of_person(session, group.workspace, person)
        day = next_telling(since, now, reader.zone, reader.wishes.hours)
        if not await _told_elsewhere(session, group, person, day):
            found.append(Waiting(person, day, reader.zone, reader.wishes.hours))
    return found


async def to_tell(session: AsyncSession, workspace: str, person: str, day: date) -> list[Thanked]:
    """What somebody is thanked for, in all their groups, and by whom: all that they have not heard by that day."""
    return _thanked([row for row in await _untold(session, workspace, [person], day) if row.tell_on <= day])


def _thanked(given: Sequence[Any]) -> list[Thanked]:
    by: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in given:
        by[row.id, row.question, row.text].append(row.person_id)
    return [Thanked(question, said, tuple(givers)) for (_, question, said), givers in by.items()]


async def told(session: AsyncSession, workspace: str, person: str, day: date) -> list[Thanked]:
    """The thanks of that day's direct message, as far as they still exist."""
    heard = (await last_told(session, workspace, {person}, before=day)).get(person, date.min)
    return _thanked([g for g in await _given(session, workspace, [person], day) if heard < g.tell_on <= day])


async def _untold(session: AsyncSession, workspace: str, authors: Sequence[str], today: date) -> list[Any]:
    """Untold thanks for answers that these people still have under their names."""
    found = await _given(session, workspace, authors, today)
    told = await last_told(session, workspace, {row.author_id for row in found})
    return [row for row in found if row.tell_on > told.get(row.author_id, date.min)]


async def _given(session: AsyncSession, workspace: str, authors: Sequence[str], today: date) -> Sequence[Any]:
    """Thanks for answers that these people still have under their names, recent enough to be told today."""
    rows = await session.execute(
        answers_with(
            t.Reflection.author_id,
            t.Reflection.id,
            t.Reflection.text,
            t.PromptQuestion.text.label("question"),
            t.Prompt.collaborative_id,
            t.Appreciation.person_id,
            t.Appreciation.tell_on,
        )
        .join(t.Appreciation, t.Appreciation.reflection_id == t.Reflection.id)
        .where(
            t.Appreciation.workspace_id == workspace,
            t.Appreciation.tell_on >= today - FORGOTTEN,
            t.Reflection.author_id.in_(authors),
            t.Reflection.visibility == Visibility.NAMED,
        )
        .order_by(t.Prompt.opens_at.desc(), t.Reflection.position, t.Reflection.id, t.Appreciation.person_id)
    )
    return rows.all()


async def last_told(
    session: AsyncSession, workspace: str, authors: set[str], before: date = date.max
) -> dict[str, date]:
    """The last day whose thanks each was told. Attempts count, since nothing is told twice on a guess."""
    row = t.Delivery
    tried = or_(
        row.state.in_((DeliveryState.SENT, DeliveryState.UNCLEAR, DeliveryState.ASKED, DeliveryState.FAILED)),
        and_(row.state == DeliveryState.SKIPPED, row.reason.is_distinct_from(TOO_LATE)),
    )
    days = await session.execute(
        select(row.recipient, _DAY).where(
            text(t.OF_PERSON),
            row.kind == THANKS,
            row.workspace_id == workspace,
            row.recipient.in_(authors),
            before.isoformat() > _DAY,
            tried,
        )
    )
    last: dict[str, date] = {}
    for person, day in days:
        last[person] = max(date.fromisoformat(day or ""), last.get(person, date.min))
    return last


async def _told_elsewhere(session: AsyncSession, group: Group, person: str, day: date) -> bool:
    row = t.Delivery
    found = await session.scalar(
        select(row.id)
        .where(
            text(t.OF_PERSON),
            row.kind == THANKS,
            row.workspace_id == group.workspace,
            row.recipient == person,
            day.isoformat() == _DAY,
            row.collaborative_id != group.id,
            row.state != DeliveryState.WITHDRAWN,
        )
        .limit(1)
    )
    return found is not None
