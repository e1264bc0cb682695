"""Erases everything about a person in one transaction: what is deleted, what others take over, and what is updated."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.domain.charter import Facilitation
from bot.domain.deliveries import DeliveryState
from bot.domain.leading import Role, Why
from bot.domain.personal import GROUP, ErasureAction
from bot.domain.rounds import Group, GroupState, MeetingState
from bot.services import anonymous_batches, changes, leading, message_cleanup, rounds
from bot.services.erasure_log import erase_rows
from bot.services.leading import Change
from bot.services.message_cleanup import Face
from bot.services.personal import rows_of, unshown_anonymous_answers
from bot.services.personal_columns import PERSONAL_COLUMNS
from storage import tables as t
from storage import written
from storage.engine import erased, for_update, upsert

PERSON = "person"
"""The log's entry for an erasure of everything about somebody."""

KEPT_TOPIC = "Kept from earlier"
LONGEST_LINE = 200


@dataclass(frozen=True)
class ErasurePreview:
    """What an erasure would delete and change, for the screen that asks for confirmation."""

    answers: int
    anonymous: int
    topics: int
    led: int
    groups: tuple[str, ...]
    heirs: Mapping[str, str | None] = field(default_factory=dict)
    """Groups that they alone convene, by name: who takes over, or None if the group ends."""


async def estate(session: AsyncSession, workspace: str, person: str) -> ErasurePreview:
    """Read only; changes nothing."""
    held = {(h.table, h.column): len(await rows_of(session, h, workspace, person)) for h in PERSONAL_COLUMNS}
    mine = await rounds.groups_of(session, workspace, person)
    return ErasurePreview(
        answers=held[t.Reflection, "author_id"],
        anonymous=len(await unshown_anonymous_answers(session, workspace, person)),
        topics=held[t.ParkedItem, "parked_by"],
        led=held[t.Meeting, "facilitator_id"],
        groups=tuple(group.charter.name for group in mine),
        heirs={g.charter.name: _heir(g, person) for g in mine if not set(g.conveners) - {person}},
    )


def _heir(group: Group, gone: str) -> str | None:
    """The member of longest standing: a group must not be left without a convener."""
    return next((member for member in group.members if member != gone), None)


async def forget(session: AsyncSession, workspace: str, person: str, now: datetime) -> None:
    """Erase everything about a person. Messages that show them are rendered again, and direct messages to them are
    deleted in Slack."""
    groups = await _groups_of(session, workspace, person)
    for group in groups:
        await session.scalar(for_update(session, select(t.Collaborative).where(t.Collaborative.id == group)))
    for meeting in await _meetings_that_show(session, workspace, person):
        changes.want_refresh(session, workspace, meeting)
    await _erase_what_was_written(session, workspace, person, now)
    await _delete_own_messages(session, workspace, person, now)
    await _empty_rows(session, workspace, person)
    await _clear_drafts(session, workspace, person)
    session.expire_all()
    for group in groups:
        await _take_over(session, workspace, group, person, now)
    await _leave_turns(session, workspace, person)
    await _record(session, workspace, person, now)
    await written.forget(session, workspace, person)
    erased(session)


# ---- What is concerned ----


async def _groups_of(session: AsyncSession, workspace: str, person: str) -> list[str]:
    """Every group that holds anything of somebody, in a fixed order."""
    group, member, convener, meeting = t.Collaborative, t.Member, t.Convener, t.Meeting
    led = select(meeting.collaborative_id).where(meeting.facilitator_id == person)
    mine = or_(
        group.started_by == person,
        group.designated_id == person,
        group.id.in_(select(member.collaborative_id).where(member.person_id == person)),
        group.id.in_(select(convener.collaborative_id).where(convener.person_id == person)),
        group.id.in_(led),
    )
    rows = await session.scalars(select(group.id).where(group.workspace_id == workspace, mine).order_by(group.id))
    return list(rows)


async def _meetings_that_show(session: AsyncSession, workspace: str, person: str) -> set[str]:
    """Meetings of which no row shows this person, but messages do: those after something of theirs was kept for their
    group, and the first of a group that they started. All others are found by what is erased."""
    meeting, group = t.Meeting, t.Collaborative
    found: set[str] = set()
    for held in PERSONAL_COLUMNS:
        if held.shown_since is not None:
            table: Any = held.table.__table__
            later = meeting.handoff_due_at >= table.c[held.shown_since]
            mine = (table.c[held.column] == person, table.c.workspace_id == workspace, later)
            after = select(meeting.id).join(table, table.c[GROUP] == meeting.collaborative_id).where(*mine)
            found |= {*await session.scalars(after)}
    first = (
        select(meeting.id)
        .join(group, group.id == meeting.collaborative_id)
        .where(group.workspace_id == workspace, group.started_by == person, meeting.number == 1)
    )
    return found | {*await session.scalars(first)}


async def _delete_own_messages(session: AsyncSession, workspace: str, person: str, now: datetime) -> None:
    """Turn the records of all direct messages to them into records of messages to delete, with nothing but their
    place."""
    row = t.Delivery
    dms = await _dms_of(session, workspace, person)
    mine = or_(row.recipient == person, row.recipient.in_(dms), row.sent_channel.in_(dms))
    sent = await message_cleanup.take(session, (row.workspace_id == workspace) & mine, Face.GONE)
    gone = [message_cleanup.debt(one, Face.GONE, now) for one in sent]
    await message_cleanup.owe(session, [replace(one, recipient=one.channel or message_cleanup.ERASED) for one in gone])


async def _dms_of(session: AsyncSession, workspace: str, person: str) -> list[str]:
    """Their direct-message channel, if any record knows it."""
    known, row = t.Person, t.Delivery
    remembered = select(known.dm_channel).where(known.workspace_id == workspace, known.id == person)
    written_to = select(row.sent_channel).where(row.workspace_id == workspace, row.recipient == person).distinct()
    found = {*await session.scalars(remembered), *await session.scalars(written_to)}
    return sorted(channel for channel in found if channel and channel.startswith("D"))


# ---- What goes ----


async def _erase_what_was_written(session: AsyncSession, workspace: str, person: str, now: datetime) -> None:
    await anonymous_batches.erase_of(session, workspace, person, now)
    for held in PERSONAL_COLUMNS:
        if held.fate is ErasureAction.RECORDED:
            rows = await rows_of(session, held, workspace, person)
            if held.table is t.ParkedItem:  # the only rows of which agendas hold a copy
                await _take_off_agendas(session, rows)
            await erase_rows(session, held.table, rows, now)


async def _take_off_agendas(session: AsyncSession, topics: Sequence[Mapping[str, Any]]) -> None:
    """A topic that a facilitator took over into an agenda stays there as text."""
    gone = {row["text"][:LONGEST_LINE] for row in topics}
    groups = {row["collaborative_id"] for row in topics}
    found = select(t.Agenda).join(t.Meeting, t.Meeting.id == t.Agenda.meeting_id)
    found = found.where(t.Meeting.collaborative_id.in_(groups), t.Agenda.items.is_not(None))
    for agenda in await session.scalars(found):
        items = agenda.items or []
        if any(item["title"] in gone for item in items):
            agenda.items = [i | {"title": KEPT_TOPIC} if i["title"] in gone else i for i in items]
    await session.flush()


async def _empty_rows(session: AsyncSession, workspace: str, person: str) -> None:
    for held in PERSONAL_COLUMNS:
        table: Any = held.table.__table__
        mine = (table.c[held.column] == person, table.c.workspace_id == workspace)
        if held.fate is ErasureAction.ROW_GOES:
            await session.execute(delete(table).where(*mine))
        elif held.fate is ErasureAction.EMPTIED:
            await session.execute(update(table).where(*mine).values({held.column: None}))


async def _clear_drafts(session: AsyncSession, workspace: str, person: str) -> None:
    """Somebody else may have selected them in an unfinished setup form."""
    for draft in await session.scalars(select(t.CharterDraft).where(t.CharterDraft.workspace_id == workspace)):
        draft.filled = {name: _without(value, person) for name, value in draft.filled.items()}
    await session.flush()


def _without(value: object, person: str) -> object:
    if isinstance(value, list):
        return [one for one in value if one != person]
    return None if value == person else value


# ---- What is taken over ----


async def _take_over(session: AsyncSession, workspace: str, group_id: str, person: str, now: datetime) -> None:
    """The group goes on without them: another convener, another facilitator; without members it ends."""
    row = await session.get_one(t.Collaborative, group_id)
    await session.execute(
        delete(t.Convener).where(t.Convener.collaborative_id == group_id, t.Convener.person_id == person)
    )
    group = await rounds.group_by_id(session, workspace, group_id)
    if group is None:
        raise LookupError("a group that was just there")
    heir = next((c for c in group.conveners), _heir(group, person))
    if heir is not None and not group.conveners:
        scope = {"workspace_id": workspace, "collaborative_id": group_id}
        session.add(t.Convener(**scope, person_id=heir))
        for coming in await rounds.currents(session, [group]):
            leading.record(session, group, coming.meeting.id, role=Role.CONVENER, now=heir, why=Why.TAKEN, at=now)
    if row.started_by == person:
        row.started_by = rounds.NOBODY  # whoever looks after it now did not start it
    if row.designated_id == person:
        row.designated_id, row.facilitation = None, Facilitation.ROTATING
    await session.flush()
    if heir is None:
        await _end(session, row, now)
    else:
        await _find_who_leads(session, workspace, group_id, person, now)


async def _find_who_leads(session: AsyncSession, workspace: str, group_id: str, person: str, now: datetime) -> None:
    group = await rounds.group_by_id(session, workspace, group_id)
    meeting = t.Meeting
    theirs = (meeting.collaborative_id == group_id, meeting.facilitator_id == person, meeting.starts_at > now)
    row = await session.scalar(select(meeting).where(*theirs, meeting.state == MeetingState.UPCOMING))
    if group is not None and row is not None:
        following = await leading.who_leads(session, group, row.number or 1, row.slot.date())
        change = Change(following, Why.GONE, now, forgotten=True)
        await leading.change_facilitator(session, group, row.id, change)


async def _end(session: AsyncSession, row: t.Collaborative, now: datetime) -> None:
    """Nobody is left: nothing more is asked or posted."""
    row.state = GroupState.CLOSED
    await session.flush()
    await anonymous_batches.end_group(session, row.id, now)
    to_come = (t.Meeting.collaborative_id == row.id, t.Meeting.state == MeetingState.UPCOMING)
    await session.execute(update(t.Meeting).where(*to_come).values(state=MeetingState.LAPSED))
    claimed = (
        t.Delivery.collaborative_id == row.id,
        t.Delivery.state.in_((DeliveryState.PLANNED, DeliveryState.UNCLEAR, DeliveryState.ASKED)),
        t.Delivery.kind != CLEANUP,
    )
    values = {"state": DeliveryState.WITHDRAWN, "reason": "nobody is left in the group"}
    await session.execute(update(t.Delivery).where(*claimed).values(values))


async def _leave_turns(session: AsyncSession, workspace: str, person: str) -> None:
    """The record of turns keeps one without a person."""
    mine = (t.Meeting.workspace_id == workspace, t.Meeting.facilitator_id == person)
    await session.execute(update(t.Meeting).where(*mine).values(facilitator_id=None))


# ---- The record, and a restore ----


async def _record(session: AsyncSession, workspace: str, person: str, now: datetime) -> None:
    """A salted hash of a person's id: it can be compared with an id, and not be reversed.

    Each has a salt of its own, so that a second erasure of somebody who came back is found, too.
    """
    row = {"row_id": _mark(secrets.token_hex(8), workspace, person), "what": PERSON, "erased_on": now.date()}
    await upsert(session, t.Erasure, [row | {"workspace_id": workspace}])


def _mark(chance: str, workspace: str, person: str) -> str:
    return chance + sha256(f"{chance} {workspace} {person}".encode()).hexdigest()[:48]


async def forget_again(session: AsyncSession, records: Sequence[Mapping[str, Any]]) -> None:
    """Erase from restored rows everybody who erased everything after the backup was made, as of that day."""
    for record in records:
        if record["what"] == PERSON:
            workspace, mark = record["workspace_id"], record["row_id"]
            for person in await _everybody(session, workspace):
                if _mark(mark[:16], workspace, person) == mark:
                    await forget(session, workspace, person, datetime.combine(record["erased_on"], time(), UTC))


async def _everybody(session: AsyncSession, workspace: str) -> set[str]:
    """All ids of people in a workspace's rows."""
    found: set[str] = set()
    for held in PERSONAL_COLUMNS:
        column = held.table.__table__.c[held.column]
        query = select(column).where(held.table.__table__.c.workspace_id == workspace, column.is_not(None)).distinct()
        found |= set(await session.scalars(query))
    return found
