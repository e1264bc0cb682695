"""What is due by now, what is behind, and when there is something to do next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, exists, func, or_, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.batches import REVIEW_TIME
from bot.services import claims, homes
from bot.services.claims import LeasePolicy
from storage import tables as t
from storage.engine import database_now
from storage.types import Moment


async def groups_to_advance(
    session: AsyncSession, now: datetime, limit: int, but: Collection[str] = ()
) -> list[tuple[str, str]]:
    """(workspace, group) of the groups in which time has made something due."""
    advancing = _advancing(now, now - REVIEW_TIME, but)
    return [(workspace, group) for workspace, group in await session.execute(advancing.limit(limit))]


async def groups_to_plan(session: AsyncSession, limit: int, but: Collection[str] = ()) -> list[tuple[str, str]]:
    """(workspace, group) of the groups whose deliveries may be out of line."""
    return [(workspace, group) for workspace, group in await session.execute(_planning(but).limit(limit))]


def _advancing(now: Moment, long_ago: Moment, but: Any) -> Select[str, str]:
    """`long_ago`: a batch of a prompt that closed by then was to be reviewed by now."""
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
        .where(t.Collaborative.id.not_in(but), t.Collaborative.state == "active")
    )


def _long_ago(now: Moment, long_ago: Moment) -> tuple[ColumnElement[bool], ...]:
    later = t.Prompt.review_until
    return t.Prompt.closed_at <= long_ago, or_(later.is_(None), later <= now)


def _planning(but: Any) -> Select[str, str]:
    return select(t.Collaborative.workspace_id, t.Collaborative.id).where(
        text(t.PLAN_WANTED), t.Collaborative.id.not_in(but), t.Collaborative.state == "active"
    )


@dataclass(frozen=True)
class DueSummary:
    """Whether there is anything to do at all: when the next delivery is due, how many wait for a person's word, and
    whether there are groups to advance or to plan, Homes to look at again, deliveries that nobody sends any more, and
    such as another process holds."""

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
    """All of it in one statement, since most of the time there is nothing. `pause` as for `homes.due`; `but` names
    groups that are left alone."""
    real = await database_now(session)
    moments = {"now": now, "long_ago": now - REVIEW_TIME, "real": real, "rested": real - timedelta(seconds=pause)}
    given = {"too_far": real + terms.longest, "owner": terms.owner, "but": list(but)}
    first, asked, *there = (await session.execute(_glance(), moments | given)).one()
    return DueSummary(first, asked, *(one is not None for one in there))


@lru_cache(1)
def _glance() -> Select[*tuple[Any, ...]]:
    """Made once: putting it together took five times as long as the database takes to answer it."""
    now: ColumnElement[datetime] = bindparam("now")
    real: ColumnElement[datetime] = bindparam("real")
    but: ColumnElement[Any] = bindparam("but", expanding=True)
    asked = select(func.count()).where(text(t.HELD), t.Delivery.state == "asked")
    there = (
        _advancing(now, bindparam("long_ago"), but),
        _planning(but),
        homes.fading(now, real, bindparam("rested")),
        claims.left_behind(real, bindparam("too_far")),
        claims.with_others(bindparam("owner"), real),
    )
    return select(_next_delivery().scalar_subquery(), asked.scalar_subquery(), *(_one_of(query) for query in there))


def _one_of(query: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    """The first column of some row. No EXISTS: a server may plan that without its order, and read a whole table."""
    return query.with_only_columns(query.selected_columns[0]).limit(1).scalar_subquery()


@dataclass(frozen=True)
class Backlog:
    """What is not done yet: how many deliveries are due and not out, by state; and whether something that was planned
    for by now may go out soon."""

    backlog: dict[str, int]
    is_behind: bool


async def look_ahead(session: AsyncSession, now: datetime, soon: timedelta, seen: DueSummary) -> Backlog:
    """`soon` is how long something may be put off and still count as behind."""
    first, counts = seen.first, {"asked": seen.asked}
    if seen.is_due(now):
        late = select(t.Delivery.state, func.count()).where(text(t.OPEN), t.Delivery.due_at <= now)
        counts |= {str(state): int(count) for state, count in await session.execute(late.group_by(t.Delivery.state))}
    behind = first is not None and (first <= now or (first <= now + soon and await _is_put_off(session, now, soon)))
    return Backlog(counts, behind)


async def next_due(session: AsyncSession) -> datetime | None:
    """The earliest moment at which there is something to do: for whoever shows it. It looks at every open prompt."""
    moments = (await session.execute(_moments())).one()
    return min((moment for moment in moments if moment is not None), default=None)


@lru_cache(1)
def _moments() -> Select[*tuple[Any, ...]]:
    """The next of each kind; made once, as above."""
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
    """When the next delivery is due, or was, if it is not out yet (it may have to wait for its channel's next turn)."""
    # The first in the index's own order: a server that guesses how many are due by now may guess that all are.
    row = t.Delivery
    first = select(row.due_at).where(text(t.OPEN), _workspace_goes_on()).order_by(row.due_at, row.rank, row.id)
    return first.limit(1)


async def _is_put_off(session: AsyncSession, now: datetime, soon: timedelta) -> bool:
    """Whether something that was planned for by now was put off, and not for longer."""
    row = t.Delivery
    waits = select(row.id).where(text(t.OPEN), _workspace_goes_on(), row.due_at <= now + soon, row.planned_for <= now)
    return await session.scalar(waits.order_by(row.due_at, row.rank, row.id).limit(1)) is not None


def _workspace_goes_on() -> ColumnElement[bool]:
    stopped = select(t.Workspace.id).where(t.Workspace.stopped.is_not(None))
    return t.Delivery.workspace_id.not_in(stopped)
