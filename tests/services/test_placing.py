"""Placing anew: the same rules give the same moments, also where nobody noted by which rules they were given."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.charter import Rhythm
from bot.domain.rounds import Group, Round
from bot.services import handoff, rounds, timezone_moves
from bot.services import rhythm as services
from storage import tables as t
from tests.support.groups import ASKER, NOW

HOUR = timedelta(hours=1)


async def test_a_group_is_looked_at_once_when_nobody_noted_by_which_rules_it_was_placed(
    session: AsyncSession, round_: Round
) -> None:
    group = round_.group
    assert await timezone_moves.out_of_place(session, 10) == []
    await session.execute(update(t.Meeting).values(placed_by=None))
    assert await timezone_moves.out_of_place(session, 10) == [(group.workspace, group.id)]
    assert await timezone_moves.out_of_place(session, 10, {group.id}) == []
    session.expire_all()
    assert not await timezone_moves.place_anew(session, group.workspace, group.id, NOW + timedelta(days=1))
    await session.flush()
    assert await timezone_moves.out_of_place(session, 10) == []


async def test_the_same_rules_give_the_same_moments_in_every_round(session: AsyncSession, round_: Round) -> None:
    group, now = round_.group, NOW
    for _ in range(6):
        before = await rounds.current(session, group)
        assert not await timezone_moves.place_anew(session, group.workspace, group.id, now)
        assert (await rounds.current(session, group)).prompt == before.prompt
        now = before.meeting.handoff_due_at
        assert await handoff.hand_off_due(session, ASKER, group.id, now) == 1
        await session.flush()


async def test_a_round_of_a_former_rhythm_keeps_its_times_and_goes_along_with_its_meeting(
    session: AsyncSession, round_: Round
) -> None:
    group, rhythm = round_.group, Rhythm(prompt_days_before=4, agenda_hours_before=5)
    await services.keep(session, group.workspace, round_.meeting.id, "U1", rhythm, NOW)
    await session.flush()
    group = await again(session, round_)
    assert not await timezone_moves.place_anew(session, group.workspace, group.id, NOW)
    meeting = await session.get_one(t.Meeting, round_.meeting.id)
    meeting.starts_at += HOUR  # as if it had been placed by other rules
    meeting.handoff_due_at += HOUR
    agenda = await session.get_one(t.Agenda, round_.meeting.id)
    agenda.draft_due_at, agenda.due_at = agenda.draft_due_at + HOUR, agenda.due_at + HOUR
    await session.flush()
    assert await timezone_moves.place_anew(session, group.workspace, group.id, NOW)
    after = (await rounds.current(session, group)).meeting
    assert (after.starts_at, after.agenda_due_at) == (round_.meeting.starts_at, round_.meeting.agenda_due_at)


async def again(session: AsyncSession, round_: Round) -> Group:
    group = await rounds.group_by_id(session, round_.group.workspace, round_.group.id)
    assert group is not None
    return group
