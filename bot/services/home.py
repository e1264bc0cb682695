"""Homes that are kept up to date: whose, what was published, and which are to be rendered again.

Changes to what somebody's Home shows mark it (`mark`, `mark_members`, …). The tick plans one delivery a marked person,
however many marks there are; a Home that would look the same is not published.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, Update, bindparam, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.deliveries import DeliveryState, Operation
from storage import tables as t
from storage.engine import database_now, for_update, run, upsert
from storage.types import Moment

KIND, OPERATION = "home", Operation.PUBLISH
UNDER_WAY = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNCLEAR)

Who = tuple[str, str]
"""Workspace and person."""


@dataclass(frozen=True)
class HomeState:
    """The state of somebody's Home: open pages, and what was published last."""

    page: str
    shown: str | None


def key_of(workspace: str, person: str) -> str:
    """The dedupe key of a person's one delivery."""
    return f"{KIND}:{workspace}:{person}"


# ---- Marking ----


_WHO = tuple_(t.Home.workspace_id, t.Home.person_id)


def _marking(chosen: ColumnElement[bool]) -> Update:
    """In a fixed order, so that concurrent processes do not deadlock."""
    later = select(t.Home.workspace_id, t.Home.person_id).where(t.Home.due_at > bindparam("now"), chosen)
    ordered = later.order_by(t.Home.workspace_id, t.Home.person_id).with_for_update()
    return update(t.Home).where(_WHO.in_(ordered)).values(due_at=bindparam("now"))


# Built once, since each answer that comes alone leads to two of them: building one takes 0.15 ms, an execution of what
# is built 0.03 ms (an empty SQLite database).
MARK = _marking(_WHO.in_(bindparam("people", expanding=True)))
MARK_MEMBERS = _marking(
    _WHO.in_(
        select(t.Member.workspace_id, t.Member.person_id).where(
            t.Member.collaborative_id.in_(bindparam("groups", expanding=True))
        )
    )
)
MARK_IN_CHANNEL = _marking(
    _WHO.in_(
        select(t.ChannelMember.workspace_id, t.ChannelMember.person_id).where(
            t.ChannelMember.workspace_id == bindparam("workspace"),
            t.ChannelMember.channel_id == bindparam("channel"),
        )
    )
)
MARK_ALL = _marking(t.Home.workspace_id == bindparam("workspace"))


async def mark(session: AsyncSession, people: Collection[Who], now: datetime) -> None:
    """Mark these people's own Homes."""
    if people:
        await run(session, MARK, {"people": sorted(set(people)), "now": now})


async def mark_members(session: AsyncSession, groups: Collection[str], now: datetime) -> None:
    """Mark the Homes of everybody in these groups."""
    await run(session, MARK_MEMBERS, {"groups": list(groups), "now": now})


async def mark_in_channel(session: AsyncSession, workspace: str, channel: str, now: datetime) -> None:
    """Mark the Homes of everybody in a channel: the Home of somebody without a group lists channels where one could
    begin."""
    await run(session, MARK_IN_CHANNEL, {"workspace": workspace, "channel": channel, "now": now})


async def mark_all(session: AsyncSession, workspace: str, now: datetime) -> None:
    await run(session, MARK_ALL, {"workspace": workspace, "now": now})


# ---- Opened, turned over, published ----


async def opened(session: AsyncSession, who: Who, now: datetime) -> None:
    """Somebody opened their Home, at its first pages. Existing marks stay; a new Home is rendered once more, since
    nothing could mark it while it was being rendered."""
    row = {"workspace_id": who[0], "person_id": who[1], "opened_on": now.date(), "page": "", "due_at": now}
    await upsert(session, t.Home, [row], changes=("opened_on", "page"))


async def turned(session: AsyncSession, who: Who, page: str, now: datetime) -> None:
    """Somebody turned to other pages: publish soon."""
    row = {"workspace_id": who[0], "person_id": who[1], "opened_on": now.date(), "page": page, "due_at": now}
    await upsert(session, t.Home, [row], changes=("page", "due_at", "opened_on"))
    sent = (t.Delivery.dedupe_key == key_of(*who), t.Delivery.state == DeliveryState.SENT)
    await session.execute(update(t.Delivery).where(*sent).values(lease_until=None))  # no pause: they wait for it


async def standing(session: AsyncSession, who: Who) -> HomeState | None:
    row = await session.get(t.Home, who)
    return HomeState(row.page, row.shown) if row else None


async def published(
    session: AsyncSession, who: Who, before: str | None, shown: str, changes_at: datetime | None, now: datetime
) -> None:
    """It was published. If another process published meanwhile, the order is unknown: publish once more.

    `before` is what had been published when this was rendered.
    """
    row = await session.get(t.Home, who, with_for_update=True)
    if row is None:
        return
    due = min(row.due_at, changes_at) if changes_at else row.due_at
    row.due_at = due if row.shown == before else now
    row.shown = shown


async def forget(session: AsyncSession, who: Who) -> None:
    """Slack shows them no Home, or nobody has opened it for long: not kept up to date until it is opened again."""
    await session.execute(delete(t.Home).where(t.Home.workspace_id == who[0], t.Home.person_id == who[1]))


# ---- Planning ----


async def due(session: AsyncSession, now: datetime, pause: float, limit: int) -> list[Who]:
    """Whose Home is to be rendered again, and was not published in the last `pause` seconds of real time."""
    real = await database_now(session)
    rows = await session.execute(fading(now, real, real - timedelta(seconds=pause)).limit(limit))
    return [(workspace, person) for workspace, person in rows]


def fading(now: Moment, real: Moment, rested: Moment) -> Select[str, str]:
    """(workspace, person), the longest due first; `real` is the database's time, and who was published before `rested`
    may be published again."""
    row, home = t.Delivery, t.Home
    of_this = row.dedupe_key == KIND + ":" + home.workspace_id + ":" + home.person_id
    may_be_again = or_(
        row.id.is_(None),
        row.state.not_in((DeliveryState.SENT, *UNDER_WAY)),
        (row.state == DeliveryState.SENT)
        & or_(row.lease_until <= rested, row.lease_until > real, row.lease_until.is_(None)),
    )
    return (
        select(home.workspace_id, home.person_id)
        .outerjoin(row, of_this)
        .join(t.Workspace, t.Workspace.id == home.workspace_id)
        .where(home.due_at <= now, may_be_again, t.Workspace.stopped.is_(None))
        .order_by(home.due_at, home.workspace_id, home.person_id)
    )


async def plan(session: AsyncSession, people: Sequence[Who], now: datetime, since: date, until: datetime) -> None:
    """Plan one delivery for each of them; people who have not opened their Home since that day are dropped."""
    query = select(t.Home).where(tuple_(t.Home.workspace_id, t.Home.person_id).in_(people), t.Home.due_at <= now)
    rows = (await session.scalars(for_update(session, query.order_by(t.Home.workspace_id, t.Home.person_id)))).all()
    await _let_go(session, [row for row in rows if row.opened_on < since])
    # Read after the lock, since another process may have begun one meanwhile.
    busy = await _under_way(session, rows)
    lately = [row for row in rows if row.opened_on >= since and key_of(row.workspace_id, row.person_id) not in busy]
    for row in lately:
        row.due_at = until
    await session.flush()
    await upsert(session, t.Delivery, [_owed(row, now) for row in lately], ("dedupe_key",), AGAIN)


async def _under_way(session: AsyncSession, rows: Sequence[t.Home]) -> set[str]:
    keys = [key_of(row.workspace_id, row.person_id) for row in rows]
    busy = (t.Delivery.dedupe_key.in_(keys), t.Delivery.state.in_(UNDER_WAY))
    return set(await session.scalars(select(t.Delivery.dedupe_key).where(*busy)))


AGAIN = ("state", "due_at", "planned_for", "attempts", "looks", "reason")


def _owed(home: t.Home, now: datetime) -> dict[str, object]:
    return {
        "workspace_id": home.workspace_id,
        "kind": KIND,
        "operation": OPERATION,
        "recipient": home.person_id,
        "planned_for": now,
        "due_at": now,
        "dedupe_key": key_of(home.workspace_id, home.person_id),
    }


async def _let_go(session: AsyncSession, rows: Sequence[t.Home]) -> None:
    keys = [key_of(row.workspace_id, row.person_id) for row in rows]
    for row in rows:
        await session.delete(row)
    await session.execute(delete(t.Delivery).where(t.Delivery.dedupe_key.in_(keys)))
