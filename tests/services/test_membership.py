"""Adding people to a group, and looking after one that has no convener left."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.charter import Facilitation
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services import leading, membership, people, rounds
from bot.services.membership import Care, NotKnownYet
from bot.services.people import ChannelFacts, PersonFacts
from storage import tables as t
from tests.support import channels
from tests.support.groups import EVERYBODY, OPEN
from tests.support.planning import plan_group

ADMIN, NEW, ELSEWHERE = "UADMIN", "UNEW", "UELSEWHERE"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def round_(session: AsyncSession, round_: Round) -> Round:
    """With an admin and somebody new in the channel, and somebody who is not in it."""
    newcomers = [PersonFacts(ADMIN, "Admin", "UTC", is_admin=True), PersonFacts(NEW, "New", "UTC")]
    await people.remember_people(session, "T1", [*newcomers, PersonFacts(ELSEWHERE, "Elsewhere", "UTC")])
    facts = ChannelFacts("C1", "circle", is_private=False, is_archived=False, has_bot=True)
    await channels.remember_channel(session, "T1", facts, [*EVERYBODY, "UB", ADMIN, NEW])
    return await again(session, round_)


async def again(session: AsyncSession, round_: Round) -> Round:
    await session.flush()
    session.expire_all()
    group = await rounds.group_by_id(session, "T1", round_.group.id)
    assert group is not None
    return await rounds.current(session, group)


async def deactivate(session: AsyncSession, person: str) -> None:
    await people.remember_people(session, "T1", [PersonFacts(person, person, "UTC", is_gone=True)])


async def care(session: AsyncSession, round_: Round, person: str) -> Care:
    return await membership.care_of(session, round_.group, person)


async def owed(session: AsyncSession, round_: Round, *kinds: str) -> set[tuple[str, str]]:
    await plan_group(session, "T1", round_.group.id, OPEN)
    await session.flush()
    row = t.Delivery
    rows = await session.execute(select(row.kind, row.recipient).where(row.state == "planned", row.kind.in_(kinds)))
    return {(kind, who) for kind, who in rows}


async def test_a_convener_adds_people_who_hear_of_it_and_lead_from_their_second_meeting_on(
    session: AsyncSession, round_: Round
) -> None:
    assert await membership.add(session, round_, "U1", [NEW, "U2", NEW], OPEN) == [NEW]
    round_ = await again(session, round_)
    assert round_.group.members == (*EVERYBODY, NEW)
    assert await owed(session, round_, "welcome") == {("welcome", NEW)}
    first, day = round_.meeting.number or 0, round_.meeting.slot.date()
    for person in EVERYBODY:
        await people.person_left(session, "T1", "C1", person)
    await people.person_joined(session, "T1", "C1", "U7")
    assert await leading.who_leads(session, round_.group, first, day) == "U7"
    session.add(t.Meeting(**_led(round_, "U7", first + 1)))
    await session.flush()
    assert await leading.who_leads(session, round_.group, first + 2, day) == NEW


def _led(round_: Round, person: str, number: int) -> dict[str, object]:
    moment = round_.meeting.starts_at + timedelta(days=14)
    return {
        "workspace_id": "T1",
        "collaborative_id": round_.group.id,
        "slot": round_.meeting.slot + timedelta(days=14),
        "starts_at": moment,
        "length_minutes": 60,
        "state": "lapsed",
        "number": number,
        "stage": round_.group.stage,
        "facilitator_id": person,
        "handoff_due_at": moment,
    }


async def test_who_is_added_during_a_meeting_has_their_first_one_after_it(session: AsyncSession, round_: Round) -> None:
    await membership.add(session, round_, "U1", [NEW], round_.meeting.starts_at)
    row = (await session.scalars(select(t.Member).where(t.Member.person_id == NEW))).one()
    assert row.joined_at_meeting == (round_.meeting.number or 0) + 1


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
    session: AsyncSession, round_: Round, by: str, ids: list[str], says: str, field: str | None
) -> None:
    with pytest.raises(DomainError) as said:
        await membership.add(session, round_, by, ids, OPEN)
    assert says in said.value.words
    assert said.value.field == field
    assert isinstance(said.value, NotKnownYet) == ("U999" in ids)
    assert (await again(session, round_)).group.members == EVERYBODY


async def test_while_a_convener_is_there_nobody_takes_a_group_over(session: AsyncSession, round_: Round) -> None:
    assert [await care(session, round_, person) for person in ("U1", "U2", ADMIN)] == [Care(add=True), Care(), Care()]
    for doing in (
        membership.take_over(session, round_, "U2", OPEN),
        membership.name_convener(session, round_, ADMIN, "U2", OPEN),
    ):
        with pytest.raises(DomainError, match="has a convener again"):
            await doing


@pytest.mark.parametrize("gone", ["deactivated", "left"])
async def test_a_group_whose_only_convener_led_every_meeting_goes_on_without_them(
    session: AsyncSession, round_: Round, gone: str
) -> None:
    row = await session.get_one(t.Collaborative, round_.group.id)
    row.facilitation, row.designated_id = Facilitation.DESIGNATED, "U1"
    await session.flush()
    if gone == "left":
        await people.person_left(session, "T1", "C1", "U1")
    else:
        await deactivate(session, "U1")
    round_ = await again(session, round_)
    assert await owed(session, round_, "packet", "lead_changed") == {("packet", "U2")}
    round_ = await again(session, round_)
    assert [await care(session, round_, who) for who in ("U3", NEW)] == [Care(take_over=True), Care()]
    await membership.take_over(session, round_, "U3", OPEN)
    round_ = await again(session, round_)
    await membership.take_over(session, round_, "U3", OPEN)  # pressed twice
    assert await care(session, round_, "U3") == Care(add=True)
    assert await owed(session, round_, "taken_over", "lead_changed") == {("taken_over", "C1"), ("lead_changed", "U3")}
    with pytest.raises(DomainError, match="has a convener again"):
        await membership.take_over(session, round_, "U4", OPEN)
    entries = await session.scalars(select(t.AuditEntry))
    assert len([entry for entry in entries if entry.details["role"] == "convener"]) == 1


async def test_an_admin_names_a_convener_where_none_is_left_and_nobody_else_does(
    session: AsyncSession, round_: Round
) -> None:
    await deactivate(session, "U1")
    assert await care(session, round_, ADMIN) == Care(name=True)
    with pytest.raises(DomainError, match="for admins"):
        await membership.name_convener(session, round_, "U2", "U2", OPEN)
    for wrong in (None, ELSEWHERE, "U1"):
        with pytest.raises(DomainError) as said:
            await membership.name_convener(session, round_, ADMIN, wrong, OPEN)
        assert said.value.field == "convener"
    await membership.name_convener(session, round_, ADMIN, NEW, OPEN)
    round_ = await again(session, round_)
    assert (round_.group.conveners, NEW in round_.group.members) == (("U1", NEW), True)
    assert await care(session, round_, NEW) == Care(add=True)
    assert await owed(session, round_, "taken_over") == {("taken_over", "C1")}
    assert await care(session, round_, ADMIN) == Care()


async def test_an_admin_who_is_not_in_the_channel_sees_nothing_of_it(session: AsyncSession, round_: Round) -> None:
    await deactivate(session, "U1")
    await people.person_left(session, "T1", "C1", ADMIN)
    assert await care(session, round_, ADMIN) == Care()
    with pytest.raises(DomainError, match="Join"):
        await membership.name_convener(session, round_, ADMIN, "U2", OPEN)
