"""Who leads the coming meeting, when what that stood on changes: decided anew, told once, to whom it concerns."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.charter import Facilitation
from bot.domain.errors import DomainError
from bot.domain.leading import Why
from bot.domain.reminders import Wishes
from bot.domain.rounds import Round
from bot.services import forgetting, handoff, leading, people, preferences, rounds
from bot.services.handoff_notes import Notes
from bot.services.people import PersonFacts
from storage import tables as t
from tests.support.groups import ASKER, EVERYBODY, OPEN
from tests.support.planning import TYPES, deliver, plan_group

MEETING, ZONE = date(2026, 9, 8), "America/Chicago"
Doing = Callable[[AsyncSession, str], Awaitable[object]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def plan(session: AsyncSession, round_: Round, now: datetime = OPEN) -> Round:
    """What the tick does with a group of which something was told; the round as it is then."""
    await plan_group(session, "T1", round_.group.id, now)
    await session.flush()
    session.expire_all()
    group = await rounds.group_by_id(session, "T1", round_.group.id)
    assert group is not None
    return await rounds.current(session, group)


async def planned(session: AsyncSession, *kinds: str) -> set[tuple[str, str]]:
    """(kind, to whom) of what is owed."""
    row = t.Delivery
    query = select(row.kind, row.recipient).where(row.state == "planned", row.refreshes.is_(None))
    return {(kind, who) for kind, who in await session.execute(query) if kind in kinds or not kinds}


async def refreshed(session: AsyncSession, at: datetime) -> set[tuple[str, str]]:
    """(kind, where) of messages that are to be brought up to date by then."""
    row = t.Delivery
    anew = (row.state == "planned", row.refreshes.is_not(None), row.due_at <= at)
    return {(kind, who) for kind, who in await session.execute(select(row.kind, row.recipient).where(*anew))}


async def send(session: AsyncSession, *kinds: str, at: datetime = OPEN) -> None:
    """Slack took all of these."""
    for row in await session.scalars(select(t.Delivery).where(t.Delivery.state == "planned")):
        if row.kind in kinds:
            await deliver(session, row, at)


async def told(session: AsyncSession, person: str, **change: object) -> None:
    """Slack says something about somebody."""
    known = PersonFacts(person, f"Name {person}", ZONE)
    await people.remember_people(session, "T1", [PersonFacts(**{**vars(known), **change})])


async def away(session: AsyncSession, person: str, until: date | None = date(2026, 9, 9)) -> None:
    await preferences.keep(session, "T1", person, Wishes(away_until=until), OPEN)


async def not_a_member(session: AsyncSession, person: str) -> None:
    row = (await session.scalars(select(t.Member).where(t.Member.person_id == person))).one()
    await session.delete(row)


CANT: dict[str, Doing] = {
    "their account is deactivated": lambda s, p: told(s, p, is_gone=True),
    "they leave the channel": lambda s, p: people.person_left(s, "T1", "C1", p),
    "they leave the group": not_a_member,
    "they are of another organisation now": lambda s, p: told(s, p, is_stranger=True),
    "they are away on that day": away,
    "they erase everything": lambda s, p: forgetting.forget(s, "T1", p, OPEN),
}


@pytest.mark.parametrize("cant", CANT.values(), ids=CANT)
async def test_the_next_in_line_leads_when_whoever_was_to_can_not(
    session: AsyncSession, round_: Round, cant: Doing
) -> None:
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator == "U1"
    await send(session, "packet", "draft_ready")
    await cant(session, "U1")
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator == "U2"
    owed = await planned(session)
    assert ("packet", "U2") in owed
    assert {kind for kind, who in owed if who == "U1" and kind not in {"lead_ended"}} <= {"reminder", "lead_changed"}
    await plan(session, round_, OPEN + timedelta(hours=1))
    assert await planned(session, "packet") == {("packet", "U2")}  # once


async def test_the_one_before_and_the_conveners_hear_of_it_once_in_their_hours(
    session: AsyncSession, round_: Round
) -> None:
    session.add(t.Convener(workspace_id="T1", collaborative_id=round_.group.id, person_id="U4"))
    round_ = await plan(session, round_)
    await send(session, "packet")
    await away(session, "U1")
    await plan(session, round_)
    kinds = ("lead_ended", "lead_changed", "packet")
    assert await planned(session, *kinds) == {
        ("lead_ended", "U1"),
        ("lead_changed", "U4"),
        ("packet", "U2"),
    }
    assert await refreshed(session, OPEN) == {("packet", "DU1")}
    rows = await session.scalars(select(t.Delivery).where(t.Delivery.kind.in_(("lead_ended", "lead_changed"))))
    assert {row.due_at for row in rows} == {OPEN}
    assert all(TYPES.kinds[kind].hours.waits for kind in ("lead_ended", "lead_changed"))  # OPEN is a Sunday: for Monday
    await send(session, *kinds)
    await plan(session, round_, OPEN + timedelta(days=1))
    assert await planned(session, *kinds) == set()


async def test_who_comes_back_before_anybody_was_told_leads_and_nobody_hears_of_it(
    session: AsyncSession, round_: Round
) -> None:
    round_ = await plan(session, round_)
    await send(session, "packet")
    await away(session, "U1")
    assert (await plan(session, round_)).meeting.facilitator == "U2"
    await away(session, "U1", None)
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator == "U1"
    assert await planned(session, "lead_ended", "lead_changed") == set()
    assert await planned(session, "packet") == {("packet", "U1")}  # theirs was taken back


async def test_who_was_told_keeps_the_lead_when_the_one_before_comes_back(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    await send(session, "packet")
    await away(session, "U1")
    await plan(session, round_)
    await send(session, "packet", "lead_ended")
    await away(session, "U1", None)
    assert (await plan(session, round_)).meeting.facilitator == "U2"


async def test_two_in_a_row_leave_one_packet_and_tell_only_who_knew(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    await send(session, "packet")
    await away(session, "U1")
    await plan(session, round_)
    await told(session, "U2", is_gone=True)
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator == "U3"
    assert await planned(session, "packet", "lead_ended") == {("packet", "U3"), ("lead_ended", "U1")}


async def test_who_left_the_channel_at_night_hears_of_it_in_the_morning(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    await people.person_left(session, "T1", "C1", "U1")
    await plan(session, round_)
    row = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "lead_ended"))).one()
    assert row.recipient == "U1"
    assert TYPES.kinds["lead_ended"].hours.waits


async def test_where_nobody_is_left_to_lead_there_is_no_leader_until_somebody_is(
    session: AsyncSession, round_: Round
) -> None:
    for person in EVERYBODY:
        await away(session, person)
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator is None
    assert await planned(session, "packet", "draft_ready") == set()
    await away(session, "U5", None)
    assert (await plan(session, round_)).meeting.facilitator == "U5"


async def test_who_leads_a_meeting_that_has_begun_stays_its_leader(session: AsyncSession, round_: Round) -> None:
    now = round_.meeting.starts_at + timedelta(minutes=10)
    await told(session, "U1", is_gone=True)
    round_ = await plan(session, round_, now)
    assert round_.meeting.facilitator == "U1"
    session.add(t.Convener(workspace_id="T1", collaborative_id=round_.group.id, person_id="U4"))
    await session.flush()
    round_ = await plan(session, round_, now)
    assert await planned(session, "how_did_it_go") == {("how_did_it_go", "U4")}  # somebody has to be asked


async def test_the_record_of_turns_has_whoever_led(session: AsyncSession, round_: Round) -> None:
    await away(session, "U1")
    round_ = await plan(session, round_)
    await handoff.take_notes(session, round_, "U2", Notes("Done"), ASKER, round_.meeting.ends_at)
    held = await rounds.round_of(session, "T1", round_.meeting.id)
    assert held is not None
    assert held.following is not None
    assert (held.meeting.facilitator, held.following.facilitator) == ("U2", "U1")  # who was away comes first


async def test_who_will_be_away_is_passed_over_when_the_job_is_handed_on(session: AsyncSession, round_: Round) -> None:
    for person in ("U2", "U3"):
        await away(session, person, date(2026, 9, 23))  # the second meeting is on the day before
    await handoff.take_notes(session, round_, "U1", Notes(), ASKER, round_.meeting.ends_at)
    assert (await rounds.current(session, round_.group)).meeting.facilitator == "U4"


async def designate(session: AsyncSession, round_: Round, person: str) -> Round:
    row = await session.get_one(t.Collaborative, round_.group.id)
    row.facilitation, row.designated_id = Facilitation.DESIGNATED, person
    meeting = await session.get_one(t.Meeting, round_.meeting.id)
    meeting.facilitator_id = person
    await session.flush()
    return await plan(session, round_)


async def test_a_designated_leader_who_is_away_leads_the_meeting_after(session: AsyncSession, round_: Round) -> None:
    round_ = await designate(session, round_, "U6")
    await away(session, "U6")
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator == "U1"
    assert round_.group.charter.designated == "U6"
    await handoff.take_notes(session, round_, "U1", Notes(), ASKER, round_.meeting.ends_at)
    assert (await rounds.current(session, round_.group)).meeting.facilitator == "U6"


@pytest.mark.parametrize("cant", [CANT["their account is deactivated"], CANT["they leave the channel"]])
async def test_where_a_designated_leader_is_gone_turns_are_taken_and_the_conveners_hear_it(
    session: AsyncSession, round_: Round, cant: Doing
) -> None:
    round_ = await designate(session, round_, "U6")
    await cant(session, "U6")
    round_ = await plan(session, round_)
    assert (round_.group.charter.facilitation, round_.group.charter.designated) == (Facilitation.ROTATING, None)
    assert round_.meeting.facilitator == "U1"
    session.add(t.Convener(workspace_id="T1", collaborative_id=round_.group.id, person_id="U4"))
    await plan(session, round_)
    assert ("lead_changed", "U4") in await planned(session)


async def test_a_visitor_is_passed_over_in_turns_and_leads_where_they_were_chosen(
    session: AsyncSession, round_: Round
) -> None:
    await told(session, "U2", is_stranger=True)
    await away(session, "U1")
    round_ = await plan(session, round_)
    assert round_.meeting.facilitator == "U3"
    round_ = await designate(session, round_, "U2")
    assert round_.meeting.facilitator == "U2"


async def test_nothing_is_decided_while_the_bot_is_out_of_the_channel(session: AsyncSession, round_: Round) -> None:
    await people.bot_left(session, "T1", "C1")
    await away(session, "U1")
    assert (await plan(session, round_)).meeting.facilitator == "U1"


async def test_a_channel_with_another_id_changes_no_leader(session: AsyncSession, round_: Round) -> None:
    await people.channel_has_new_id(session, "T1", "C1", "C9")
    round_ = await plan(session, round_)
    assert (round_.meeting.facilitator, round_.meeting.lead_turn) == ("U1", 0)


async def test_what_changed_hands_names_nobody_who_erased_everything(session: AsyncSession, round_: Round) -> None:
    await away(session, "U1")
    round_ = await plan(session, round_)
    for person in ("U1", "U2"):
        await forgetting.forget(session, "T1", person, OPEN)
        round_ = await plan(session, round_)
    rows = await session.scalars(select(t.AuditEntry))
    kept = {person for row in rows for person in (row.former_id, row.person_id, row.done_by)}
    assert kept & {"U1", "U2"} == set()
    assert round_.meeting.facilitator == "U3"


async def test_only_one_way_leads_to_another_leader(session: AsyncSession, round_: Round) -> None:
    change = leading.Change("U5", Why.NAMED, OPEN, done_by="U1")
    assert await leading.change_facilitator(session, round_.group, round_.meeting.id, change)
    assert not await leading.change_facilitator(session, round_.group, round_.meeting.id, change)
    assert (await plan(session, round_)).meeting.facilitator == "U5"  # chosen by a person: not displaced


async def test_a_convener_chooses_who_leads_every_meeting_and_the_coming_one(
    session: AsyncSession, round_: Round
) -> None:
    round_ = await plan(session, round_)
    await send(session, "packet")
    await leading.choose(session, round_, "U1", Facilitation.DESIGNATED, "U5", OPEN)
    round_ = await plan(session, round_)
    assert (round_.meeting.facilitator, round_.group.charter.designated) == ("U5", "U5")
    assert await planned(session, "packet", "lead_ended", "lead_changed") == {("packet", "U5"), ("lead_ended", "U1")}
    await leading.choose(session, round_, "U1", Facilitation.ROTATING, "U5", OPEN)
    round_ = await plan(session, round_)
    assert (round_.meeting.facilitator, round_.group.charter.designated) == ("U5", None)  # they know already


@pytest.mark.parametrize(
    ("by", "designated", "says"),
    [("U2", "U2", "conveners' to choose"), ("U1", None, "Who will lead"), ("U1", "U9", "has to be a member")],
)
async def test_who_leads_is_a_members_job_and_a_conveners_choice(
    session: AsyncSession, round_: Round, by: str, designated: str | None, says: str
) -> None:
    with pytest.raises(DomainError, match=says):
        await leading.choose(session, round_, by, Facilitation.DESIGNATED, designated, OPEN)


async def test_a_posted_agenda_names_the_new_leader(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_, round_.prompt.closes_at)
    await send(session, "agenda", "started")
    await away(session, "U1")
    await plan(session, round_, round_.prompt.closes_at)
    assert {kind for kind, _ in await refreshed(session, round_.prompt.closes_at)} == {"agenda", "started"}
