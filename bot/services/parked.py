"""Topics parked for later: anybody's, until its author or whoever leads closes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.agenda import ParkedState
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.domain.text import LONGEST_TOPIC, require
from bot.services.groups import require_lead
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


async def unpark(session: AsyncSession, round_: Round, person: str, item: str) -> None:
    """Close a topic; allowed to its author and to the facilitator."""
    row = await session.get(t.ParkedItem, item)
    if row is None or row.collaborative_id != round_.group.id or row.state != ParkedState.OPEN:
        return
    if row.parked_by != person:
        require_lead(round_, person)
    row.state = ParkedState.CLOSED
    await session.flush()
