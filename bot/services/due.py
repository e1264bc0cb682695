"""What is due, what is overdue, and when something is due next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, exists, func, or_, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.batches import REVIEW_TIME
from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import GroupState
from bot.services import claims, homes
from bot.services.claims import LeasePolicy
from storage import tables as t
from storage.engine import database_now
from storage.types import Moment


async def groups_to_advance(
    session: AsyncSession, now: datetime, limit: int, but: Collection[str] = ()
) -> list[tuple[str, str]]:
    """(workspace, group) of the groups to advance: time has made something due."""
    advancing = _advancing(now, now - REVIEW_TIME, but)
    return [(workspace, group) for workspace, group in await session.execute(advancing.limit(limit))]


async def groups_to_plan(session: AsyncSession, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """(workspace, group) of the groups to plan: their deliveries may be out of date."""
    return [(workspace, group) for workspace, group in await session.execute(_planning(but).limit(limit))]


def _advancing(now: Moment, long_ago: Moment, but: Any) -> Select[str, str]:
    """`long_ago`: batches of prompts closed by then have passed their review deadline."""
    due = union(
        select(t.Prompt.collaborative_id).where(t.Prompt.closed_at.is_(None), t.Prompt.closes_at <= now),
        select(t.Prompt.collaborative_id).where(text(t.TO_NOTICE), t.Prompt.notice_at <= now),
        *(
            select(t.Prompt.collaborative_id).where(text(waits), *_long_ago(now, long_ago))
            for waits in (t.WAITING, t.APPROVED)
        ),
        select(t.Meeting.collaborative_id).where(text(t.TO_POST), t.Meeting.agenda_due_at <= now),
        select(t.Meeting.collaborative_id).where(text(t.UPCOMING), t.Meeting.handover_due_at <= now),
    ).subquery()
    return (
        select(t.Collaborative.workspace_id, t.Collaborative.id)
        .join(due, due.c.collaborative_id == t.Collaborative.id)
        .where(t.Collaborative.id.not_in(but), t.Collaborative.state == GroupState.ACTIVE)
    )


def _long_ago(now: Moment, long_ago: Moment) -> tuple[ColumnElement[bool], ...]:
    later = t.Prompt.review_until
    return t.Prompt.closed_at <= long_ago, or_(later.is_(None), later <= now)


def _planning(but: Any) -> Select[str, str]:
    return select(t.Collaborative.workspace_id, t.Collaborative.id).where(
        text(t.PLAN_WANTED), t.Collaborative.id.not_in(but), t.Collaborative.state == GroupState.ACTIVE
    )


@dataclass(frozen=True)
class DueSummary:
    """Whether there is anything to do: the next due time, the number of deliveries that wait for a person, and whether
    there are groups to advance or to plan, Homes to refresh, expired leases, and leases of other processes."""

    first: datetime | None
    asked: int
    advancing: bool
    planning: bool
    homes: bool
    left_behind: bool
    others: bool

    def is_due(self, now: datetime) -> bool:
        """Whether a delivery is due."""
        return self.first is not None and self.first <= now


async def summarize(
    session: AsyncSession, terms: LeasePolicy, now: datetime, pause: float, but: Collection[str] = ()
) -> DueSummary:
    """Read the summary in one statement, since most of the time nothing is due. `pause` as for `homes.due`; `but`
    names groups to skip."""
    real = await database_now(session)
    moments = {"now": now, "long_ago": now - REVIEW_TIME, "real": real, "rested": real - timedelta(seconds=pause)}
    given = {"too_far": real + terms.longest, "owner": terms.owner, "but": list(but)}
    first, asked, *there = (await session.execute(_glance(), moments | given)).one()
    return DueSummary(first, asked, *(one is not None for one in there))


@cache
def _glance() -> Select[*tuple[Any, ...]]:
    """Built once: building it took five times as long as the database takes to execute it."""
    now: ColumnElement[datetime] = bindparam("now")
    real: ColumnElement[datetime] = bindparam("real")
    but: ColumnElement[Any] = bindparam("but", expanding=True)
    asked = select(func.count()).where(text(t.HELD), t.Delivery.state == DeliveryState.ASKED)
    there = (
        _advancing(now, bindparam("long_ago"), but),
        _planning(but),
        homes.fading(now, real, bindparam("rested")),
        claims.left_behind(real, bindparam("too_far")),
        claims.with_others(bindparam("owner"), real),
    )
    return select(_next_delivery().scalar_subquery(), asked.scalar_subquery(), *(_one_of(query) for query in there))


def _one_of(query: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    """The first column of some row. Not EXISTS: a server may plan that without its order, and scan a whole table."""
    return query.with_only_columns(query.selected_columns[0]).limit(1).scalar_subquery()


@dataclass(frozen=True)
class Backlog:
    """The backlog: how many deliveries are due and not sent, by state; and whether a delivery that was put off is due
    soon."""

    backlog: dict[DeliveryState, int]
    is_behind: bool


async def look_ahead(session: AsyncSession, now: datetime, soon: timedelta, seen: DueSummary) -> Backlog:
    """`soon`: what is put off by no more than this still counts as backlog."""
    first, counts = seen.first, {DeliveryState.ASKED: seen.asked}
    if seen.is_due(now):
        late = select(t.Delivery.state, func.count()).where(text(t.OPEN), t.Delivery.due_at <= now)
        counts |= {state: int(count) for state, count in await session.execute(late.group_by(t.Delivery.state))}
    behind = first is not None and (first <= now or (first <= now + soon and await _is_put_off(session, now, soon)))
    return Backlog(counts, behind)


async def next_due(session: AsyncSession) -> datetime | None:
    """The earliest time at which something is due, for a display. It looks at all open prompts."""
    moments = (await session.execute(_moments())).one()
    return min((moment for moment in moments if moment is not None), default=None)


@cache
def _moments() -> Select[*tuple[Any, ...]]:
    """The next time of each kind; built once, as above."""
    return select(
        _next_delivery().scalar_subquery(),
        select(func.min(t.Prompt.closes_at)).where(t.Prompt.closed_at.is_(None)).scalar_subquery(),
        select(func.min(t.Prompt.notice_at)).where(text(t.TO_NOTICE), _has_anonymous_answers()).scalar_subquery(),
        select(func.min(t.Meeting.agenda_due_at)).where(text(t.TO_POST)).scalar_subquery(),
        select(func.min(t.Meeting.handover_due_at)).where(text(t.UPCOMING)).scalar_subquery(),
    )


def _has_anonymous_answers() -> ColumnElement[bool]:
    """Otherwise nobody has to be told anything."""
    answer = t.Reflection
    return exists().where(answer.prompt_id == t.Prompt.id, answer.visibility == Visibility.ANONYMOUS)


def _next_delivery() -> Select[datetime]:
    """The due time of the next delivery that was not sent (it may have to wait for its channel)."""
    # The first row in index order: a server that estimates many due rows may scan them all.
    row = t.Delivery
    first = select(row.due_at).where(text(t.OPEN), _workspace_goes_on()).order_by(row.due_at, row.rank, row.id)
    return first.limit(1)


async def _is_put_off(session: AsyncSession, now: datetime, soon: timedelta) -> bool:
    """Whether a delivery was put off, by no more than this."""
    row = t.Delivery
    waits = select(row.id).where(text(t.OPEN), _workspace_goes_on(), row.due_at <= now + soon, row.planned_for <= now)
    return await session.scalar(waits.order_by(row.due_at, row.rank, row.id).limit(1)) is not None


def _workspace_goes_on() -> ColumnElement[bool]:
    stopped = select(t.Workspace.id).where(t.Workspace.stopped.is_not(None))
    return t.Delivery.workspace_id.not_in(stopped)
