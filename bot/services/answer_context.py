"""The current rounds of many groups at once, each with no more than somebody who answers needs."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.questions import Wants
from bot.domain.rounds import Actor, Batch, Prompt, PromptQuestion, Round
from bot.services.rounds import group_of, meeting_of
from storage import tables as t
from storage.engine import for_update, run

_group: Any = t.Collaborative.__table__
_member: Any = t.Member.__table__
_meeting: Any = t.Meeting.__table__
_prompt: Any = t.Prompt.__table__
_question: Any = t.PromptQuestion.__table__
_person: Any = t.Person.__table__

PROMPT = ("id", "opens_at", "closes_at", "closed_at", "batch", "shared_at", "notice_at")

# Built once, since this is a hot path. Conditions of partial indexes are written out, else the indexes would not be
# used; columns are listed one by one, since SQLite uses no index for a list of tuples.
# columns stand one by one, since SQLite finds nothing by an index for a list of tuples.
GROUPS = (
    select(_group)
    .where(
        _group.c.workspace_id.in_(bindparam("workspaces", expanding=True)),
        _group.c.channel_id.in_(bindparam("channels", expanding=True)),
        _group.c.state == literal_column("'active'"),
    )
    .order_by(_group.c.id)  # always, so that two processes wait for each other and never in a ring
)
UPCOMING = (
    select(
        _meeting,
        _person.c.name.label("facilitator"),
        *(_prompt.c[name].label(f"prompt_{name}") for name in PROMPT),
        _prompt.c.key.label("prompt_key"),
    )
    .join(_prompt, _prompt.c.meeting_id == _meeting.c.id)
    .outerjoin(
        _person, (_person.c.workspace_id == _meeting.c.workspace_id) & (_person.c.id == _meeting.c.facilitator_id)
    )
    .where(
        _meeting.c.collaborative_id.in_(bindparam("groups", expanding=True)),
        _meeting.c.state == literal_column("'upcoming'"),
    )
)
MEMBERS = (
    select(_member.c.collaborative_id, _member.c.person_id, _person.c.sees)
    .outerjoin(_person, (_person.c.workspace_id == _member.c.workspace_id) & (_person.c.id == _member.c.person_id))
    .where(
        _member.c.collaborative_id.in_(bindparam("groups", expanding=True)),
        _member.c.person_id.in_(bindparam("people", expanding=True)),
    )
)
QUESTIONS = (
    select(_question)
    .where(_question.c.prompt_id.in_(bindparam("prompts", expanding=True)))
    .order_by(_question.c.prompt_id, _question.c.position)
)


@dataclass(frozen=True)
class AnswerContext:
    """A round for those who answer: its facilitator's name, the prompt's key while it has one, and the visibility of
    the next answer of those who ask, if they chose one before.

    The group's members are those who ask, its conveners nobody; participation, posts, and the meetings before and
    after are left out.
    """

    found: Round
    facilitator: str | None
    key: bytes | None
    sees: Mapping[str, str]


async def in_brief(session: AsyncSession, asking: Collection[Actor]) -> dict[Actor, AnswerContext]:
    """The contexts that people ask for, if there is a group; a write transaction keeps their rows locked."""
    places = {
        "workspaces": list({place.workspace for place in asking}),
        "channels": list({place.channel for place in asking}),
    }
    rows = (await run(session, for_update(session, GROUPS), places)).all()
    # Only after the lock, so that all changes of its previous holder are seen.
    ids = [row.id for row in rows]
    upcoming = {row.collaborative_id: row for row in await run(session, UPCOMING, {"groups": ids})}
    questions = await _questions(session, [row.prompt_id for row in upcoming.values()])
    members = await _members_among(session, ids, {place.person for place in asking})
    briefs = {
        (row.workspace_id, row.channel_id): _brief(row, members[row.id], upcoming[row.id], questions) for row in rows
    }
    return {place: briefs[key] for place in asking if (key := (place.workspace, place.channel)) in briefs}


def _brief(
    group: Any, members: Mapping[str, str | None], upcoming: Any, questions: Mapping[str, Sequence[PromptQuestion]]
) -> AnswerContext:
    prompt = _as_prompt(upcoming, questions[upcoming.prompt_id])
    found = Round(group_of(group, tuple(members), ()), meeting_of(upcoming), prompt, None, None)
    sees = {person: chosen for person, chosen in members.items() if chosen is not None}
    return AnswerContext(found, upcoming.facilitator, upcoming.prompt_key, sees)


def _as_prompt(row: Any, questions: Sequence[PromptQuestion]) -> Prompt:
    return Prompt(
        id=row.prompt_id,
        opens_at=row.prompt_opens_at,
        closes_at=row.prompt_closes_at,
        closed_at=row.prompt_closed_at,
        questions=tuple(questions),
        took_part=0,
        batch=Batch(row.prompt_batch),
        notice_at=row.prompt_notice_at,
        shared_at=row.prompt_shared_at,
    )


async def _members_among(
    session: AsyncSession, groups: Sequence[str], people: Collection[str]
) -> defaultdict[str, dict[str, str | None]]:
    """Which of them are members, by group, and the visibility of what they write."""
    found: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for row in await run(session, MEMBERS, {"groups": groups, "people": list(people)}):
        found[row.collaborative_id][row.person_id] = row.sees
    return found


async def _questions(session: AsyncSession, prompts: Sequence[str]) -> defaultdict[str, list[PromptQuestion]]:
    found: defaultdict[str, list[PromptQuestion]] = defaultdict(list)
    for row in await run(session, QUESTIONS, {"prompts": prompts}):
        found[row.prompt_id].append(PromptQuestion(row.position, row.question_id, row.text, row.why, Wants(row.wants)))
    return found
