"""What is due, what is overdue, and when something is due next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, false, func, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import GroupState
from bot.services import changes, claims, home
from bot.services.claims import LeasePolicy
from bot.services.due_steps import NOW, At, DueStep
from storage import tables as t
from storage.engine import database_now

Steps = tuple[DueStep, ...]


async def groups_to_advance(
    session: AsyncSession, steps: Steps, now: datetime, limit: int, but: Collection[str] = ()
) -> list[tuple[str, str]]:
    """(workspace, group) of the groups to advance: time has made one of the steps due."""
    advancing = _advancing(steps, lambda later: now + later, but)
    return [(workspace, group) for workspace, group in await session.execute(advancing.limit(limit))]


def _advancing(steps: Steps, at: At, but: Any) -> Select[str, str]:
    due = union(_none(), *(query for step in steps for query in step.groups(at))).subquery()
    return (
        select(t.Collaborative.workspace_id, t.Collaborative.id)
        .join(due, due.c.id == t.Collaborative.id)
        .where(t.Collaborative.id.not_in(but), t.Collaborative.state == GroupState.ACTIVE)
    )


def _none() -> Select[str]:
    return select(t.Collaborative.id).where(false())


@dataclass(frozen=True)
class DueSummary:
    """Whether there is anything to do: the next due time, the number of deliveries that wait for a person, and whether
    there are groups to advance, anything that was written to, Homes to refresh, expired leases, and leases of other
    processes."""

    first: datetime | None
    asked: int
    advancing: bool
    written: bool
    homes: bool
    left_behind: bool
    others: bool

    def is_due(self, now: datetime) -> bool:
        """Whether a delivery is due."""
        return self.first is not None and self.first <= now


async def summarize(
    session: AsyncSession, steps: Steps, terms: LeasePolicy, now: datetime, pause: float, but: Collection[str] = ()
) -> DueSummary:
    """Read the summary in one statement, since most of the time nothing is due. `pause` as for `home.due`; `but`
    names groups to skip."""
    real = await database_now(session)
    summary, moments = _summary(steps)
    given = {"real": real, "rested": real - timedelta(seconds=pause), "too_far": real + terms.longest}
    given |= {name: now + later for name, later in moments.items()}
    row = (await session.execute(summary, given | {"owner": terms.owner, "but": list(but)})).one()
    first, asked, *there = row
    return DueSummary(first, asked, *(one is not None for one in there))


@cache
def _summary(steps: Steps) -> tuple[Select[*tuple[Any, ...]], Mapping[str, timedelta]]:
    """The statement, and how much after now each of its moments is. Built once: building it took five times as long as
    the database takes to execute it."""
    moments: dict[str, timedelta] = {}

    def at(later: timedelta) -> ColumnElement[datetime]:
        name = f"at_{later.total_seconds():.0f}".replace("-", "minus_")
        moments[name] = later
        return bindparam(name)

    real: ColumnElement[datetime] = bindparam("real")
    but: ColumnElement[Any] = bindparam("but", expanding=True)
    asked = select(func.count()).where(text(t.HELD), t.Delivery.state == DeliveryState.ASKED)
    there = (
        _advancing(steps, at, but),
        changes.waiting(but),
        home.fading(at(NOW), real, bindparam("rested")),
        claims.left_behind(real, bindparam("too_far")),
        claims.with_others(bindparam("owner"), real),
    )
    query = select(_next_delivery().scalar_subquery(), asked.scalar_subquery(), *(_one_of(one) for one in there))
    return query, moments


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


async def next_due(session: AsyncSession, steps: Steps) -> datetime | None:
    """The earliest time at which something is due, for a display. It looks at all open prompts."""
    moments = (await session.execute(_moments(steps))).one()
    return min((moment for moment in moments if moment is not None), default=None)


@cache
def _moments(steps: Steps) -> Select[*tuple[Any, ...]]:
    """The next time of each kind; built once, as above."""
    shown = (step.next().scalar_subquery() for step in steps if step.next is not None)
    return select(_next_delivery().scalar_subquery(), *shown)


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
