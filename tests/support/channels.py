"""Channels and who is in them, put into the database at once."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import people
from bot.services.people import ChannelFacts
from storage import tables as t
from storage.engine import upsert


async def remember_channel(session: AsyncSession, workspace: str, facts: ChannelFacts, members: Sequence[str]) -> None:
    """Store a channel and exactly these members."""
    table = t.ChannelMember
    await people.remember_channel_facts(session, workspace, facts)
    others = (table.workspace_id == workspace, table.channel_id == facts.id, table.person_id.not_in(members))
    await session.execute(delete(table).where(*others))
    rows = [{"workspace_id": workspace, "channel_id": facts.id, "person_id": p} for p in sorted(set(members))]
    await upsert(session, table, rows)


async def channels_of_bot(session: AsyncSession, workspace: str) -> set[str]:
    """The channels that the bot is known to be in."""
    table = t.Channel
    known = select(table.id).where(table.workspace_id == workspace, table.has_bot, ~table.is_archived)
    return set(await session.scalars(known))
