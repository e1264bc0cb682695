"""Two workspaces with the same ids for people and channels: nothing crosses over."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.deliveries import Operation
from bot.domain.errors import DomainError
from bot.domain.rounds import Actor
from bot.services import agenda, deliveries, founding, groups, people, reflections, results, rounds
from storage import tables as t
from tests.support.answers import keep
from tests.support.groups import ASKER, CHARTER, EVERYBODY, NOW, OPEN, claim, settle_in


async def test_each_workspace_sees_its_own_group(session: AsyncSession) -> None:
    one, two = await settle_in(session, "T1"), await settle_in(session, "T2")
    for workspace, group in (("T1", one), ("T2", two)):
        here = await rounds.group_in_channel(session, workspace, "C1")
        assert here is not None
        assert here.id == group.id
        assert [g.id for g in await rounds.groups_of(session, workspace, "U1")] == [group.id]
    assert await rounds.group_by_id(session, "T2", one.id) is None


async def test_a_meeting_of_another_workspace_is_not_known(session: AsyncSession) -> None:
    one, _ = await settle_in(session, "T1"), await settle_in(session, "T2")
    found = await rounds.current(session, one)
    assert await rounds.round_of(session, "T2", found.meeting.id) is None
    with pytest.raises(DomainError, match="no longer know"):
        await groups.require_meeting(session, "T2", found.meeting.id, "U1")


async def test_answers_of_another_workspace_are_not_mine(session: AsyncSession) -> None:
    one, _ = await settle_in(session, "T1"), await settle_in(session, "T2")
    found = await rounds.current(session, one)
    await keep(session, found, "U2", {0: "words"}, Visibility.NAMED, OPEN)
    assert await reflections.recent_named(session, "T2", "U2", 10) == []
    assert len(await reflections.recent_named(session, "T1", "U2", 10)) == 1


async def test_an_unclear_post_of_another_workspace_cannot_be_settled(session: AsyncSession) -> None:
    one, _ = await settle_in(session, "T1"), await settle_in(session, "T2")
    wanted = deliveries.DesiredDelivery("prompt", Operation.POST, "C1", NOW, None, "key")
    await deliveries.reconcile(session, {("T1", one.id): [wanted]})
    (owed,) = await claim(session, "me", 60)
    await results.record_asked(session, owed)
    assert await deliveries.settle_asked(session, "T2", owed.id, is_there=True, now=NOW) is None
    assert await deliveries.settle_asked(session, "T1", owed.id, is_there=True, now=NOW) == one.id


async def test_a_channel_has_one_group_even_when_two_are_written_at_once(session: AsyncSession) -> None:
    await settle_in(session, "T1")
    with pytest.raises(DomainError, match="already has"):
        await founding.found(session, Actor("T1", "C1", "U2"), CHARTER, list(EVERYBODY), ASKER, NOW)
    row = await session.get_one(t.Collaborative, (await rounds.groups_of(session, "T1", "U1"))[0].id)
    values = {c.name: getattr(row, c.name) for c in t.Collaborative.__table__.columns if c.name != "id"}
    session.add(t.Collaborative(id="another", **values))
    with pytest.raises(IntegrityError):
        await session.flush()


async def test_people_who_are_not_in_the_group_or_left_the_channel_may_do_nothing(session: AsyncSession) -> None:
    group = await settle_in(session, "T1")
    found = await rounds.current(session, group)
    await people.person_left(session, "T1", "C1", "U3")
    for person, says in (("U99", "Only members"), ("U3", "no longer in")):
        with pytest.raises(DomainError, match=says):
            await groups.require_meeting(session, "T1", found.meeting.id, person)


async def test_only_the_facilitator_and_conveners_edit_and_post(session: AsyncSession) -> None:
    group = await settle_in(session, "T1")
    found = await rounds.current(session, group)
    with pytest.raises(DomainError, match="facilitator"):
        await agenda.edit(session, found, "U5", "60 Talk")
    with pytest.raises(DomainError, match="facilitator"):
        await agenda.post_now(session, found, "U5", OPEN)
    await agenda.edit(session, found, "U1", "60 Talk")
    assert [i.title for i in (await agenda.contents(session, found, None, ASKER.chooser)).items] == ["Talk"]
