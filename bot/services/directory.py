"""What to read next about the bot's channels and their members, and storing what was read.

A round reads the list of channels, each channel's members, and profiles that are due. Rows carry the number of the
round in which they were read, so that another process resumes where this one stopped. People who are in none of the
bot's channels are not read, and not stored unless something of theirs is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import GroupState
from bot.services import deliveries, people
from bot.services.people import ChannelFacts
from bot.services.personal_columns import PERSONAL_COLUMNS
from storage import tables as t
from storage.engine import database_time, upsert

PEOPLE_AT_ONCE = 10
"""Profiles that are read before they are stored."""

FEW = 200
"""Up to so many people, all are read in every round; of more, only members of groups, and the others now and then."""

NOW_AND_THEN = 24
"""Rounds between two reads of somebody who is in no group."""

FORGOTTEN_AT_ONCE = 500

NOT_IN = "I am not in the channel any more"

LEASE = 60
"""Seconds for which one process alone reads (a lease)."""


@dataclass(frozen=True)
class ListChannels:
    """The next page of the channels that the bot is in."""

    cursor: str


@dataclass(frozen=True)
class ReadChannel:
    """The next page of a channel's members."""

    channel: str
    cursor: str


@dataclass(frozen=True)
class ReadPeople:
    """Some profiles to read, one by one."""

    ids: tuple[str, ...]


Step = ListChannels | ReadChannel | ReadPeople


# ---- Rounds ----


async def begin(session: AsyncSession, workspace: str, *, at_start: bool = False) -> None:
    """Begin a round, unless one is in progress; at a process's start that one reads the list of channels again."""
    row = await session.get(t.DirectoryReading, workspace, with_for_update=True)
    if row is None:
        await upsert(session, t.DirectoryReading, [{"workspace_id": workspace}], changes=())  # another may begin too
    elif row.done:
        row.round, row.done, row.listed, row.cursor = row.round + 1, False, False, ""
    elif at_start and row.listed:
        row.listed, row.cursor = False, ""


async def claim(session: AsyncSession, workspace: str, owner: str) -> bool:
    """Take or keep the lease; False while another process has it."""
    row = t.DirectoryReading
    mine = or_(row.owner.is_(None), row.owner == owner, row.lease_until < database_time(session))
    claimed = await session.execute(
        update(row)
        .where(row.workspace_id == workspace, mine)
        .values(owner=owner, lease_until=database_time(session, LEASE))
        .execution_options(synchronize_session=False)
    )
    return bool(claimed.rowcount)  # type: ignore[attr-defined]  # an update's result has it


async def release(session: AsyncSession, workspace: str, owner: str | None = None) -> None:
    """Release the lease; without an owner, whoever holds it."""
    row = t.DirectoryReading
    mine = row.owner == owner if owner else row.owner.is_not(None)
    await session.execute(update(row).where(row.workspace_id == workspace, mine).values(owner=None, lease_until=None))


async def is_done(session: AsyncSession, workspace: str) -> bool:
    """Whether the round is over and all members of channels are known."""
    row = await session.get(t.DirectoryReading, workspace)
    return row is not None and row.done and not await _unknown(session, workspace, (), 1)


async def next_steps(
    session: AsyncSession, workspace: str, first: Sequence[str] = (), without: Collection[str] = ()
) -> list[Step]:
    """The next step of each kind; empty if the round is over. `first` are channels that somebody waits for, `without`
    people who are being read already."""
    row = await session.get(t.DirectoryReading, workspace)
    if row is None:
        return []
    steps: list[Step] = [] if row.listed else [ListChannels(row.cursor)]
    channel = await _next_channel(session, workspace, row.round, first)
    if channel is not None:
        steps.append(ReadChannel(channel.id, channel.cursor))
    ids = await _unknown(session, workspace, without, PEOPLE_AT_ONCE)
    if not row.done:
        ids = ids or await _due(session, workspace, row.round, without)
    return [*steps, ReadPeople(tuple(ids))] if ids else steps


async def finish(session: AsyncSession, workspace: str) -> bool:
    """End the round once nobody is left to be forgotten; False if it has to be called again."""
    row = await session.get(t.DirectoryReading, workspace, with_for_update=True)
    if row is None or row.done:
        return True
    if await _forget_some(session, workspace, row.round):
        return False
    row.done = True
    return True


# ---- What is next ----


def _is_open() -> ColumnElement[bool]:
    return and_(t.Channel.has_bot, ~t.Channel.is_archived)


async def _next_channel(session: AsyncSession, workspace: str, round_: int, first: Sequence[str]) -> t.Channel | None:
    """Channels in this order: begun ones, those that somebody waits for, those of groups, others."""
    channel, group = t.Channel, t.Collaborative
    has_group = select(group.id).where(
        group.workspace_id == workspace, group.channel_id == channel.id, group.state == GroupState.ACTIVE
    )
    order = (
        case((channel.cursor != "", 0), (channel.id.in_(first), 1), (has_group.exists(), 2), else_=3),
        channel.read_in,
        channel.id,
    )
    query = select(channel).where(channel.workspace_id == workspace, _is_open(), channel.read_in < round_)
    return (await session.scalars(query.order_by(*order).limit(1))).first()


def _inside(workspace: str) -> Select[Any]:
    """Everybody in an open channel of the bot's."""
    inside = t.ChannelMember
    return (
        select(inside.person_id)
        .join(t.Channel, and_(t.Channel.workspace_id == inside.workspace_id, t.Channel.id == inside.channel_id))
        .where(inside.workspace_id == workspace, _is_open())
    )


def _members(workspace: str) -> Select[Any]:
    """All members of groups."""
    return select(t.Member.person_id).where(t.Member.workspace_id == workspace)


async def _unknown(session: AsyncSession, workspace: str, without: Collection[str], most: int) -> list[str]:
    """People in the bot's channels without a profile; members of groups first."""
    inside, known = t.ChannelMember, t.Person
    is_known = select(known.id).where(known.workspace_id == workspace, known.id == inside.person_id)
    is_member = t.Member.person_id == inside.person_id
    member = select(t.Member.person_id).where(t.Member.workspace_id == workspace, is_member)
    query = (
        _inside(workspace)
        .where(~is_known.exists(), inside.person_id.not_in(without))
        .group_by(inside.person_id)
        .order_by(func.max(case((member.exists(), 1), else_=0)).desc(), inside.person_id)
    )
    return list(await session.scalars(query.limit(most)))


async def _due(session: AsyncSession, workspace: str, round_: int, without: Collection[str]) -> list[str]:
    """Known people whose profiles are due in this round."""
    known = t.Person
    here = known.id.in_(_inside(workspace))
    some = select(known.id).where(known.workspace_id == workspace, here).limit(FEW + 1)
    are_few = len(list(await session.scalars(some))) <= FEW
    rarely = here if are_few else and_(here, known.read_in <= round_ - NOW_AND_THEN)
    query = (
        select(known.id)
        .where(known.workspace_id == workspace, known.read_in < round_, known.id.not_in(without))
        .where(or_(rarely, known.id.in_(_members(workspace))))
        .order_by(known.read_in, known.id)
    )
    return list(await session.scalars(query.limit(PEOPLE_AT_ONCE)))


# ---- Keeping what was read ----


async def keep_channels(session: AsyncSession, workspace: str, found: Sequence[ChannelFacts], cursor: str) -> None:
    """Store a page of the bot's channels; after the last page it is in no others."""
    reading = await session.get(t.DirectoryReading, workspace, with_for_update=True)
    if reading is None:
        return
    for facts in sorted(found, key=lambda channel: channel.id):
        await keep_channel(session, workspace, facts, reading.round)
    reading.cursor, reading.listed = cursor, not cursor
    if reading.listed:
        row = t.Channel
        left = select(row.id).where(row.workspace_id == workspace, _is_open(), row.listed_in < reading.round)
        for channel in list(await session.scalars(left.order_by(row.id))):
            await lost(session, workspace, channel)


async def keep_channel(session: AsyncSession, workspace: str, facts: ChannelFacts, round_: int) -> None:
    """Store a channel that the bot is in; a group that was stopped there resumes."""
    await people.remember_channel_facts(session, workspace, facts)
    mine = (t.Channel.workspace_id == workspace, t.Channel.id == facts.id)
    await session.execute(update(t.Channel).where(*mine).values(listed_in=round_))
    await deliveries.resume_channel(session, workspace, facts.id)


async def keep_members(
    session: AsyncSession, workspace: str, step: ReadChannel, members: Sequence[str], cursor: str
) -> None:
    """Store a page of a channel's members; after the last page nobody else is in it."""
    channel = await session.get(t.Channel, (workspace, step.channel), with_for_update=True, populate_existing=True)
    reading = await session.get(t.DirectoryReading, workspace)
    if channel is None or reading is None:
        return
    table = t.ChannelMember
    inside = (table.workspace_id == workspace, table.channel_id == step.channel)
    known = set(await session.scalars(select(table.person_id).where(*inside, table.person_id.in_(members))))
    row = {"workspace_id": workspace, "channel_id": step.channel, "read_in": reading.round}
    await upsert(session, table, [row | {"person_id": person} for person in sorted(set(members) - known)])
    await session.execute(update(table).where(*inside, table.person_id.in_(known)).values(read_in=reading.round))
    channel.cursor = cursor
    if not cursor:
        channel.read_in = reading.round
        await session.execute(delete(table).where(*inside, table.read_in < reading.round))


async def read_anew(session: AsyncSession, workspace: str, channel: str | None) -> None:
    """Slack rejects a cursor: read again from the first page."""
    if channel is None:
        row = t.DirectoryReading
        await session.execute(update(row).where(row.workspace_id == workspace).values(cursor=""))
    else:
        mine = (t.Channel.workspace_id == workspace, t.Channel.id == channel)
        await session.execute(update(t.Channel).where(*mine).values(cursor=""))


async def want_read(session: AsyncSession, workspace: str, channel: str) -> None:
    """Read a channel's members again from the start, soon."""
    mine = (t.Channel.workspace_id == workspace, t.Channel.id == channel)
    await session.execute(update(t.Channel).where(*mine).values(read_in=0, cursor=""))
    inside = (t.ChannelMember.workspace_id == workspace, t.ChannelMember.channel_id == channel)
    await session.execute(update(t.ChannelMember).where(*inside).values(read_in=0))


async def lost(session: AsyncSession, workspace: str, channel: str) -> None:
    """The bot is not in a channel any more; a group there waits until it is invited again."""
    await people.bot_left(session, workspace, channel)
    await deliveries.stop_channel(session, workspace, channel, NOT_IN)


async def present_round(session: AsyncSession, workspace: str) -> int:
    row = await session.get(t.DirectoryReading, workspace)
    return row.round if row else 0


# ---- What is known of whoever acts ----


@dataclass(frozen=True)
class Acquaintance:
    """What is known of somebody who acts in a channel: is the bot in it, are they, and their profile."""

    has_bot: bool
    is_inside: bool
    is_known: bool
    enough: bool
    """Whether nothing has to be requested before they are answered."""


async def acquaintance(session: AsyncSession, workspace: str, channel: str, person: str) -> Acquaintance:
    row = await session.get(t.Channel, (workspace, channel))
    has_bot = row is not None and row.has_bot and not row.is_archived
    inside = await people.is_in_channel(session, workspace, channel, person)
    known = await session.get(t.Person, (workspace, person)) is not None
    reading = await session.get(t.DirectoryReading, workspace)
    if row is None or not has_bot:
        enough = reading is not None and reading.listed
    elif inside:
        enough = known
    else:
        enough = reading is not None and row.read_in >= reading.round
    return Acquaintance(has_bot, inside, known, enough)


# ---- Forgetting ----


async def _forget_some(session: AsyncSession, workspace: str, round_: int) -> int:
    """Forget people in none of the bot's channels of whom nothing else is stored, and the members of channels that the
    bot left; returns how many people. Who has just left is kept for one round more: forms still name them."""
    inside, channel, known = t.ChannelMember, t.Channel, t.Person
    closed = select(channel.id).where(channel.workspace_id == workspace, ~channel.has_bot)
    await session.execute(
        delete(inside).where(
            inside.workspace_id == workspace,
            inside.channel_id.in_(closed),
            inside.person_id.not_in(_members(workspace)),
        )
    )
    somewhere = select(inside.person_id).where(inside.workspace_id == workspace, inside.person_id == known.id)
    long_ago = or_(known.read_in == 0, known.read_in < round_ - 1)
    query = select(known.id).where(known.workspace_id == workspace, long_ago, ~somewhere.exists(), *_nothing_kept())
    ids = list(await session.scalars(query.order_by(known.id).limit(FORGOTTEN_AT_ONCE)))
    if ids:
        await session.execute(delete(known).where(known.workspace_id == workspace, known.id.in_(ids)))
    return len(ids)


@cache
def _nothing_kept() -> tuple[ColumnElement[bool], ...]:
    """Nothing of a person is stored in any place that holds people. Cached: it names all such places."""
    conditions = []
    for held in PERSONAL_COLUMNS:
        if held.table in {t.Person, t.ChannelMember}:
            continue
        table: Any = held.table.__table__.alias()
        theirs = select(table.c.workspace_id).where(table.c.workspace_id == t.Person.workspace_id)
        conditions.append(~theirs.where(table.c[held.column] == t.Person.id).exists())
    return tuple(conditions)
