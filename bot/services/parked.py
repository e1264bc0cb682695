"""Topics parked for later: anybody's, until its author or whoever leads closes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.agenda import ParkedState
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.domain.text import LONGEST_TOPIC, clean, require
from bot.services.groups import require_lead
from bot.services.handoff_notes import Handover, NotesField
from storage import tables as t

MOST_PARKED = 50


@dataclass(frozen=True)
class Topic:
    """A parked item."""

    id: str
    text: str
    by: str


async def topics(session: AsyncSession, group: str, until: datetime | None = None) -> list[Topic]:
    """Parked topics, oldest first; to render an old message again, those from before its time."""
    since = () if until is None else (t.ParkedItem.parked_at <= until,)
    rows = await session.scalars(
        select(t.ParkedItem)
        .where(t.ParkedItem.collaborative_id == group, t.ParkedItem.state == ParkedState.OPEN, *since)
        .order_by(t.ParkedItem.parked_at, t.ParkedItem.id)
        .limit(MOST_PARKED)
    )
    return [Topic(row.id, row.text, row.parked_by) for row in rows]


async def for_meeting(session: AsyncSession, round_: Round) -> list[Topic]:
    """Those for a meeting; what is kept once it has begun is for the next one."""
    return await topics(session, round_.group.id, round_.meeting.starts_at)


async def park(session: AsyncSession, round_: Round, person: str, text: str, now: datetime) -> Topic:
    """Park a topic. Parking the same topic again returns the existing one."""
    cleaned = require(text, "topic", "What should we keep for later? Write it behind `/collab park`.", LONGEST_TOPIC)
    known = await topics(session, round_.group.id)
    for topic in known:
        if topic.text.casefold() == cleaned.casefold():
            return topic
    if len(known) >= MOST_PARKED:
        raise DomainError(f"{MOST_PARKED} topics are parked already. Close some with `/collab park` first.", "topic")
    row = t.ParkedItem(
        id=t.new_id(),
        workspace_id=round_.group.workspace,
        collaborative_id=round_.group.id,
        text=cleaned,
        parked_by=person,
        parked_at=now,
    )
    session.add(row)
    await session.flush()
    return Topic(row.id, cleaned, person)


# ---- After a meeting ----


def _lines(text: str) -> list[str]:
    return [line for line in map(clean, text.splitlines()) if line]


def _check_lines(text: str) -> str:
    for line in _lines(text):
        require(line, "topics", "", LONGEST_TOPIC)
    return "\n".join(_lines(text))


async def _park_lines(session: AsyncSession, round_: Round, person: str, text: str, now: datetime) -> None:
    for line in _lines(text):
        await park(session, round_, person, line, now)


IN_NOTES = NotesField("topics", _check_lines, _park_lines)
"""What a meeting did not get to, a topic a line."""


async def carried_over(session: AsyncSession, handover: Handover) -> list[Topic]:
    """What the group is told of in the handover, with what the notes add if that is still to come."""
    round_ = handover.round_
    there = await topics(session, round_.group.id, round_.meeting.handed_off_at)
    if round_.meeting.handed_off_at is not None:
        return there
    known = {topic.text.casefold() for topic in there}
    written = _lines(handover.notes.more.get(IN_NOTES.name, ""))
    return [*there, *(Topic("", line, handover.author) for line in written if line.casefold() not in known)]


# ---- Closing ----


async def unpark(session: AsyncSession, round_: Round, person: str, item: str) -> None:
    """Close a topic; allowed to its author and to the facilitator."""
    row = await session.get(t.ParkedItem, item)
    if row is None or row.collaborative_id != round_.group.id or row.state != ParkedState.OPEN:
        return
    if row.parked_by != person:
        require_lead(round_, person)
    row.state = ParkedState.CLOSED
    await session.flush()
