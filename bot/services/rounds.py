"""Reading a group and its rounds."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, func, literal, select, text, union, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import rounds as values
from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Charter, Facilitation, Rhythm
from bot.domain.questions import Purpose, Stage, Wants
from storage import tables as t
from storage.engine import locked

CONVENES = -1
"""Stands where a member's seat does, for conveners."""


async def group_in_channel(session: AsyncSession, workspace: str, channel: str) -> values.Group | None:
    """The group that lives in a channel."""
    query = select(t.Collaborative).where(
        t.Collaborative.workspace_id == workspace,
        t.Collaborative.channel_id == channel,
        t.Collaborative.state == "active",
    )
    row = await session.scalar(locked(session, query))
    return await _group(session, row) if row else None


async def group_by_id(session: AsyncSession, workspace: str, group: str) -> values.Group | None:
    """A group by its id. Where the session writes, the group is its alone until it ends."""
    query = select(t.Collaborative).where(t.Collaborative.id == group, t.Collaborative.workspace_id == workspace)
    row = await session.scalar(locked(session, query))
    return await _group(session, row) if row else None


async def groups_of(session: AsyncSession, workspace: str, person: str) -> list[values.Group]:
    """Every group that somebody is a member of, by name."""
    rows = await session.scalars(
        select(t.Collaborative)
        .join(t.Member, t.Member.collaborative_id == t.Collaborative.id)
        .where(
            t.Collaborative.workspace_id == workspace,
            t.Collaborative.state == "active",
            t.Member.workspace_id == workspace,
            t.Member.person_id == person,
        )
        .order_by(t.Collaborative.name, t.Collaborative.id)
    )
    return [await _group(session, row) for row in rows]


async def _group(session: AsyncSession, row: t.Collaborative) -> values.Group:
    members = select(t.Member.person_id, t.Member.seat).where(t.Member.collaborative_id == row.id)
    conveners = select(t.Convener.person_id, literal(CONVENES)).where(t.Convener.collaborative_id == row.id)
    found = (await session.execute(union_all(members, conveners))).all()
    return values.Group(
        id=row.id,
        workspace=row.workspace_id,
        channel=row.channel_id,
        charter=charter_of(row),
        stage=Stage(row.stage),
        starter=row.started_by,
        started_at=row.started_at,
        members=tuple(person for person, seat in sorted(found, key=itemgetter(1)) if seat != CONVENES),
        conveners=tuple(person for person, seat in found if seat == CONVENES),
        stopped=row.stopped,
    )


def charter_of(row: t.Collaborative | Row[Any]) -> Charter:
    """A group's charter, from its row."""
    return Charter(
        name=row.name,
        purpose_kind=Purpose(row.purpose_kind),
        purpose=row.purpose,
        cadence=Cadence(Frequency(row.frequency), row.first_on, row.meets_at, row.zone),
        length_minutes=row.length_minutes,
        place=row.place,
        facilitation=Facilitation(row.facilitation),
        designated=row.designated_id,
        rhythm=Rhythm(
            row.prompt_days_before,
            row.prompt_at,
            row.draft_days_before,
            row.agenda_hours_before,
            row.handoff_hours_after,
            row.questions_per_prompt,
            row.notice_hours_before,
        ),
    )


async def current(session: AsyncSession, group: values.Group) -> values.Round:
    """The round that the group is in: the meeting that is to come, or is over and not handed on yet."""
    meeting, prompt = await _to_come(session, group)
    return await _round(session, group, meeting, prompt)


async def _to_come(session: AsyncSession, group: values.Group) -> tuple[t.Meeting, t.Prompt]:
    found = await session.execute(
        select(t.Meeting, t.Prompt)
        .join(t.Prompt, t.Prompt.meeting_id == t.Meeting.id)
        .where(t.Meeting.collaborative_id == group.id, t.Meeting.state == "upcoming")
    )
    row = found.first()
    if row is None:
        raise LookupError("a group always has a meeting to come")
    return row


async def round_of(session: AsyncSession, workspace: str, meeting: str) -> values.Round | None:
    """The round of one meeting, by its id."""
    found = await session.scalar(
        select(t.Meeting.collaborative_id).where(t.Meeting.id == meeting, t.Meeting.workspace_id == workspace)
    )
    group = await group_by_id(session, workspace, found) if found else None
    if group is None:
        return None
    # Read after the group is held, so that it is as whoever held it before left it.
    return await _round(session, group, await session.get_one(t.Meeting, meeting), await _prompt_of(session, meeting))


async def recent(session: AsyncSession, group: values.Group) -> list[values.Round]:
    """The rounds that may still owe something: earlier ones in which what was shown has changed, the last one that was
    handed on, and the current one."""
    last = await _held(session, group.id, None)
    rows = [*await _to_mend(session, group.id, last), *([last] if last else [])]
    rounds = [await _round(session, group, row, await _prompt_of(session, row.id)) for row in rows]
    return [*rounds, await current(session, group)]


async def _to_mend(session: AsyncSession, group: str, last: t.Meeting | None) -> Sequence[t.Meeting]:
    """Meetings before the last one whose messages have to be brought up to date, or are just being."""
    if last is None:
        return ()
    owed = select(t.Delivery.meeting_id).where(
        t.Delivery.collaborative_id == group, t.Delivery.state.in_(("planned", "unclear"))
    )
    touched = select(t.Meeting.id).where(t.Meeting.collaborative_id == group, text(t.MEND_WANTED))
    rows = await session.scalars(
        select(t.Meeting)
        .where(
            t.Meeting.id.in_(union(owed, touched)),
            t.Meeting.state == "held",
            t.Meeting.starts_at < last.starts_at,
        )
        .order_by(t.Meeting.starts_at)
    )
    return rows.all()


async def mended(session: AsyncSession, group: values.Group) -> None:
    """What changed in earlier rounds is planned for."""
    await session.execute(
        update(t.Meeting).where(t.Meeting.collaborative_id == group.id, text(t.MEND_WANTED)).values(mend_wanted=False)
    )


async def _round(session: AsyncSession, group: values.Group, row: t.Meeting, prompt: t.Prompt) -> values.Round:
    previous = await _held(session, group.id, row.starts_at)
    following = await session.scalar(
        select(t.Meeting)
        .where(
            t.Meeting.collaborative_id == group.id,
            t.Meeting.starts_at > row.starts_at,
            t.Meeting.number.is_not(None),
        )
        .order_by(t.Meeting.starts_at)
        .limit(1)
    )
    return values.Round(
        group=group,
        meeting=meeting_of(row),
        prompt=await _prompt(session, prompt),
        previous=meeting_of(previous) if previous else None,
        following=meeting_of(following) if following else None,
        posts=await _posts(session, row.id),
    )


async def _held(session: AsyncSession, group: str, before: datetime | None) -> t.Meeting | None:
    query = select(t.Meeting).where(t.Meeting.collaborative_id == group, t.Meeting.state == "held")
    if before is not None:
        query = query.where(t.Meeting.starts_at < before)
    return await session.scalar(query.order_by(t.Meeting.starts_at.desc()).limit(1))


def meeting_of(row: t.Meeting | Row[Any]) -> values.Meeting:
    """A meeting, from its row."""
    return values.Meeting(
        id=row.id,
        number=row.number,
        slot=row.slot,
        starts_at=row.starts_at,
        length_minutes=row.length_minutes,
        state=row.state,
        facilitator=row.facilitator_id,
        draft_due_at=row.draft_due_at,
        handover_due_at=row.handover_due_at,
        agenda_revision=row.agenda_revision,
        agenda_given_revision=row.agenda_given_revision,
        agenda_posted_at=row.agenda_posted_at,
        notes=row.notes,
        handed_over_at=row.handed_over_at,
    )


async def _prompt_of(session: AsyncSession, meeting: str) -> t.Prompt:
    return (await session.scalars(select(t.Prompt).where(t.Prompt.meeting_id == meeting))).one()


async def _prompt(session: AsyncSession, row: t.Prompt) -> values.Prompt:
    asked = await session.scalars(
        select(t.PromptQuestion).where(t.PromptQuestion.prompt_id == row.id).order_by(t.PromptQuestion.position)
    )
    took_part = row.took_part
    if took_part is None:
        took_part = await session.scalar(select(func.count()).where(t.Participation.prompt_id == row.id)) or 0
    return values.Prompt(
        id=row.id,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        questions=tuple(values.Asked(q.position, q.question_id, q.text, q.why, Wants(q.wants)) for q in asked),
        took_part=took_part,
        batch=values.Batch(row.batch),
        notice_at=row.notice_at,
        batch_revision=row.batch_revision,
        batch_look_at=row.batch_look_at,
    )


async def _posts(session: AsyncSession, meeting: str) -> dict[str, tuple[values.Post, ...]]:
    rows = await session.scalars(
        select(t.Delivery)
        .where(t.Delivery.meeting_id == meeting, t.Delivery.state == "sent")
        .order_by(t.Delivery.sent_at, t.Delivery.id)
    )
    posts: dict[str, tuple[values.Post, ...]] = {}
    for row in rows:
        if row.sent_channel and row.sent_ts and row.sent_at:
            post = values.Post(row.sent_channel, row.sent_ts, row.subject, row.sent_at)
            posts[row.kind] = (*posts.get(row.kind, ()), post)
    return posts
