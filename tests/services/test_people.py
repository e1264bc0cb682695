"""People and channels as Slack tells of them, in whatever order that comes."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import people, rounds
from bot.services.people import ChannelFacts
from storage import tables as t
from tests.support import channels
from tests.support.groups import EVERYBODY, settle_in


async def test_a_new_id_that_is_known_already_takes_over_what_hangs_off_the_old_one(session: AsyncSession) -> None:
    group = await settle_in(session, "T1")
    session.add(t.CharterDraft(workspace_id="T1", channel_id="C1", person_id="U2", filled={"name": "Later"}))
    inside = [*EVERYBODY[:5], "U9"]
    found = ChannelFacts("C2", "circle", is_private=True, is_archived=False, has_bot=True)
    await channels.remember_channel(session, "T1", found, [*inside, "UB"])
    for _ in range(2):  # told twice, it says nothing new
        await people.channel_has_new_id(session, "T1", "C1", "C2")
    session.expire_all()
    moved = await rounds.group_by_id(session, "T1", group.id)
    assert moved is not None
    assert moved.channel == "C2"
    assert await channels.channels_of_bot(session, "T1") == {"C2"}
    assert set(await session.scalars(select(t.CharterDraft.channel_id))) == {"C2"}
    for person in {*inside, *EVERYBODY}:
        assert await people.is_in_channel(session, "T1", "C2", person) == (person in inside)
    assert not list(await session.scalars(select(t.ChannelMember).where(t.ChannelMember.channel_id == "C1")))
