"""What was written since somebody looked: which groups to plan, which messages and Homes to render anew."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import GroupState, MeetingState
from bot.domain.scopes import Scope
from bot.services import home
from bot.services.deliveries import NOT_WANTED
from bot.services.home import Who
from storage import tables as t
from storage.engine import MOST_ROWS, run
from storage.written import Mark, note

AT_ONCE = 1000
"""Marks that are read at once."""

Owned = tuple[str, str]
"""Workspace and id."""


@dataclass
class Reach:
    """What one mark reaches, and how often it was made by then.

    `groups` are to be planned; messages about `meetings` are to be rendered anew, and about the coming meetings of
    `whole` groups; so are those to `people`, and their Homes.
    """

    times: int = 0
    groups: set[Owned] = field(default_factory=set)
    meetings: set[Owned] = field(default_factory=set)
    whole: set[Owned] = field(default_factory=set)
    people: set[Who] = field(default_factory=set)


@dataclass(frozen=True)
class Changes:
    """What was written, by mark."""

    marks: Mapping[Mark, Reach] = field(default_factory=dict)

    @property
    def groups(self) -> set[Owned]:
        return {one for reach in self.marks.values() for one in reach.groups}

    @property
    def meetings(self) -> set[Owned]:
        return {one for reach in self.marks.values() for one in reach.meetings}

    @property
    def whole(self) -> set[Owned]:
        return {one for reach in self.marks.values() for one in reach.whole}

    @property
    def people(self) -> set[Who]:
        return {one for reach in self.marks.values() for one in reach.people}

    def scopes(self, scope: Scope) -> list[Owned]:
        """(workspace, id) of the marks of one scope."""
        return sorted((workspace, one) for workspace, of, one in self.marks if of is scope)

    def without(self, groups: Collection[str]) -> "Changes":
        """Without marks that reach any of these groups."""
        kept = {m: reach for m, reach in self.marks.items() if not {one for _, one in reach.groups} & set(groups)}
        return Changes(kept)

    def singly(self) -> list["Changes"]:
        """Each mark by itself, so that one that is broken holds up no other."""
        return [Changes({mark: reach}) for mark, reach in self.marks.items()]


async def read(session: AsyncSession, now: datetime, most: int, but: Collection[str] = ()) -> Changes:
    """Some of what was written, for about `most` groups; `but` names groups to leave alone for now."""
    row = t.Written
    query = select(row.workspace_id, row.scope, row.scope_id, row.times).limit(AT_ONCE + len(but))
    query = query.where(_in_turn(but))
    marks = {(workspace, scope, one): times for workspace, scope, one, times in await session.execute(query)}
    reach = await _resolve(session, marks, now)
    for mark, times in marks.items():
        reach[mark].times = times
    taken: dict[Mark, Reach] = {}
    groups: set[Owned] = set()
    for mark, here in Changes(dict(reach)).without(but).marks.items():
        if len(groups | here.groups) <= most or not groups:
            taken[mark] = here
            groups |= here.groups
    return Changes(taken)


def _ids(marks: Iterable[Mark], *scopes: Scope) -> list[str]:
    return sorted({one for _, scope, one in marks if scope in scopes})


async def _resolve(session: AsyncSession, marks: Collection[Mark], now: datetime) -> dict[Mark, Reach]:
    reach: defaultdict[Mark, Reach] = defaultdict(Reach)
    active = await _of_meetings(session, marks, reach, now)
    active |= await _of_groups(session, marks, reach)
    _of_people(marks, reach)
    active |= await _of_thanked(session, marks, reach)
    for each in reach.values():
        each.groups &= active
    return {mark: reach[mark] for mark in marks}


def _with_group(*columns: Any) -> Select[Any]:
    meeting, group = t.Meeting, t.Collaborative
    return (
        select(meeting.workspace_id, meeting.id, meeting.collaborative_id, group.state, *columns)
        .select_from(meeting)
        .join(group, group.id == meeting.collaborative_id)
    )


async def _of_meetings(
    session: AsyncSession, marks: Collection[Mark], reach: Mapping[Mark, Reach], now: datetime
) -> set[Owned]:
    """Marks of meetings, of prompts, and of answers. Answers to open questions stand nowhere before they are shared,
    before the draft is due that shows its reader what is for them alone, or before authors are told that theirs may be
    too few."""
    prompt = t.Prompt
    by_prompt = _with_group(prompt.id).join(prompt, prompt.meeting_id == t.Meeting.id)
    told, drafted = t.AnonymousBatch.few.is_not(None), t.Agenda.draft_due_at <= now
    seen = or_(prompt.closed_at.is_not(None), prompt.shared_at.is_not(None), drafted, told)
    by_state = by_prompt.join(prompt.batch).join(t.Agenda, t.Agenda.meeting_id == t.Meeting.id)
    asked = {
        Scope.MEETING: (_with_group(t.Meeting.id), t.Meeting.id),
        Scope.PROMPT: (by_prompt, prompt.id),
        Scope.ANSWERS: (by_state.where(seen), prompt.id),
    }
    active = set()
    for scope, (query, column) in asked.items():
        ids = _ids(marks, scope)
        found = await session.execute(query.where(column.in_(ids))) if ids else ()
        for workspace, meeting, group, state, one in found:
            here = reach[workspace, scope, one]
            here.meetings.add((workspace, meeting))
            here.groups.add((workspace, group))
            if state == GroupState.ACTIVE:
                active.add((workspace, group))
    return active


async def _of_groups(session: AsyncSession, marks: Collection[Mark], reach: Mapping[Mark, Reach]) -> set[Owned]:
    """Marks of groups, and of the profiles of their members."""
    group, member = t.Collaborative, t.Member
    mine: list[tuple[Mark, Owned]] = []
    if ids := _ids(marks, Scope.GROUP):
        query = select(group.workspace_id, group.id).where(group.id.in_(ids), group.state == GroupState.ACTIVE)
        mine += [((ws, Scope.GROUP, one), (ws, one)) for ws, one in await session.execute(query)]
    if ids := _ids(marks, Scope.PROFILE):
        theirs = (
            select(member.workspace_id, member.person_id, member.collaborative_id)
            .join(group, group.id == member.collaborative_id)
            .where(member.person_id.in_(ids), group.state == GroupState.ACTIVE)
        )
        mine += [((ws, Scope.PROFILE, who), (ws, one)) for ws, who, one in await session.execute(theirs)]
    for mark, one in mine:
        reach[mark].groups.add(one)
        reach[mark].whole.add(one)
    return {one for _, one in mine}


def _of_people(marks: Collection[Mark], reach: Mapping[Mark, Reach]) -> None:
    for mark in marks:
        workspace, scope, one = mark
        if scope in {Scope.PERSON, Scope.PROFILE}:
            reach[mark].people.add((workspace, one))


async def _of_thanked(session: AsyncSession, marks: Collection[Mark], reach: Mapping[Mark, Reach]) -> set[Owned]:
    """Marks of answers that somebody was thanked for: its author hears of it, in any of their groups."""
    row, prompt, group, member = t.Reflection, t.Prompt, t.Collaborative, t.Member
    ids = _ids(marks, Scope.ANSWER)
    if not ids:
        return set()
    theirs = (member.workspace_id == row.workspace_id) & (member.person_id == row.author_id)
    query = (
        select(row.workspace_id, row.id, row.author_id, group.id)
        .join(prompt, prompt.id == row.prompt_id)
        .outerjoin(member, theirs)
        .join(group, group.id.in_((prompt.collaborative_id, member.collaborative_id)))
        .where(row.id.in_(ids), group.state == GroupState.ACTIVE)
    )
    active = set()
    for workspace, answer, author, one in await session.execute(query):
        here = reach[workspace, Scope.ANSWER, answer]
        here.groups.add((workspace, one))
        active.add((workspace, one))
        if author is not None:
            here.people.add((workspace, author))
    return active


# ---- Which meetings that is ----


async def meetings_of(session: AsyncSession, changes: Changes) -> set[Owned]:
    """The meetings whose messages may be out of date: also the coming one of a group that was written to, and those
    whose messages could not be brought up to date while its channel took nothing."""
    meeting, row = t.Meeting, t.Delivery
    groups = [group for _, group in changes.whole]
    if not groups:
        return changes.meetings
    coming = select(meeting.workspace_id, meeting.id).where(
        meeting.collaborative_id.in_(groups), meeting.state == MeetingState.UPCOMING
    )
    waiting = select(row.workspace_id, row.meeting_id).where(
        row.collaborative_id.in_(groups),
        row.meeting_id.is_not(None),
        row.state == DeliveryState.WITHDRAWN,
        row.refreshes.is_not(None),
        row.reason != NOT_WANTED,
    )
    found = {(workspace, str(one)) for query in (coming, waiting) for workspace, one in await session.execute(query)}
    return found | changes.meetings


async def neighbours(session: AsyncSession, meetings: Collection[Owned]) -> tuple[set[Owned], set[Owned]]:
    """(the meetings before them, the meetings after them): what is said around one of a group tells of the next."""
    here, other = t.Meeting, t.Meeting.__table__.alias()
    ids = [one for _, one in meetings]
    of_group = other.c.collaborative_id == here.collaborative_id
    before = (
        select(other.c.id)
        .where(of_group, other.c.starts_at < here.starts_at, other.c.number.is_not(None))
        .order_by(other.c.starts_at.desc())
        .limit(1)
    )
    after = (
        select(other.c.id)
        .where(of_group, other.c.starts_at > here.starts_at, other.c.number.is_not(None))
        .order_by(other.c.starts_at)
        .limit(1)
    )
    both = (before.correlate(here).scalar_subquery(), after.correlate(here).scalar_subquery())
    rows = (await session.execute(select(here.workspace_id, *both).where(here.id.in_(ids)))).all() if ids else []
    return {(ws, one) for ws, one, _ in rows if one}, {(ws, one) for ws, _, one in rows if one}


# ---- What the engine asks for by itself ----


def want_plan(session: AsyncSession, workspace: str, group: str) -> None:
    """Have a group planned again: what it is owed depends on what became of a delivery."""
    note(session, {(workspace, Scope.GROUP, group)})


def want_refresh(session: AsyncSession, workspace: str, meeting: str) -> None:
    """Have the messages about a meeting looked at: what one of them shows is not known."""
    note(session, {(workspace, Scope.MEETING, meeting)})


# ---- When it was looked at ----


async def done(session: AsyncSession, changes: Changes) -> None:
    """Remove marks, unless they were made again meanwhile. A workspace's become its groups'."""
    row = t.Written
    for workspace, _ in changes.scopes(Scope.WORKSPACE):
        await _spread(session, workspace)
    # Whoever makes one again just now holds it, and it stays; to wait for them could be to wait in a ring.
    free = (
        select(row.workspace_id, row.scope, row.scope_id, row.times)
        .where(
            row.workspace_id.in_({ws for ws, _, _ in changes.marks}), row.scope.in_({of for _, of, _ in changes.marks})
        )
        .where(row.scope_id.in_(bindparam("ids", expanding=True)))
        .with_for_update(skip_locked=True)
    )
    ids = sorted({one for _, _, one in changes.marks})
    there = {
        (ws, scope, one): times
        for start in range(0, len(ids), MOST_ROWS)
        for ws, scope, one, times in await session.execute(free, {"ids": ids[start : start + MOST_ROWS]})
    }
    gone = [mark for mark, reach in changes.marks.items() if there.get(mark) == reach.times]
    if gone:
        this = (row.workspace_id == bindparam("ws"), row.scope == bindparam("of"), row.scope_id == bindparam("one"))
        named = [{"ws": ws, "of": scope, "one": one} for ws, scope, one in sorted(gone)]
        await run(session, delete(row).where(*this), named)


async def _spread(session: AsyncSession, workspace: str) -> None:
    group, row = t.Collaborative, t.Written
    marked = select(row.scope_id).where(row.workspace_id == workspace, row.scope == Scope.GROUP)
    groups = select(group.workspace_id, literal(Scope.GROUP.value), group.id, literal(1)).where(
        group.workspace_id == workspace, group.state == GroupState.ACTIVE, group.id.not_in(marked)
    )
    await session.execute(insert(row).from_select(["workspace_id", "scope", "scope_id", "times"], groups))


async def mark_homes(session: AsyncSession, changes: Changes, now: datetime) -> None:
    """Have the Homes of all concerned looked at again."""
    await home.mark(session, changes.people, now)
    if groups := [group for _, group in sorted(changes.groups)]:
        await home.mark_members(session, groups, now)
    for workspace, channel in changes.scopes(Scope.CHANNEL):
        await home.mark_in_channel(session, workspace, channel, now)
    for workspace, _ in changes.scopes(Scope.WORKSPACE):
        await home.mark_all(session, workspace, now)


def waiting(but: Any) -> Select[Any]:
    """A mark, if there is one."""
    return select(t.Written.scope_id).where(_in_turn(but))


def _in_turn(but: Any) -> ColumnElement[bool]:
    row = t.Written
    return and_(row.scope != Scope.UPGRADED, or_(row.scope != Scope.GROUP, row.scope_id.not_in(but)))


# ---- After an upgrade ----


async def upgraded(session: AsyncSession, limit: int) -> Changes:
    """Some of the meetings about which an earlier version posted."""
    row = t.Written
    query = select(row.workspace_id, row.scope_id, row.times).where(row.scope == Scope.UPGRADED).limit(limit)
    return Changes(
        {
            (workspace, Scope.UPGRADED, meeting): Reach(times, meetings={(workspace, meeting)})
            for workspace, meeting, times in await session.execute(query)
        }
    )
