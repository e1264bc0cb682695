"""Placing anew: the same rules give the same moments, also where nobody noted by which rules they were given."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.rounds import Round
from bot.services import handovers, placing, rounds
from storage import tables as t
from tests.services.conftest import ASKER, NOW


async def test_a_group_is_looked_at_once_when_nobody_noted_by_which_rules_it_was_placed(
    session: AsyncSession, found: Round
) -> None:
    group = found.group
    assert await placing.out_of_place(session, 10) == []
    await session.execute(update(t.Meeting).values(placed_by=None))
    assert await placing.out_of_place(session, 10) == [(group.workspace, group.id)]
    assert await placing.out_of_place(session, 10, {group.id}) == []
    session.expire_all()
    assert not await placing.place_anew(session, group.workspace, group.id, NOW + timedelta(days=1))
    await session.flush()
    assert await placing.out_of_place(session, 10) == []


async def test_the_same_rules_give_the_same_moments_in_every_round(session: AsyncSession, found: Round) -> None:
    group, now = found.group, NOW
    for _ in range(6):
        before = await rounds.current(session, group)
        assert not await placing.place_anew(session, group.workspace, group.id, now)
        assert (await rounds.current(session, group)).prompt == before.prompt
        now = before.meeting.handover_due_at
        assert await handovers.hand_over_due(session, ASKER, group.id, now) == 1
        await session.flush()
