"""Answers for one reader alone: whether they have had them before them, and what becomes of those they have not read
when somebody else leads (practice.md, rule 2)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import MeetingState, Round
from bot.domain.text import stamp
from bot.services import reflections
from storage import tables as t

ANOTHER_LEADS = "Somebody else leads by now. Your answers, and who sees them, are behind My answers."
NOTHING_THERE = "There is nothing to decide any more. Your answers, and who sees them, are behind My answers."


async def mark_shown(session: AsyncSession, answers: Sequence[str]) -> None:
    """These were shown to the one person whom they are for. No moment is kept of it."""
    if answers:
        row = t.Reflection
        new = update(row).where(row.id.in_(answers), ~row.shown).values(shown=True)
        await session.execute(new.execution_options(synchronize_session=False))


# ---- Somebody else leads ----


@dataclass(frozen=True)
class Former:
    """Somebody's answers to a meeting's questions that are for whoever led before alone, or for nobody any more, and
    stay so unless their author says otherwise. `unread`: the positions of those that this reader has not had before
    them. `reader` is None where that one is gone."""

    author: str
    reader: str | None
    positions: tuple[int, ...]
    unread: tuple[int, ...]


def mark_of(round_: Round) -> str:
    """Tells who leads, for a question about it, without naming them."""
    return stamp(f"{round_.meeting.id} {round_.meeting.facilitator}")


async def with_former(session: AsyncSession, rounds: Sequence[Round], _now: datetime) -> dict[str, list[Former]]:
    """By meeting, of those that are to come. Nobody is asked about what they wrote for themselves, or where they lead
    now; nor where nobody leads yet."""
    led = [one.meeting.id for one in rounds if one.meeting.state == MeetingState.UPCOMING and one.meeting.facilitator]
    if not led:
        return {}
    row, meeting = t.Reflection, t.Meeting
    found = await session.execute(
        select(meeting.id, row.author_id, row.reader_id, row.position, row.shown)
        .join(t.Prompt, t.Prompt.id == row.prompt_id)
        .join(meeting, meeting.id == t.Prompt.meeting_id)
        .where(
            meeting.id.in_(led), _is_with_former(), row.author_id.is_not(None), row.author_id != meeting.facilitator_id
        )
        .order_by(row.author_id, row.position)
    )
    by_author: defaultdict[tuple[str, str], list[tuple[str | None, int, bool]]] = defaultdict(list)
    for of_meeting, author, reader, position, shown in found:
        by_author[of_meeting, author or ""].append((reader, position, shown))
    made: defaultdict[str, list[Former]] = defaultdict(list)
    for (of_meeting, author), answers in by_author.items():
        positions = tuple(position for _, position, _ in answers)
        unread = tuple(position for _, position, shown in answers if not shown)
        made[of_meeting].append(Former(author, answers[0][0], positions, unread))
    return dict(made)


async def kept_unread(session: AsyncSession, rounds: Sequence[Round], _now: datetime) -> dict[str, set[str]]:
    """By meeting, whoever led before and has not read yet what its author chose to keep with them."""
    row, meeting = t.Reflection, t.Meeting
    found = await session.execute(
        select(meeting.id, row.reader_id)
        .join(t.Prompt, t.Prompt.id == row.prompt_id)
        .join(meeting, meeting.id == t.Prompt.meeting_id)
        .where(
            meeting.id.in_([one.meeting.id for one in rounds]),
            row.visibility == Visibility.FACILITATOR,
            row.stays,
            ~row.shown,
            row.reader_id.is_not(None),
            row.reader_id != row.author_id,
            or_(meeting.facilitator_id.is_(None), row.reader_id != meeting.facilitator_id),
        )
        .distinct()
    )
    made: defaultdict[str, set[str]] = defaultdict(set)
    for of_meeting, reader in found:
        made[of_meeting].add(reader or "")
    return dict(made)


def _is_with_former() -> ColumnElement[bool]:
    row, meeting = t.Reflection, t.Meeting
    another = or_(row.reader_id.is_(None), row.reader_id != meeting.facilitator_id)
    not_for_themselves = or_(row.reader_id.is_(None), row.reader_id != row.author_id)
    return (row.visibility == Visibility.FACILITATOR) & ~row.stays & another & not_for_themselves


async def of_author(session: AsyncSession, round_: Round, author: str) -> Former | None:
    """What one person has to decide."""
    made = await with_former(session, [round_], round_.meeting.starts_at)
    return next((one for one in made.get(round_.meeting.id, ()) if one.author == author), None)


async def require_of_author(session: AsyncSession, round_: Round, author: str, mark: str) -> Former:
    """The same for whoever was asked when the one with that mark led; DomainError where that is over."""
    if mark != mark_of(round_):
        raise DomainError(ANOTHER_LEADS)
    former = await of_author(session, round_, author)
    if former is None:
        raise DomainError(NOTHING_THERE)
    return former


async def give(session: AsyncSession, round_: Round, author: str, positions: Sequence[int]) -> None:
    """Let whoever leads now read these, and not whom they were for."""
    await _change(session, round_, author, positions, reader_id=round_.meeting.facilitator, shown=False)


async def keep(session: AsyncSession, round_: Round, author: str, positions: Sequence[int]) -> None:
    """They stay with whom they were for, whoever leads; nobody is asked again."""
    await _change(session, round_, author, positions, stays=True)


async def take_back(session: AsyncSession, round_: Round, author: str, positions: Sequence[int], now: datetime) -> None:
    for position in positions:
        await reflections.withdraw(session, round_, author, position, now)


async def _change(
    session: AsyncSession, round_: Round, author: str, positions: Sequence[int], **values: object
) -> None:
    row = t.Reflection
    theirs = (row.prompt_id == round_.prompt.id, row.author_id == author, row.position.in_(positions))
    private = update(row).where(*theirs, row.visibility == Visibility.FACILITATOR)
    await session.execute(private.values(values).execution_options(synchronize_session="fetch"))
