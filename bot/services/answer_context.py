"""The rounds that people answer, many at once, each with no more than an answer and its acknowledgement need."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.anonymity import Visibility
from bot.domain.questions import Wants
from bot.domain.rounds import (
    Actor,
    GroupState,
    GroupToAnswer,
    MeetingActor,
    MeetingState,
    MeetingToAnswer,
    PromptQuestion,
    PromptToAnswer,
    RoundToAnswer,
)
from storage import tables as t
from storage.engine import run

Where = Actor | MeetingActor
"""To what somebody answers: the current round of a channel's group, or the round of one meeting."""

_group, _member, _meeting, _prompt = t.Collaborative, t.Member, t.Meeting, t.Prompt
_question, _person, _took_part, _inside = t.PromptQuestion, t.Person, t.Participation, t.ChannelMember
_leader = aliased(t.Person)

# Built once, since each transaction of answers runs two of them: building CURRENT takes 0.57 ms, an execution of what
# is built 0.03 ms (an empty SQLite database). Conditions of partial indexes are written out, else the indexes would not
# be used; columns are listed one by one, since SQLite uses no index for a list of tuples.
_IN_CHANNELS = (
    _group.workspace_id.in_(bindparam("workspaces", expanding=True)),
    _group.channel_id.in_(bindparam("channels", expanding=True)),
    _group.state == literal_column("'active'"),
)
_LOCKED = (
    select(_group.id, _group.workspace_id, _group.channel_id, _group.zone, _group.state)
    .order_by(_group.id)  # always, so that two processes wait for each other and never in a ring
    .with_for_update()  # SQLite has no row locks, and its statements leave that out
)
LOCKED_IN_CHANNELS = _LOCKED.where(*_IN_CHANNELS)
LOCKED_BY_ID = _LOCKED.where(_group.id.in_(bindparam("groups", expanding=True)))

_ROUNDS = (
    select(
        *(_meeting.id, _meeting.workspace_id, _meeting.collaborative_id, _meeting.starts_at, _meeting.state),
        *(_meeting.facilitator_id, _leader.name.label("facilitator")),
        *(_prompt.id.label("prompt_id"), _prompt.key, _prompt.shared_at),
        *(_prompt.opens_at, _prompt.closes_at, _prompt.closed_at),
        *(_question.position, _question.question_id, _question.text, _question.why, _question.wants),
        *(_member.person_id, _person.sees, _took_part.prompt_id.label("took_part")),
    )
    .join(_prompt, _prompt.meeting_id == _meeting.id)
    .join(_question, _question.prompt_id == _prompt.id)
    .outerjoin(_leader, (_leader.workspace_id == _meeting.workspace_id) & (_leader.id == _meeting.facilitator_id))
    .outerjoin(
        _member,
        (_member.collaborative_id == _meeting.collaborative_id)
        & _member.person_id.in_(bindparam("people", expanding=True)),
    )
    .outerjoin(_person, (_person.workspace_id == _member.workspace_id) & (_person.id == _member.person_id))
    .outerjoin(_took_part, (_took_part.prompt_id == _prompt.id) & (_took_part.person_id == _member.person_id))
)
CURRENT = _ROUNDS.where(
    _meeting.collaborative_id.in_(bindparam("groups", expanding=True)),
    _meeting.state == literal_column("'upcoming'"),
)
OF_MEETINGS = (
    _ROUNDS.add_columns(_inside.person_id.label("inside"))
    .join(_group, _group.id == _meeting.collaborative_id)
    .outerjoin(
        _inside,
        (_inside.workspace_id == _group.workspace_id)
        & (_inside.channel_id == _group.channel_id)
        & (_inside.person_id == _member.person_id),
    )
    .where(_meeting.id.in_(bindparam("meetings", expanding=True)))
)


@dataclass(frozen=True)
class AnswerContext:
    """A round for those who answer it: its facilitator's name, the prompt's key while it has one, and which of those
    who ask may answer, with the visibility of their last answer if they gave one. `took_part` are those of whom there
    may be answers to the open prompt."""

    found: RoundToAnswer
    facilitator: str | None
    key: bytes | None
    may_answer: Mapping[str, Visibility | None]
    took_part: Collection[str]


async def contexts(session: AsyncSession, asking: Collection[Where]) -> dict[Where, AnswerContext]:
    """What people ask for, where there is such a round. The groups stay locked until the transaction's end.

    In a channel whoever is a member may answer, since they typed there; by a meeting, only who still is in its channel.
    """
    typed = [where for where in asking if isinstance(where, Actor)]
    pointed = [where for where in asking if isinstance(where, MeetingActor)]
    groups = {group.id: group for group in await _lock(session, typed, pointed)}
    # Only after the lock, so that all changes of its previous holder are seen.
    return {**await _current(session, groups, typed), **await _of_meetings(session, groups, pointed)}


async def _lock(
    session: AsyncSession, typed: Sequence[Actor], pointed: Sequence[MeetingActor]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """All in one statement, since two could wait for another process in a ring."""
    channels = {
        "workspaces": list({where.workspace for where in typed}),
        "channels": list({where.channel for where in typed}),
    }
    if not pointed:
        return (await run(session, LOCKED_IN_CHANNELS, channels)).all()
    of = select(_meeting.collaborative_id).where(_meeting.id.in_({where.meeting for where in pointed}))
    ids = set(await session.scalars(of))
    if typed:
        ids |= set(await session.scalars(select(_group.id).where(*_IN_CHANNELS), channels))
    return (await run(session, LOCKED_BY_ID, {"groups": list(ids)})).all() if ids else ()


async def _current(
    session: AsyncSession, groups: Mapping[str, Row[*tuple[Any, ...]]], typed: Sequence[Actor]
) -> dict[Where, AnswerContext]:
    ids = {(g.workspace_id, g.channel_id): g.id for g in groups.values() if g.state == GroupState.ACTIVE}
    wanted = {where: ids[place] for where in typed if (place := (where.workspace, where.channel)) in ids}
    if not wanted:
        return {}
    named = {"groups": list(set(wanted.values())), "people": list({where.person for where in wanted})}
    rows = defaultdict(list)
    for row in await run(session, CURRENT, named):
        rows[row.collaborative_id].append(row)
    found = {group: _context(groups[group], some, some) for group, some in rows.items()}
    return {where: found[group] for where, group in wanted.items() if group in found}


async def _of_meetings(
    session: AsyncSession, groups: Mapping[str, Row[*tuple[Any, ...]]], pointed: Sequence[MeetingActor]
) -> dict[Where, AnswerContext]:
    if not groups or not pointed:
        return {}
    named = {
        "meetings": list({where.meeting for where in pointed}),
        "people": list({where.person for where in pointed}),
    }
    rows = defaultdict(list)
    for row in await run(session, OF_MEETINGS, named):
        rows[row.workspace_id, row.id].append(row)
    found = {
        key: _context(groups[some[0].collaborative_id], some, [row for row in some if row.inside is not None])
        for key, some in rows.items()
    }
    return {where: found[key] for where in pointed if (key := (where.workspace, where.meeting)) in found}


def _context(
    group: Row[*tuple[Any, ...]], rows: Sequence[Row[*tuple[Any, ...]]], may: Sequence[Row[*tuple[Any, ...]]]
) -> AnswerContext:
    """From a row for each question and each of those who ask; `may` are those of people who may answer."""
    one = rows[0]
    asked = {
        row.position: PromptQuestion(row.position, row.question_id, row.text, row.why, Wants(row.wants)) for row in rows
    }
    times = (one.opens_at, one.closes_at, one.closed_at, one.shared_at)
    return AnswerContext(
        RoundToAnswer(
            GroupToAnswer(group.id, group.workspace_id, group.zone),
            MeetingToAnswer(one.id, one.starts_at, MeetingState(one.state), one.facilitator_id),
            PromptToAnswer(one.prompt_id, *times, tuple(asked[position] for position in sorted(asked))),
        ),
        one.facilitator,
        one.key,
        {row.person_id: Visibility(row.sees) if row.sees else None for row in may if row.person_id is not None},
        {row.person_id for row in rows if row.took_part is not None},
    )
