"""What is stored of workspaces, people and channels, so that no acknowledgement has to wait for Slack."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.charter import MemberCandidate
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.domain.visibility_changes import YOURSELF
from storage import tables as t
from storage.engine import MOST_ROWS, run, upsert


@dataclass(frozen=True)
class PersonFacts:
    """A person as Slack describes them."""

    id: str
    name: str
    zone: str
    is_bot: bool = False
    is_gone: bool = False
    is_admin: bool = False
    is_guest: bool = False
    is_stranger: bool = False


@dataclass(frozen=True)
class ChannelFacts:
    """A channel as Slack describes it."""

    id: str
    name: str
    is_private: bool
    is_archived: bool
    has_bot: bool


async def remember_workspace(session: AsyncSession, workspace: str, name: str, bot: str) -> None:
    await upsert(session, t.Workspace, [{"id": workspace, "name": name[:255], "bot_id": bot}])


async def find_workspace(session: AsyncSession, workspace: str) -> t.Workspace | None:
    return await session.get(t.Workspace, workspace)


async def remember_people(
    session: AsyncSession, workspace: str, people: Iterable[PersonFacts], read_in: int | None = None
) -> None:
    """Store what Slack says; where it is new, decisions and plans that depend on it are made again.

    `read_in` is the number of the round in which they were read (bot.services.directory), None for events.
    """
    read: dict[str, object] = {} if read_in is None else {"read_in": read_in}
    # In a fixed order, so that concurrent processes do not deadlock.
    rows = [_as_row(workspace, facts) for facts in sorted(people, key=lambda p: p.id)]
    for start in range(0, len(rows), MOST_ROWS):
        some = rows[start : start + MOST_ROWS]
        news = await _news(session, some)
        await upsert(session, t.Person, [row | read for row in some if row["id"] in news])
        if read:
            known = [row["id"] for row in some if row["id"] not in news]
            mine = (t.Person.workspace_id == workspace, t.Person.id.in_(known))
            await session.execute(update(t.Person).where(*mine).values(read))


async def _news(session: AsyncSession, rows: Sequence[dict[str, object]]) -> set[str]:
    """Those that differ from the stored rows."""
    person = t.Person
    query = select(person).where(
        person.workspace_id.in_({row["workspace_id"] for row in rows}), person.id.in_([row["id"] for row in rows])
    )
    kept = {row.id: row for row in await session.scalars(query.execution_options(populate_existing=True))}
    return {
        str(row["id"])
        for row in rows
        if row["id"] not in kept or any(getattr(kept[str(row["id"])], name) != value for name, value in row.items())
    }


async def is_unknown(session: AsyncSession, workspace: str, person: str) -> bool:
    return await session.get(t.Person, (workspace, person)) is None


async def concerns_us(session: AsyncSession, workspace: str, person: str) -> bool:
    """Whether somebody is known already, or shares a channel with the bot; of others nothing is stored."""
    if await session.get(t.Person, (workspace, person)) is not None:
        return True
    inside = select(t.ChannelMember.person_id).where(
        t.ChannelMember.workspace_id == workspace, t.ChannelMember.person_id == person
    )
    return await session.scalar(inside.limit(1)) is not None


def _as_row(workspace: str, facts: PersonFacts) -> dict[str, object]:
    return asdict(facts) | {"workspace_id": workspace, "name": facts.name[:255], "zone": facts.zone[:64]}


async def is_stranger(session: AsyncSession, workspace: str, person: str) -> bool:
    """Whether somebody is from another organisation: they have no commands, no Home and no direct messages."""
    row = await session.get(t.Person, (workspace, person))
    return row is not None and row.is_stranger


async def strangers_in(session: AsyncSession, groups: Sequence[str]) -> set[tuple[str, str]]:
    """(workspace, person) of members from other organisations, to whom the app can't write."""
    member, known = t.Member, t.Person
    rows = await session.execute(
        select(known.workspace_id, known.id)
        .join(member, (member.workspace_id == known.workspace_id) & (member.person_id == known.id))
        .where(member.collaborative_id.in_(groups), known.is_stranger)
    )
    return {(workspace, person) for workspace, person in rows}


async def remember_channel_facts(session: AsyncSession, workspace: str, facts: ChannelFacts) -> None:
    """Store a channel's facts; its members stay as they are."""
    known = asdict(facts) | {"name": facts.name[:255]}
    held = await session.get(t.Channel, (workspace, facts.id), populate_existing=True)
    is_another = held is None or any(getattr(held, name) != value for name, value in known.items())
    if is_another:
        await upsert(session, t.Channel, [known | {"workspace_id": workspace}])


async def channels_of_gone(session: AsyncSession, workspace: str, person: str) -> list[str]:
    """The bot's channels of somebody whose account was deactivated; none if it was not."""
    inside, known, channel = t.ChannelMember, t.Person, t.Channel
    rows = await session.scalars(
        select(inside.channel_id)
        .join(known, (known.workspace_id == inside.workspace_id) & (known.id == inside.person_id))
        .join(channel, (channel.workspace_id == inside.workspace_id) & (channel.id == inside.channel_id))
        .where(inside.workspace_id == workspace, inside.person_id == person, known.is_gone, channel.has_bot)
        .order_by(inside.channel_id)
    )
    return list(rows)


async def person_joined(session: AsyncSession, workspace: str, channel: str, person: str) -> None:
    reading = await session.get(t.DirectoryReading, workspace)
    row = {"workspace_id": workspace, "channel_id": channel, "person_id": person}
    # Who joins while the channel is being read may be on none of its pages.
    await upsert(session, t.ChannelMember, [row | {"read_in": reading.round if reading else 0}])


async def person_left(session: AsyncSession, workspace: str, channel: str, person: str) -> None:
    table = t.ChannelMember
    await session.execute(
        delete(table).where(table.workspace_id == workspace, table.channel_id == channel, table.person_id == person)
    )


async def bot_left(session: AsyncSession, workspace: str, channel: str) -> None:
    await _set_channel(session, workspace, channel, has_bot=False)


async def channel_archived(session: AsyncSession, workspace: str, channel: str) -> None:
    await _set_channel(session, workspace, channel, is_archived=True)


async def channel_renamed(session: AsyncSession, workspace: str, channel: str, name: str) -> None:
    await _set_channel(session, workspace, channel, name=name[:255])


async def _set_channel(session: AsyncSession, workspace: str, channel: str, **values: object) -> None:
    table = t.Channel
    await session.execute(update(table).where(table.workspace_id == workspace, table.id == channel).values(**values))


async def channel_has_new_id(session: AsyncSession, workspace: str, old: str, new: str) -> None:
    """Private channels' ids can change (slack.md); everything with the old id gets the new one.

    The directory may have read the new channel before this event: then what it read holds.
    """
    if await session.get(t.Channel, (workspace, new)) is None:
        await _rename(session, t.Channel.id, workspace, old, new)
        await _rename(session, t.ChannelMember.channel_id, workspace, old, new)
    else:
        for column in (t.Channel.id, t.ChannelMember.channel_id):
            await session.execute(delete(column.class_).where(column.class_.workspace_id == workspace, column == old))
    draft = t.CharterDraft
    begun = select(draft.person_id).where(draft.workspace_id == workspace, draft.channel_id == new)
    there = (
        draft.workspace_id == workspace,
        draft.channel_id == old,
        draft.person_id.in_(set(await session.scalars(begun))),
    )
    await session.execute(delete(draft).where(*there))
    for renamed in (draft.channel_id, t.Collaborative.channel_id, t.Delivery.recipient, t.Delivery.sent_channel):
        await _rename(session, renamed, workspace, old, new)


async def _rename(session: AsyncSession, column: Any, workspace: str, old: str, new: str) -> None:
    table = column.class_
    there = (table.workspace_id == workspace, column == old)
    await session.execute(update(table).where(*there).values({column.key: new}))


async def channel_name(session: AsyncSession, workspace: str, channel: str) -> str:
    """“#circle”, for places without mentions."""
    row = await session.get(t.Channel, (workspace, channel))
    return f"#{row.name}" if row else "the channel"


async def bot_is_in(session: AsyncSession, workspace: str, channel: str) -> bool:
    row = await session.get(t.Channel, (workspace, channel))
    return row is not None and row.has_bot and not row.is_archived


async def is_in_channel(session: AsyncSession, workspace: str, channel: str, person: str) -> bool:
    return await session.get(t.ChannelMember, (workspace, channel, person)) is not None


async def people_in(session: AsyncSession, workspace: str, channel: str) -> list[str]:
    """People in a channel who could be members of a group: no bots, no deactivated accounts."""
    rows = await session.scalars(
        select(t.Person.id)
        .join(
            t.ChannelMember,
            (t.ChannelMember.person_id == t.Person.id) & (t.ChannelMember.workspace_id == t.Person.workspace_id),
        )
        .where(
            t.ChannelMember.workspace_id == workspace,
            t.ChannelMember.channel_id == channel,
            ~t.Person.is_bot,
            ~t.Person.is_gone,
        )
        .order_by(t.Person.name, t.Person.id)
    )
    return list(rows)


async def candidates(session: AsyncSession, workspace: str, channel: str, ids: Sequence[str]) -> list[MemberCandidate]:
    """The facts for `check_members`; of somebody whose profile was not read yet, only that they are in the channel."""
    found = []
    for person in ids:
        row = await session.get(t.Person, (workspace, person))
        inside = await is_in_channel(session, workspace, channel, person)
        found.append(
            MemberCandidate(person, row.name, row.is_bot, row.is_gone, inside)
            if row
            else MemberCandidate(person, "", is_bot=False, is_gone=False, in_channel=inside)
        )
    if any(not candidate.in_channel for candidate in found) and not await _is_read(session, workspace, channel):
        raise DomainError(STILL_READING, "members")
    return found


STILL_READING = "I'm still reading who is in this channel. Please send this again in a moment."


async def _is_read(session: AsyncSession, workspace: str, channel: str) -> bool:
    """Whether all members of a channel are known. Without a directory reading, all are."""
    row = await session.get(t.Channel, (workspace, channel))
    reading = await session.get(t.DirectoryReading, workspace)
    return row is None or reading is None or row.read_in > 0


async def zone_of(session: AsyncSession, workspace: str, person: str) -> str:
    row = await session.get(t.Person, (workspace, person))
    return row.zone if row else "UTC"


async def sees_of(session: AsyncSession, workspace: str, person: str) -> Visibility:
    """The visibility of somebody's next answer: their last choice."""
    row = await session.get(t.Person, (workspace, person))
    return Visibility(row.sees) if row and row.sees else Visibility.NAMED


async def remember_sees(session: AsyncSession, chosen: Mapping[tuple[str, str], Visibility]) -> None:
    """The initial visibility of people's next answers, by (workspace, person)."""
    if not chosen:
        return
    mine = (t.Person.workspace_id == bindparam("of_workspace"), t.Person.id == bindparam("of_person"))
    # In a fixed order, so that concurrent processes do not deadlock.
    rows = [
        {"of_workspace": workspace, "of_person": person, "new": sees}
        for (workspace, person), sees in sorted(chosen.items())
    ]
    another = t.Person.sees.is_distinct_from(bindparam("new"))
    await run(session, update(t.Person).where(*mine, another).values(sees=bindparam("new")), rows)


async def names_of(session: AsyncSession, workspace: str, ids: Sequence[str]) -> dict[str, str]:
    """Display names by id, for places without mentions (plain text, fallbacks)."""
    rows = await session.execute(
        select(t.Person.id, t.Person.name).where(t.Person.workspace_id == workspace, t.Person.id.in_(ids))
    )
    return dict(rows.all())


async def facilitator_of(session: AsyncSession, round_: Round, reader: str) -> str | None:
    """The name of a meeting's facilitator, as somebody reads it; `YOURSELF` if that is them."""
    who = round_.meeting.facilitator
    if who == reader:
        return YOURSELF
    return (await names_of(session, round_.group.workspace, [who])).get(who) if who else None


async def dm_channel_of(session: AsyncSession, workspace: str, person: str) -> str | None:
    row = await session.get(t.Person, (workspace, person))
    return row.dm_channel if row else None


async def remember_dm(session: AsyncSession, workspace: str, person: str, channel: str) -> None:
    row = await session.get(t.Person, (workspace, person))
    if row is not None:
        row.dm_channel = channel
