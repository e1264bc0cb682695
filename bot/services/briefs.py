"""The present rounds of many groups at once, each no more than somebody who answers needs of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.questions import Stage, Wants
from bot.domain.rounds import Asked, Batch, Group, Meeting, Place, Prompt, Round
from bot.services.rounds import charter_of, meeting_of
from storage import tables as t
from storage.engine import locked, run

_group: Any = t.Collaborative.__table__
_member: Any = t.Member.__table__
_meeting: Any = t.Meeting.__table__
_prompt: Any = t.Prompt.__table__
_question: Any = t.PromptQuestion.__table__

# Made once, since so many pass here. What has a partial index is written out, or the index would not be used.
GROUPS = (
    select(_group)
    .where(
        tuple_(_group.c.workspace_id, _group.c.channel_id).in_(bindparam("places", expanding=True)),
        _group.c.state == literal_column("'active'"),
    )
    .order_by(_group.c.id)  # always, so that two processes wait for each other and never in a ring
)
MEMBERS = select(_member.c.collaborative_id, _member.c.person_id).where(
    _member.c.collaborative_id.in_(bindparam("groups", expanding=True)),
    _member.c.person_id.in_(bindparam("people", expanding=True)),
)
UPCOMING = (
    select(
        _meeting,
        *(_prompt.c[name].label(f"prompt_{name}") for name in ("id", "opens_at", "closes_at", "closed_at", "batch")),
    )
    .join(_prompt, _prompt.c.meeting_id == _meeting.c.id)
    .where(
        _meeting.c.collaborative_id.in_(bindparam("groups", expanding=True)),
        _meeting.c.state == literal_column("'upcoming'"),
    )
)
QUESTIONS = (
    select(_question)
    .where(_question.c.prompt_id.in_(bindparam("prompts", expanding=True)))
    .order_by(_question.c.prompt_id, _question.c.position)
)


async def in_brief(session: AsyncSession, asking: Collection[Place]) -> dict[Place, Round]:
    """The rounds that people ask for, where there is a group.

    A group's members are those who ask, its conveners nobody; left out are also how many took part, what was posted,
    and the meetings before and after. Where the session writes, the groups are its alone until it ends.
    """
    places = {(place.workspace, place.channel) for place in asking}
    rows = (await run(session, locked(session, GROUPS), {"places": list(places)})).all()
    ids = [row.id for row in rows]
    members = await _members_among(session, ids, {place.person for place in asking})
    upcoming = await _upcoming(session, ids)
    found = {
        (row.workspace_id, row.channel_id): Round(_as_group(row, members[row.id]), *upcoming[row.id], None, None)
        for row in rows
    }
    return {place: found[key] for place in asking if (key := (place.workspace, place.channel)) in found}


def _as_group(row: Any, members: Sequence[str]) -> Group:
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
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in await run(session, MEMBERS, {"groups": groups, "people": list(people)}):
        found[row.collaborative_id].append(row.person_id)
    return found


async def _upcoming(session: AsyncSession, groups: Sequence[str]) -> dict[str, tuple[Meeting, Prompt]]:
    rows = (await run(session, UPCOMING, {"groups": groups})).all()
    questions = await _questions(session, [row.prompt_id for row in rows])
    return {row.collaborative_id: (meeting_of(row), _as_prompt(row, questions[row.prompt_id])) for row in rows}


def _as_prompt(row: Any, questions: Sequence[Asked]) -> Prompt:
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
    found: defaultdict[str, list[Asked]] = defaultdict(list)
    for row in await run(session, QUESTIONS, {"prompts": prompts}):
        found[row.prompt_id].append(Asked(row.position, row.question_id, row.text, row.why, Wants(row.wants)))
    return found
