"""What is read of channels and people: what is next, who holds it, and what is kept of it."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.services import directory, people
from bot.services.directory import ListChannels, ReadChannel, ReadPeople, Step
from bot.services.people import ChannelFacts, PersonFacts
from storage import tables as t
from storage.database import Database
from storage.engine import upsert
from tests.support import channels
from tests.support.groups import NOW, settle_in


def facts(channel: str) -> ChannelFacts:
    return ChannelFacts(channel, f"name-{channel}", is_private=False, is_archived=False, has_bot=True)


async def begun(session: AsyncSession, *channels: str) -> None:
    """A first round in which these channels were listed."""
    await people.remember_workspace(session, "T1", "Here", "UB")
    await directory.begin(session, "T1")
    await directory.keep_channels(session, "T1", [facts(c) for c in channels], "")


async def steps(session: AsyncSession, *first: str) -> list[Step]:
    await session.flush()
    session.expire_all()
    return await directory.next_steps(session, "T1", first)


async def test_a_round_goes_through_channels_then_people_and_goes_on_where_it_stopped(session: AsyncSession) -> None:
    await people.remember_workspace(session, "T1", "Here", "UB")
    await directory.begin(session, "T1")
    assert await steps(session) == [ListChannels("")]
    await directory.keep_channels(session, "T1", [facts("C2")], "next")
    assert await steps(session) == [ListChannels("next"), ReadChannel("C2", "")]
    await directory.keep_channels(session, "T1", [facts("C1")], "")
    assert await steps(session) == [ReadChannel("C1", "")]
    assert await steps(session, "C2") == [ReadChannel("C2", "")]
    await directory.keep_members(session, "T1", ReadChannel("C2", ""), ["U1", "U2"], "more")
    assert await steps(session, "C1") == [ReadChannel("C2", "more"), ReadPeople(("U1", "U2"))]
    await directory.keep_members(session, "T1", ReadChannel("C2", "more"), ["U3"], "")
    await directory.keep_members(session, "T1", ReadChannel("C1", ""), ["U3"], "")
    assert await steps(session) == [ReadPeople(("U1", "U2", "U3"))]
    known = [PersonFacts(p, p, "UTC") for p in ("U1", "U2", "U3")]
    await people.remember_people(session, "T1", known, await directory.present_round(session, "T1"))
    assert await steps(session) == []
    assert await directory.finish(session, "T1")
    await directory.begin(session, "T1")
    assert await steps(session) == [ListChannels(""), ReadChannel("C1", ""), ReadPeople(("U1", "U2", "U3"))]


async def test_who_stands_on_no_page_has_left_and_who_joined_meanwhile_has_not(session: AsyncSession) -> None:
    await begun(session, "C1")
    await directory.keep_members(session, "T1", ReadChannel("C1", ""), ["U1", "U2"], "")
    await directory.finish(session, "T1")
    await directory.begin(session, "T1")
    await directory.keep_channels(session, "T1", [facts("C1")], "")
    await directory.keep_members(session, "T1", ReadChannel("C1", ""), ["U1"], "more")
    await people.person_joined(session, "T1", "C1", "U4")
    assert await people.is_in_channel(session, "T1", "C1", "U2")  # until the last page is read
    await directory.keep_members(session, "T1", ReadChannel("C1", "more"), ["U3"], "")
    session.expire_all()
    rows = select(t.ChannelMember.person_id).where(t.ChannelMember.channel_id == "C1")
    assert set(await session.scalars(rows)) == {"U1", "U3", "U4"}


async def test_a_channel_that_is_on_no_page_of_the_list_has_lost_the_bot(session: AsyncSession) -> None:
    await begun(session, "C1", "C2")
    for channel in ("C1", "C2"):
        await directory.keep_members(session, "T1", ReadChannel(channel, ""), ["U1"], "")
    await directory.finish(session, "T1")
    await directory.begin(session, "T1")
    await directory.keep_channels(session, "T1", [facts("C2")], "")
    session.expire_all()
    assert await channels.channels_of_bot(session, "T1") == {"C2"}


async def test_members_of_groups_are_asked_for_first(session: AsyncSession) -> None:
    await settle_in(session, "T1")
    await directory.begin(session, "T1")
    await directory.keep_channels(session, "T1", [facts("C1")], "")
    crowd = [f"A{number}" for number in range(30)]
    await directory.keep_members(session, "T1", ReadChannel("C1", ""), [*crowd, "U3", "U7"], "")
    for person in ("U3", "U7"):
        row = await session.get(t.Person, ("T1", person))
        await session.delete(row)
    found = (await steps(session))[-1]
    assert isinstance(found, ReadPeople)
    assert found.ids[:2] == ("U3", "U7")
    assert len(found.ids) == directory.PEOPLE_AT_ONCE


@pytest.mark.parametrize(
    ("channel", "person", "enough"),
    [
        ("C1", "U1", True),  # in a channel that was read, and known
        ("C1", "U9", True),  # surely not in it
        ("C2", "U1", False),  # in a channel that was not read yet
        ("C9", "U1", True),  # the bot is in no such channel
        ("C1", "U2", False),  # in it, and nothing is known of them
    ],
)
async def test_what_has_to_be_asked_before_somebody_is_answered(
    session: AsyncSession, channel: str, person: str, *, enough: bool
) -> None:
    await begun(session, "C1", "C2")
    await directory.keep_members(session, "T1", ReadChannel("C1", ""), ["U1", "U2"], "")
    await people.remember_people(session, "T1", [PersonFacts("U1", "One", "UTC")])
    session.expire_all()
    assert (await directory.acquaintance(session, "T1", channel, person)).enough is enough


async def test_while_a_channel_is_being_read_nobody_is_told_that_others_are_not_in_it(session: AsyncSession) -> None:
    await begun(session, "C1")
    await directory.keep_members(session, "T1", ReadChannel("C1", ""), ["U1"], "more")
    with pytest.raises(DomainError, match="still reading"):
        await people.candidates(session, "T1", "C1", ["U1", "U2"])
    await directory.keep_members(session, "T1", ReadChannel("C1", "more"), ["U3"], "")
    session.expire_all()
    found = await people.candidates(session, "T1", "C1", ["U1", "U2", "U3"])
    assert [candidate.in_channel for candidate in found] == [True, False, True]


async def test_one_process_reads_at_a_time(database: Database) -> None:
    async with database.sessions.begin(30) as session:
        await begun(session, "C1")
        assert await directory.claim(session, "T1", "one")
    async with database.sessions.begin(30) as session:
        assert not await directory.claim(session, "T1", "other")
        assert await directory.claim(session, "T1", "one")
        await directory.release(session, "T1", "one")
        assert await directory.claim(session, "T1", "other")


async def test_of_people_in_no_channel_only_those_stay_of_whom_something_is_kept(session: AsyncSession) -> None:
    await settle_in(session, "T1")
    old = [PersonFacts(f"X{number}", "Somebody", "UTC") for number in range(directory.FORGOTTEN_AT_ONCE + 3)]
    await people.remember_people(session, "T1", old)
    setting = {"workspace_id": "T1", "person_id": "X1", "opened_on": NOW.date(), "page": "", "due_at": NOW}
    await upsert(session, t.Home, [setting])
    await people.person_left(session, "T1", "C1", "U2")  # and is a member
    await directory.begin(session, "T1")
    await session.flush()
    while not await directory.finish(session, "T1"):
        pass
    session.expire_all()
    left = set(await session.scalars(select(t.Person.id)))
    assert {person for person in left if person.startswith("X")} == {"X1"}
    assert "U2" in left
