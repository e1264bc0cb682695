"""Adding people to a group, and looking after one that has no convener left."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.planning import plan_group
from bot.domain.charter import Facilitation
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services import leading, membership, people, rounds
from bot.services.membership import Care, NotKnownYet
from bot.services.people import ChannelFacts, PersonFacts
from storage import tables as t
from tests.services.conftest import EVERYBODY, NOW, OPEN

ADMIN, NEW, ELSEWHERE = "UADMIN", "UNEW", "UELSEWHERE"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def found(session: AsyncSession, found: Round) -> Round:
    """With an admin and somebody new in the channel, and somebody who is not in it."""
    newcomers = [PersonFacts(ADMIN, "Admin", "UTC", is_admin=True), PersonFacts(NEW, "New", "UTC")]
    await people.remember_people(session, "T1", [*newcomers, PersonFacts(ELSEWHERE, "Elsewhere", "UTC")])
    facts = ChannelFacts("C1", "circle", is_private=False, is_archived=False, has_bot=True)
    await people.remember_channel(session, "T1", facts, [*EVERYBODY, "UB", ADMIN, NEW], NOW)
    return await again(session, found)


async def again(session: AsyncSession, found: Round) -> Round:
    await session.flush()
    session.expire_all()
    group = await rounds.group_by_id(session, "T1", found.group.id)
    assert group is not None
    return await rounds.current(session, group)


async def deactivate(session: AsyncSession, person: str) -> None:
    await people.remember_people(session, "T1", [PersonFacts(person, person, "UTC", is_gone=True)])


async def care(session: AsyncSession, found: Round, person: str) -> Care:
    return await membership.care_of(session, found.group, person)


async def owed(session: AsyncSession, found: Round, *kinds: str) -> set[tuple[str, str]]:
    await plan_group(session, "T1", found.group.id, OPEN)
    await session.flush()
    row = t.Delivery
    rows = await session.execute(select(row.kind, row.recipient).where(row.state == "planned", row.kind.in_(kinds)))
    return {(kind, who) for kind, who in rows}


async def test_a_convener_adds_people_who_hear_of_it_and_lead_from_their_second_meeting_on(
    session: AsyncSession, found: Round
) -> None:
    assert await membership.add(session, found, "U1", [NEW, "U2", NEW], OPEN) == [NEW]
    found = await again(session, found)
    assert found.group.members == (*EVERYBODY, NEW)
    assert await owed(session, found, "welcome") == {("welcome", NEW)}
    first, day = found.meeting.number or 0, found.meeting.slot.date()
    for person in EVERYBODY:
        await people.person_left(session, "T1", "C1", person, OPEN)
    await people.person_joined(session, "T1", "C1", "U7", OPEN)
    assert await leading.who_leads(session, found.group, first, day) == "U7"
    session.add(t.Meeting(**_led(found, "U7", first + 1)))
    await session.flush()
    assert await leading.who_leads(session, found.group, first + 2, day) == NEW


def _led(found: Round, person: str, number: int) -> dict[str, object]:
    moment = found.meeting.starts_at + timedelta(days=14)
    return {
        "workspace_id": "T1",
        "collaborative_id": found.group.id,
        "slot": found.meeting.slot + timedelta(days=14),
        "starts_at": moment,
        "length_minutes": 60,
        "state": "lapsed",
        "number": number,
        "stage": found.group.stage,
        "facilitator_id": person,
        "draft_due_at": moment,
        "agenda_due_at": moment,
        "handover_due_at": moment,
    }


async def test_who_is_added_during_a_meeting_has_their_first_one_after_it(session: AsyncSession, found: Round) -> None:
    await membership.add(session, found, "U1", [NEW], found.meeting.starts_at)
    row = (await session.scalars(select(t.Member).where(t.Member.person_id == NEW))).one()
    assert row.joined_at_meeting == (found.meeting.number or 0) + 1


@pytest.mark.parametrize(
    ("by", "ids", "says", "field"),
    [
        ("U1", [], "Whom do you want", "members"),
        ("U1", ["U2"], "not in the group yet", "members"),
        ("U1", [ELSEWHERE], "Invite them first", "members"),
        ("U1", [NEW, "U999"], "asking Slack", "members"),
        ("U2", [NEW], "conveners' to do", None),
        (NEW, [NEW], "conveners' to do", None),
    ],
)
async def test_what_can_not_be_is_said_and_nobody_is_added(
    session: AsyncSession, found: Round, by: str, ids: list[str], says: str, field: str | None
) -> None:
    with pytest.raises(DomainError) as said:
        await membership.add(session, found, by, ids, OPEN)
    assert says in said.value.words
    assert said.value.field == field
    assert isinstance(said.value, NotKnownYet) == ("U999" in ids)
    assert (await again(session, found)).group.members == EVERYBODY


async def test_while_a_convener_is_there_nobody_takes_a_group_over(session: AsyncSession, found: Round) -> None:
    assert [await care(session, found, person) for person in ("U1", "U2", ADMIN)] == [Care(add=True), Care(), Care()]
    for doing in (
        membership.take_over(session, found, "U2", OPEN),
        membership.name_convener(session, found, ADMIN, "U2", OPEN),
    ):
        with pytest.raises(DomainError, match="has a convener again"):
            await doing


@pytest.mark.parametrize("gone", ["deactivated", "left"])
async def test_a_group_whose_only_convener_led_every_meeting_goes_on_without_them(
    session: AsyncSession, found: Round, gone: str
) -> None:
    row = await session.get_one(t.Collaborative, found.group.id)
    row.facilitation, row.designated_id = Facilitation.DESIGNATED, "U1"
    await session.flush()
    if gone == "left":
        await people.person_left(session, "T1", "C1", "U1", OPEN)
    else:
        await deactivate(session, "U1")
    found = await again(session, found)
    assert await owed(session, found, "packet", "lead_changed") == {("packet", "U2")}
    found = await again(session, found)
    assert [await care(session, found, who) for who in ("U3", NEW)] == [Care(take_over=True), Care()]
    await membership.take_over(session, found, "U3", OPEN)
    found = await again(session, found)
    await membership.take_over(session, found, "U3", OPEN)  # pressed twice
    assert await care(session, found, "U3") == Care(add=True)
    assert await owed(session, found, "taken_over", "lead_changed") == {("taken_over", "C1"), ("lead_changed", "U3")}
    with pytest.raises(DomainError, match="has a convener again"):
        await membership.take_over(session, found, "U4", OPEN)
    assert len((await session.scalars(select(t.RoleChange).where(t.RoleChange.role == "convener"))).all()) == 1


async def test_an_admin_names_a_convener_where_none_is_left_and_nobody_else_does(
    session: AsyncSession, found: Round
) -> None:
    await deactivate(session, "U1")
    assert await care(session, found, ADMIN) == Care(name=True)
    with pytest.raises(DomainError, match="for admins"):
        await membership.name_convener(session, found, "U2", "U2", OPEN)
    for wrong in (None, ELSEWHERE, "U1"):
        with pytest.raises(DomainError) as said:
            await membership.name_convener(session, found, ADMIN, wrong, OPEN)
        assert said.value.field == "convener"
    await membership.name_convener(session, found, ADMIN, NEW, OPEN)
    found = await again(session, found)
    assert (found.group.conveners, NEW in found.group.members) == (("U1", NEW), True)
    assert await care(session, found, NEW) == Care(add=True)
    assert await owed(session, found, "taken_over") == {("taken_over", "C1")}
    assert await care(session, found, ADMIN) == Care()


async def test_an_admin_who_is_not_in_the_channel_sees_nothing_of_it(session: AsyncSession, found: Round) -> None:
    await deactivate(session, "U1")
    await people.person_left(session, "T1", "C1", ADMIN, OPEN)
    assert await care(session, found, ADMIN) == Care()
    with pytest.raises(DomainError, match="Join"):
        await membership.name_convener(session, found, ADMIN, "U2", OPEN)
