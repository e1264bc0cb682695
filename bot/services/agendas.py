"""The agenda: what it holds, editing it, posting it, and topics parked for later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import agenda as rules
from bot.domain.anonymity import Seen
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.domain.text import LONGEST_TOPIC, require
from bot.services.closing import end_answering
from bot.services.groups import agenda_changed, require_lead, want_plan
from bot.services.reflections import readable
from storage import tables as t

MOST_PARKED = 50


@dataclass(frozen=True)
class Topic:
    """A parked item."""

    id: str
    text: str
    by: str


@dataclass(frozen=True)
class Contents:
    """An agenda as one viewer may see it."""

    items: tuple[rules.Item, ...]
    answers: tuple[Seen, ...]
    parked: tuple[Topic, ...]


async def contents(session: AsyncSession, found: Round, viewer: str | None) -> Contents:
    """The agenda for a viewer; `viewer` None is the group, who sees what was given to the group."""
    # What is kept once the meeting has begun is for the next one.
    topics = await parked(session, found.group.id, found.meeting.starts_at)
    row = await session.get(t.Meeting, found.meeting.id)
    saved = row.agenda if row else None
    if saved is None:
        items = rules.draft(found.group.stage, found.meeting.length_minutes, [topic.text for topic in topics])
    else:
        items = tuple(rules.Item(str(i["title"]), int(str(i["minutes"])), str(i["kind"])) for i in saved)
    return Contents(items, tuple(await readable(session, found.prompt, viewer)), tuple(topics))


async def edit(session: AsyncSession, found: Round, person: str, text: str) -> None:
    """Replace the agenda's lines; DomainError at `agenda` when they don't add up."""
    require_lead(found, person)
    items = rules.parse_lines(
        require(text, "agenda", "An agenda needs at least one line."), found.meeting.length_minutes
    )
    row = await _meeting(session, found)
    row.agenda = [{"title": i.title, "minutes": i.minutes, "kind": i.kind} for i in items]
    await session.flush()
    await agenda_changed(session, found)


async def post_now(session: AsyncSession, found: Round, person: str, now: datetime) -> None:
    """Post the agenda at once; answering ends with it. Pressing twice posts once."""
    require_lead(found, person)
    row = await _meeting(session, found)
    if row.agenda_posted_at is not None:
        raise DomainError("The agenda is in the channel already. Edit it, and I bring it up to date there.")
    if found.meeting.ends_at <= now:
        raise DomainError("That meeting is over. The next agenda comes in its own time.")
    _give_out(row, now)
    await end_answering(session, found, now)
    await want_plan(session, found.group.id)


async def mark_posted_due(session: AsyncSession, group: str, now: datetime) -> None:
    """An agenda whose time has come counts as given out then: from then on edits bring the posted one up to date."""
    rows = await session.execute(
        select(t.Meeting, t.Prompt.closes_at)
        .join(t.Prompt, t.Prompt.meeting_id == t.Meeting.id)
        .where(
            t.Meeting.collaborative_id == group,
            t.Meeting.state == "upcoming",
            t.Meeting.agenda_posted_at.is_(None),
            t.Prompt.closes_at <= now,
        )
    )
    for row, due in rows:
        _give_out(row, due)
        await want_plan(session, row.collaborative_id)


def _give_out(row: t.Meeting, now: datetime) -> None:
    row.agenda_posted_at = now
    row.agenda_given_revision = row.agenda_revision


async def _meeting(session: AsyncSession, found: Round) -> t.Meeting:
    row = await session.get(t.Meeting, found.meeting.id)
    if row is None:
        raise LookupError("a round's meeting")
    return row


async def parked(session: AsyncSession, group: str, until: datetime | None = None) -> list[Topic]:
    """The topics kept for later, oldest first; where a message about the past is redone, those from until then."""
    since = () if until is None else (t.ParkedItem.parked_at <= until,)
    rows = await session.scalars(
        select(t.ParkedItem)
        .where(t.ParkedItem.collaborative_id == group, t.ParkedItem.state == "open", *since)
        .order_by(t.ParkedItem.parked_at, t.ParkedItem.id)
        .limit(MOST_PARKED)
    )
    return [Topic(row.id, row.text, row.parked_by) for row in rows]


async def park(session: AsyncSession, found: Round, person: str, text: str, now: datetime) -> Topic:
    """Keep a topic for later. The same topic again is the one that is there."""
    cleaned = require(text, "topic", "What should we keep for later? Write it behind `/collab park`.", LONGEST_TOPIC)
    topics = await parked(session, found.group.id)
    for topic in topics:
        if topic.text.casefold() == cleaned.casefold():
            return topic
    if len(topics) >= MOST_PARKED:
        raise DomainError(f"{MOST_PARKED} topics are parked already. Close some with `/collab park` first.", "topic")
    row = t.ParkedItem(
        id=t.new_id(),
        workspace_id=found.group.workspace,
        collaborative_id=found.group.id,
        text=cleaned,
        parked_by=person,
        parked_at=now,
    )
    session.add(row)
    await session.flush()
    await agenda_changed(session, found)
    return Topic(row.id, cleaned, person)


async def unpark(session: AsyncSession, found: Round, person: str, item: str) -> None:
    """Close a topic: its author's and the facilitator's to do."""
    row = await session.get(t.ParkedItem, item)
    if row is None or row.collaborative_id != found.group.id or row.state != "open":
        return
    if row.parked_by != person:
        require_lead(found, person)
    row.state = "closed"
    await session.flush()
    await agenda_changed(session, found)


def as_lines(items: Sequence[rules.Item]) -> str:
    return rules.as_lines(items)
