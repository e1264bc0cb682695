"""Reads groups and their rounds, one or many: the number of statements does not depend on how many."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Select, bindparam, literal, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import rounds as values
from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Charter, Facilitation, Rhythm
from bot.domain.errors import DomainError
from bot.domain.questions import Purpose, Stage, Wants
from storage import tables as t
from storage.engine import for_update, run

NONE_TO_COME = "No meeting of this group is to come."

NOBODY = "nobody"
"""Replaces the starter of a group who erased everything."""

CONVENES = -1
"""Replaces the seat number, for conveners."""

_group = t.Collaborative.__table__
_member = t.Member.__table__
_convener = t.Convener.__table__
_meeting = t.Meeting.__table__
_agenda = t.Agenda.__table__
_prompt = t.Prompt.__table__
_batch = t.AnonymousBatch.__table__
_question = t.PromptQuestion.__table__
_delivery = t.Delivery.__table__


def _held(before: Any = None) -> Any:
    """The meeting of a group that was handed off last, or last before another one."""
    other = _meeting.alias()
    query = select(other.c.id).where(other.c.collaborative_id == _group.c.id, other.c.state == literal_column("'held'"))
    if before is not None:
        query = query.where(other.c.starts_at < before)
    return query.order_by(other.c.starts_at.desc()).limit(1).correlate(_group, _meeting).scalar_subquery()


def _following() -> Any:
    other = _meeting.alias()
    later = select(other.c.id).where(
        other.c.collaborative_id == _group.c.id, other.c.starts_at > _meeting.c.starts_at, other.c.number.is_not(None)
    )
    return later.order_by(other.c.starts_at).limit(1).correlate(_group, _meeting).scalar_subquery()


# Built once, since planning, composing and every command read them: building _ROUNDS takes 0.98 ms, _QUESTIONS 0.10 ms,
# and an execution of what is built 0.02 to 0.03 ms (an empty SQLite database).
_SEATS = union_all(
    select(_member.c.collaborative_id, _member.c.person_id, _member.c.seat).where(
        _member.c.collaborative_id.in_(bindparam("groups", expanding=True))
    ),
    select(_convener.c.collaborative_id, _convener.c.person_id, literal(CONVENES)).where(
        _convener.c.collaborative_id.in_(bindparam("groups", expanding=True))
    ),
)
_TO_COME = select(_meeting.c.id, _meeting.c.collaborative_id).where(
    _meeting.c.collaborative_id.in_(bindparam("groups", expanding=True)),
    _meeting.c.state == literal_column("'upcoming'"),
)
_LAST = select(_group.c.id, _held().label("held")).where(_group.c.id.in_(bindparam("groups", expanding=True)))
_OF_BATCH = ("state", "notice_at", "revision", "look_at", "voided_at", "review_ends_at", "few")
_PLANNED = (
    _meeting,
    _agenda.c.draft_due_at,
    _agenda.c.due_at.label("agenda_due_at"),
    _agenda.c.posted_at.label("agenda_posted_at"),
    _agenda.c.holds_batch.label("batch_in_agenda"),
)
"""Of a meeting, and of its agenda."""

_ROUNDS = (
    select(
        *_PLANNED,
        *(_prompt.c[name].label(f"prompt_{name}") for name in _prompt.c.keys()),  # noqa: SIM118 - columns have no other
        *(_batch.c[name].label(f"batch_{name}") for name in _OF_BATCH),
        _held(_meeting.c.starts_at).label("previous"),
        _following().label("following"),
    )
    .join(_agenda, _agenda.c.meeting_id == _meeting.c.id)
    .join(_prompt, _prompt.c.meeting_id == _meeting.c.id)
    .join(_batch, _batch.c.prompt_id == _prompt.c.id)
    .join(_group, _group.c.id == _meeting.c.collaborative_id)
    .where(_meeting.c.id.in_(bindparam("meetings", expanding=True)))
    .order_by(_meeting.c.starts_at)
)
_OWED = select(_delivery.c.meeting_id).where(
    _delivery.c.collaborative_id.in_(bindparam("groups", expanding=True)),
    _delivery.c.state.in_([literal_column("'planned'"), literal_column("'unclear'")]),
    _delivery.c.refreshes.is_(None),
)
_HELD_AND_OWED = select(_meeting.c.id).where(_meeting.c.id.in_(_OWED), _meeting.c.state == literal_column("'held'"))
_MEETINGS = (
    select(*_PLANNED)
    .outerjoin(_agenda, _agenda.c.meeting_id == _meeting.c.id)
    .where(_meeting.c.id.in_(bindparam("meetings", expanding=True)))
)
_QUESTIONS = (
    select(_question)
    .where(_question.c.prompt_id.in_(bindparam("prompts", expanding=True)))
    .order_by(_question.c.prompt_id, _question.c.position)
)
_OF_POSTS = ("id", "meeting_id", "kind", "arguments", "sent_channel", "sent_ts", "sent_at", "recipient", "nonce")
_POSTS = (
    select(*(_delivery.c[name] for name in (*_OF_POSTS, "as_of", "shown")))
    .where(
        _delivery.c.meeting_id.in_(bindparam("meetings", expanding=True)),
        _delivery.c.state == literal_column("'sent'"),
        _delivery.c.operation == literal_column("'post'"),
        *(_delivery.c[name].is_not(None) for name in ("sent_channel", "sent_ts", "sent_at")),
    )
    .order_by(_delivery.c.sent_at, _delivery.c.id)
)


async def _read(session: AsyncSession, statement: Any, **given: Collection[str]) -> Sequence[Row[Any]]:
    """Flush the session first, so that its own changes are seen."""
    if not all(given.values()):
        return ()
    await session.flush()
    return (await run(session, statement, {name: list(ids) for name, ids in given.items()})).all()


# ---- Groups ----


async def group_in_channel(session: AsyncSession, workspace: str, channel: str) -> values.Group | None:
    """The group in a channel."""
    query = select(_group).where(
        _group.c.workspace_id == workspace,
        _group.c.channel_id == channel,
        _group.c.state == literal_column("'active'"),
    )
    return next(iter(await _groups(session, for_update(session, query))), None)


async def group_by_id(session: AsyncSession, workspace: str, group: str) -> values.Group | None:
    """A group by its id. A session that writes locks it until its end."""
    return next(iter(await groups_by_id(session, [(workspace, group)])), None)


async def groups_by_id(session: AsyncSession, wanted: Collection[tuple[str, str]]) -> list[values.Group]:
    """The groups of these (workspace, id) that exist, locked as by `group_by_id`."""
    # In a fixed order, so that concurrent processes do not deadlock.
    query = select(_group).where(_group.c.id.in_([group for _, group in wanted])).order_by(_group.c.id)
    return [g for g in await _groups(session, for_update(session, query)) if (g.workspace, g.id) in set(wanted)]


async def groups_of(session: AsyncSession, workspace: str, person: str) -> list[values.Group]:
    """All groups of which somebody is a member, by name."""
    query = (
        select(_group)
        .join(_member, _member.c.collaborative_id == _group.c.id)
        .where(
            _group.c.workspace_id == workspace,
            _group.c.state == literal_column("'active'"),
            _member.c.workspace_id == workspace,
            _member.c.person_id == person,
        )
        .order_by(_group.c.name, _group.c.id)
    )
    return await _groups(session, query)


async def _groups(session: AsyncSession, query: Select[Any]) -> list[values.Group]:
    rows = await _read(session, query)
    seats: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    if rows:
        for seat in await _read(session, _SEATS, groups=[row.id for row in rows]):
            seats[seat.collaborative_id].append(seat)
    return [_as_group(row, seats[row.id]) for row in rows]


def _as_group(row: Row[Any], seats: Sequence[Row[Any]]) -> values.Group:
    members = tuple(s.person_id for s in sorted(seats, key=attrgetter("seat")) if s.seat != CONVENES)
    return group_of(row, members, tuple(s.person_id for s in seats if s.seat == CONVENES))


def group_of(row: Row[Any], members: tuple[str, ...], conveners: tuple[str, ...]) -> values.Group:
    """A group, from its row and its people."""
    return values.Group(
        id=row.id,
        workspace=row.workspace_id,
        channel=row.channel_id,
        charter=charter_of(row),
        stage=Stage(row.stage),
        starter=None if row.started_by == NOBODY else row.started_by,
        started_at=row.started_at,
        members=members,
        conveners=conveners,
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
            row.closes_days_before,
            row.closes_time,
            row.agenda_hours_before,
            row.handoff_hours_after,
            row.questions_per_prompt,
            row.notice_hours_before,
            row.working_days,
        ),
    )


# ---- Rounds ----


async def current(session: AsyncSession, group: values.Group) -> values.Round:
    """The group's current round: the meeting that is to come, or is over and not handed off yet. Raises DomainError
    where none is to come."""
    found = await currents(session, [group])
    if not found:
        raise DomainError(NONE_TO_COME)
    return found[0]


async def currents(session: AsyncSession, groups: Sequence[values.Group]) -> list[values.Round]:
    """The same for many, without those of which no meeting is to come."""
    to_come = await _to_come(session, groups)
    found = await _rounds(session, groups, to_come.values())
    return [found[to_come[group.id]] for group in groups if group.id in to_come]


async def _to_come(session: AsyncSession, groups: Sequence[values.Group]) -> dict[str, str]:
    """Each group's coming meeting, by group, where there is one."""
    rows = await _read(session, _TO_COME, groups=[group.id for group in groups])
    return {row.collaborative_id: row.id for row in rows}


async def round_of(session: AsyncSession, workspace: str, meeting: str) -> values.Round | None:
    """The round of one meeting, by its id."""
    return (await rounds_of(session, [(workspace, meeting)])).get(meeting)


async def rounds_of(session: AsyncSession, wanted: Collection[tuple[str, str]]) -> dict[str, values.Round]:
    """The rounds of these (workspace, meeting) that exist, by meeting."""
    meetings = await _read(session, _MEETINGS, meetings={meeting for _, meeting in wanted})
    there = {row.id: row.collaborative_id for row in meetings if (row.workspace_id, row.id) in set(wanted)}
    owners = {(row.workspace_id, row.collaborative_id) for row in meetings if row.id in there}
    # Read after the groups are locked, so that all changes of their previous holder are seen.
    return await _rounds(session, await groups_by_id(session, owners), there) if there else {}


async def recent(
    session: AsyncSession, groups: Sequence[values.Group], changed: Collection[str] = ()
) -> dict[str, list[values.Round]]:
    """Rounds that may owe something, by group: earlier ones that were changed or owe something still, the last one
    handed off, and the current one."""
    to_come = await _to_come(session, groups)
    last = {row.id: row.held for row in await _read(session, _LAST, groups=[group.id for group in groups]) if row.held}
    owed = {row.id for row in await _read(session, _HELD_AND_OWED, groups=[group.id for group in groups])}
    ours = {group.id for group in groups}
    written = [row for row in await _read(session, _MEETINGS, meetings=changed) if row.collaborative_id in ours]
    mine = {row.id for row in written if row.state != values.MeetingState.LAPSED}
    found = await _rounds(session, groups, {*owed, *mine, *to_come.values(), *last.values()})
    rounds: dict[str, list[values.Round]] = {group.id: [] for group in groups}
    for one in found.values():  # in the order of time
        rounds[one.group.id].append(one)
    return rounds


async def _rounds(
    session: AsyncSession, groups: Sequence[values.Group], meetings: Collection[str]
) -> dict[str, values.Round]:
    rows = await _read(session, _ROUNDS, meetings=meetings)
    beside = {row.previous for row in rows} | {row.following for row in rows}
    others = {row.id: _meeting_of(row) for row in await _read(session, _MEETINGS, meetings=beside - {None})}
    prompts = await _prompts(session, rows)
    posts = await _posts(session, [row.id for row in rows])
    by_id = {group.id: group for group in groups}
    return {
        row.id: values.Round(
            group=by_id[row.collaborative_id],
            meeting=_meeting_of(row),
            prompt=prompts[row.id],
            previous=others.get(row.previous),
            following=others.get(row.following),
            posts=posts[row.id],
        )
        for row in rows
    }


def _meeting_of(row: Row[Any]) -> values.Meeting:
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
        agenda_due_at=row.agenda_due_at,
        handoff_due_at=row.handoff_due_at,
        agenda_posted_at=row.agenda_posted_at,
        notes=row.notes,
        handed_off_at=row.handed_off_at,
        squeezed=row.squeezed,
        batch_in_agenda=row.batch_in_agenda,
        lead_turn=row.lead_turn,
        led_since=row.led_since,
    )


async def _prompts(session: AsyncSession, rows: Sequence[Row[Any]]) -> dict[str, values.Prompt]:
    """The prompts, by meeting."""
    asked: defaultdict[str, list[values.PromptQuestion]] = defaultdict(list)
    for row in await _read(session, _QUESTIONS, prompts=[row.prompt_id for row in rows]):
        asked[row.prompt_id].append(
            values.PromptQuestion(row.position, row.question_id, row.text, row.why, Wants(row.wants))
        )
    return {
        row.id: values.Prompt(
            id=row.prompt_id,
            opens_at=row.prompt_opens_at,
            closes_at=row.prompt_closes_at,
            closed_at=row.prompt_closed_at,
            questions=tuple(asked[row.prompt_id]),
            took_part=row.prompt_took_part or 0,
            batch=values.Batch(row.batch_state),
            notice_at=row.batch_notice_at,
            batch_revision=row.batch_revision,
            batch_look_at=row.batch_look_at,
            shared_at=row.prompt_shared_at,
            voided_at=row.batch_voided_at,
            review_ends_at=row.batch_review_ends_at,
            few=frozenset(row.batch_few or ()),
        )
        for row in rows
    }


def post_of(row: t.Delivery | Row[Any]) -> values.Post:
    """A message, from the row of its delivery."""
    where = (row.sent_channel, row.sent_ts, row.arguments, row.sent_at)
    return values.Post(*where, row.id, row.recipient, row.nonce, row.as_of, row.shown)  # type: ignore[arg-type]  # sent


async def _posts(
    session: AsyncSession, meetings: Collection[str]
) -> defaultdict[str, dict[str, tuple[values.Post, ...]]]:
    """Posts, by meeting and kind, in that order."""
    posts: defaultdict[str, dict[str, tuple[values.Post, ...]]] = defaultdict(dict)
    for row in await _read(session, _POSTS, meetings=meetings):
        of = posts[row.meeting_id]
        of[row.kind] = (*of.get(row.kind, ()), post_of(row))
    return posts
