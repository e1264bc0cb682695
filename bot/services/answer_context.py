"""The current rounds of many groups at once, each with no more than somebody who answers needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.questions import Wants
from bot.domain.rounds import (
    Actor,
    GroupToAnswer,
    MeetingState,
    MeetingToAnswer,
    PromptQuestion,
    PromptToAnswer,
    RoundToAnswer,
)
from storage import tables as t
from storage.engine import run

_group: Any = t.Collaborative.__table__
_member: Any = t.Member.__table__
_meeting: Any = t.Meeting.__table__
_prompt: Any = t.Prompt.__table__
_question: Any = t.PromptQuestion.__table__
_person: Any = t.Person.__table__
_took_part: Any = t.Participation.__table__
_leader: Any = t.Person.__table__.alias("leader")

# Built once, since this is a hot path. Conditions of partial indexes are written out, else the indexes would not be
# used; columns are listed one by one, since SQLite uses no index for a list of tuples.
GROUPS = (
    select(_group.c.id, _group.c.workspace_id, _group.c.channel_id, _group.c.zone)
    .where(
        _group.c.workspace_id.in_(bindparam("workspaces", expanding=True)),
        _group.c.channel_id.in_(bindparam("channels", expanding=True)),
        _group.c.state == literal_column("'active'"),
    )
    .order_by(_group.c.id)  # always, so that two processes wait for each other and never in a ring
    .with_for_update()  # SQLite has no row locks, and its statements leave that out
)
UPCOMING = (
    select(
        *(_meeting.c.id, _meeting.c.collaborative_id, _meeting.c.starts_at, _meeting.c.facilitator_id),
        _leader.c.name.label("facilitator"),
        *(
            _prompt.c[name].label(f"prompt_{name}")
            for name in ("id", "opens_at", "closes_at", "closed_at", "shared_at")
        ),
        _prompt.c.key.label("prompt_key"),
        *(_question.c.position, _question.c.question_id, _question.c.text, _question.c.why, _question.c.wants),
        *(_member.c.person_id, _person.c.sees, _took_part.c.prompt_id.label("took_part")),
    )
    .join(_prompt, _prompt.c.meeting_id == _meeting.c.id)
    .join(_question, _question.c.prompt_id == _prompt.c.id)
    .outerjoin(
        _leader, (_leader.c.workspace_id == _meeting.c.workspace_id) & (_leader.c.id == _meeting.c.facilitator_id)
    )
    .outerjoin(
        _member,
        (_member.c.collaborative_id == _meeting.c.collaborative_id)
        & _member.c.person_id.in_(bindparam("people", expanding=True)),
    )
    .outerjoin(_person, (_person.c.workspace_id == _member.c.workspace_id) & (_person.c.id == _member.c.person_id))
    .outerjoin(_took_part, (_took_part.c.prompt_id == _prompt.c.id) & (_took_part.c.person_id == _member.c.person_id))
    .where(
        _meeting.c.collaborative_id.in_(bindparam("groups", expanding=True)),
        _meeting.c.state == literal_column("'upcoming'"),
    )
)


@dataclass(frozen=True)
class AnswerContext:
    """A round for those who answer: its facilitator's name, the prompt's key while it has one, and which of those who
    ask are members, with the visibility of their next answer where they chose one before. `took_part` are those of
    whom there may be answers to the open prompt."""

    found: RoundToAnswer
    facilitator: str | None
    key: bytes | None
    members: Mapping[str, str | None]
    took_part: Collection[str]


async def contexts(session: AsyncSession, asking: Collection[Actor]) -> dict[Actor, AnswerContext]:
    """The contexts that people ask for, if there is a group. The groups stay locked until the transaction's end."""
    places = {
        "workspaces": list({place.workspace for place in asking}),
        "channels": list({place.channel for place in asking}),
    }
    groups = (await run(session, GROUPS, places)).all()
    if not groups:
        return {}
    # Only after the lock, so that all changes of its previous holder are seen.
    named = {"groups": [row.id for row in groups], "people": list({place.person for place in asking})}
    rows: dict[str, list[Any]] = {row.id: [] for row in groups}
    for row in await run(session, UPCOMING, named):
        rows[row.collaborative_id].append(row)
    found = {(row.workspace_id, row.channel_id): _context(row, rows[row.id]) for row in groups if rows[row.id]}
    return {place: found[key] for place in asking if (key := (place.workspace, place.channel)) in found}


def _context(group: Any, rows: Sequence[Any]) -> AnswerContext:
    """From a row for each question and each of those who ask."""
    one = rows[0]
    asked = {
        row.position: PromptQuestion(row.position, row.question_id, row.text, row.why, Wants(row.wants)) for row in rows
    }
    times = (one.prompt_opens_at, one.prompt_closes_at, one.prompt_closed_at, one.prompt_shared_at)
    return AnswerContext(
        RoundToAnswer(
            GroupToAnswer(group.id, group.workspace_id, group.zone),
            MeetingToAnswer(one.id, one.starts_at, MeetingState.UPCOMING, one.facilitator_id),
            PromptToAnswer(one.prompt_id, *times, tuple(asked[position] for position in sorted(asked))),
        ),
        one.facilitator,
        one.prompt_key,
        {row.person_id: row.sees for row in rows if row.person_id is not None},
        {row.person_id for row in rows if row.took_part is not None},
    )
