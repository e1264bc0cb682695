"""The present rounds of many groups at once, each no more than somebody who answers needs of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.questions import Stage, Wants
from bot.domain.rounds import Asked, Batch, Group, Meeting, Place, Prompt, Round
from bot.services.rounds import charter_of, meeting_of
from storage import tables as t
from storage.engine import locked

ACTIVE: Any = literal_column("'active'")
"""Written out, so that the index of the active groups is used whatever the other values are."""


async def in_brief(session: AsyncSession, asking: Collection[Place]) -> dict[Place, Round]:
    """The rounds that people ask for, where there is a group.

    A group's members are those who ask, its conveners nobody; left out are also how many took part, what was posted,
    and the meetings before and after. Where the session writes, the groups are its alone until it ends.
    """
    group: Any = t.Collaborative.__table__.c
    places = {(place.workspace, place.channel) for place in asking}
    query = select(t.Collaborative.__table__).where(
        tuple_(group.workspace_id, group.channel_id).in_(places), group.state == ACTIVE
    )
    # In one order, so that two processes wait for each other and never in a ring.
    rows = (await session.execute(locked(session, query.order_by(group.id)))).all()
    ids = [row.id for row in rows]
    members = await _members_among(session, ids, {place.person for place in asking})
    upcoming = await _upcoming(session, ids)
    found = {
        (row.workspace_id, row.channel_id): Round(_group(row, members[row.id]), *upcoming[row.id], None, None)
        for row in rows
    }
    return {place: found[key] for place in asking if (key := (place.workspace, place.channel)) in found}


def _group(row: Any, members: Sequence[str]) -> Group:
    return Group(
        id=row.id,
        workspace=row.workspace_id,
        channel=row.channel_id,
        charter=charter_of(row),
        stage=Stage(row.stage),
        starter=row.started_by,
        started_at=row.started_at,
        members=tuple(members),
        conveners=(),
        stopped=row.stopped,
    )


async def _members_among(
    session: AsyncSession, groups: Sequence[str], people: Collection[str]
) -> defaultdict[str, list[str]]:
    member = t.Member
    query = select(member.collaborative_id, member.person_id).where(
        member.collaborative_id.in_(groups), member.person_id.in_(people)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for group, person in await session.execute(query):
        found[group].append(person)
    return found


async def _upcoming(session: AsyncSession, groups: Sequence[str]) -> dict[str, tuple[Meeting, Prompt]]:
    meeting: Any = t.Meeting.__table__
    prompt: Any = t.Prompt.__table__
    wanted = (prompt.c[name].label(f"prompt_{name}") for name in ("id", "opens_at", "closes_at", "closed_at", "batch"))
    query = (
        select(meeting, *wanted)
        .join(prompt, prompt.c.meeting_id == meeting.c.id)
        .where(meeting.c.collaborative_id.in_(groups), meeting.c.state == literal_column("'upcoming'"))
    )
    rows = (await session.execute(query)).all()
    questions = await _questions(session, [row.prompt_id for row in rows])
    return {row.collaborative_id: (meeting_of(row), _prompt(row, questions[row.prompt_id])) for row in rows}


def _prompt(row: Any, questions: Sequence[Asked]) -> Prompt:
    return Prompt(
        id=row.prompt_id,
        opens_at=row.prompt_opens_at,
        closes_at=row.prompt_closes_at,
        closed_at=row.prompt_closed_at,
        questions=tuple(questions),
        took_part=0,
        batch=Batch(row.prompt_batch),
    )


async def _questions(session: AsyncSession, prompts: Sequence[str]) -> defaultdict[str, list[Asked]]:
    row = t.PromptQuestion
    query = (
        select(row.prompt_id, row.position, row.question_id, row.text, row.why, row.wants)
        .where(row.prompt_id.in_(prompts))
        .order_by(row.prompt_id, row.position)
    )
    found: defaultdict[str, list[Asked]] = defaultdict(list)
    for prompt, position, question, text, why, wants in await session.execute(query):
        found[prompt].append(Asked(position, question, text, why, Wants(wants)))
    return found
