"""Delivery rows: planned once, claimed by one, never touched after they were sent."""

from collections.abc import Collection
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.deliveries import Operation
from bot.domain.rounds import Post, Round
from bot.domain.scopes import Scope
from bot.services import claims, deliveries, due, refreshes, results
from bot.services.claims import ClaimCandidate, LeasePolicy
from bot.services.deliveries import DesiredDelivery
from bot.services.refreshes import DesiredRefresh, Standing
from storage import tables as t
from tests.support.groups import NOW, claim, settle_in
from tests.support.planning import STEPS

HOUR = timedelta(hours=1)


def wanted(key: str, hours: int = 0) -> DesiredDelivery:
    return DesiredDelivery("prompt", Operation.POST, "C1", NOW + hours * HOUR, None, key)


async def plan(session: AsyncSession, workspace: str, group: str, wanted: list[DesiredDelivery]) -> None:
    await deliveries.reconcile(session, {(workspace, group): wanted})


async def states(session: AsyncSession) -> dict[str, str]:
    rows = await session.execute(select(t.Delivery.dedupe_key, t.Delivery.state))
    return dict(rows.all())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=6), data=st.data())
async def test_what_is_planned_is_what_should_be_and_what_was_sent_stays(
    session: AsyncSession, round_: Round, plans: list[set[str]], data: st.DataObject
) -> None:
    async with session.begin_nested() as attempt:
        sent: set[str] = set()
        for some in plans:
            for _ in range(data.draw(st.integers(1, 2))):  # planning twice plans once
                await deliveries.reconcile(session, {("T1", round_.group.id): [wanted(k) for k in sorted(some)]})
            if data.draw(st.booleans()):
                for owed in await claim(session, "me", 60, 1):
                    await results.record_sent(session, owed, "C1", "1.1", NOW)
                    sent.add(next(k for k, s in (await states(session)).items() if s == "sent" and k not in sent))
            session.expire_all()
            held = await states(session)
            assert {k for k, s in held.items() if s == "planned"} == some - sent
            assert {k for k, s in held.items() if s == "sent"} == sent
        await attempt.rollback()


async def test_a_row_is_claimed_by_one_only_and_only_when_due(session: AsyncSession, round_: Round) -> None:
    await plan(session, "T1", round_.group.id, [wanted("now"), wanted("later", 5)])
    first = await claim(session, "one", 60)
    assert len(first) == 1
    assert await claim(session, "two", 60) == []


async def test_a_lease_that_ran_out_leaves_the_row_unclear_and_not_sent_again(
    session: AsyncSession, round_: Round
) -> None:
    await plan(session, "T1", round_.group.id, [wanted("a")])
    await claim(session, "one", -1)
    (again,) = await claim(session, "two", 60)
    assert again.state == "unclear"


async def test_after_a_restart_what_was_being_sent_is_unclear(session: AsyncSession, round_: Round) -> None:
    await plan(session, "T1", round_.group.id, [wanted("a"), wanted("b", 5)])
    await claim(session, "one", 60)
    await claims.release_all(session, NOW)
    session.expire_all()
    assert await states(session) == {"a": "unclear", "b": "planned"}


async def test_the_next_event_is_the_earliest_of_all(session: AsyncSession, round_: Round) -> None:
    assert await due.next_due(session, STEPS) == round_.prompt.closes_at
    await plan(session, "T1", round_.group.id, [wanted("a", 5)])
    assert await due.next_due(session, STEPS) == NOW + 5 * HOUR


async def test_a_workspace_that_slack_asked_to_wait_keeps_its_place_in_the_line(
    session: AsyncSession, round_: Round
) -> None:
    later = await settle_in(session, "T2")
    await plan(session, "T1", round_.group.id, [wanted("first")])
    await plan(session, "T2", later.id, [wanted("second", 1)])
    await session.flush()
    await claims.hold(session, "T1", "chat.postMessage", 60)
    moment = NOW + HOUR
    assert [c.workspace for c in await line(session, moment)] == ["T2"]
    await session.execute(delete(t.SlackHold))
    assert [c.workspace for c in await line(session, moment + HOUR)] == ["T1", "T2"]


async def test_what_is_new_goes_before_what_is_brought_up_to_date_at_the_same_time(
    session: AsyncSession, round_: Round
) -> None:
    group = round_.group.id
    new = [DesiredDelivery("prompt", Operation.POST, f"U{n}", NOW, None, f"new {n}") for n in range(6)]
    posts = [Post(f"D{n}", f"1.{n}", {}, NOW, t.new_id(), f"V{n}") for n in range(6)]
    standing = [Standing("packet", "T1", group, round_.meeting.id, Scope.MEETING, post) for post in posts]
    await refreshes.align(session, [DesiredRefresh(one, Operation.UPDATE, NOW) for one in standing])
    await plan(session, "T1", group, new)
    in_line = [candidate.operation for candidate in await line(session, NOW)]
    assert in_line == [Operation.POST] * 6 + [Operation.UPDATE] * 6


async def line(
    session: AsyncSession, moment: datetime, full: Collection[tuple[str, Operation]] = ()
) -> list[ClaimCandidate]:
    """Who could go now, in order."""
    real = await claims.begin(session, LeasePolicy("me", 60, 0), moment)
    return await claims.candidates(session, LeasePolicy("me", 60, 0), moment, real, full)


async def test_a_workspace_that_can_take_no_more_is_not_even_looked_at(session: AsyncSession, round_: Round) -> None:
    later = await settle_in(session, "T2")
    await plan(session, "T1", round_.group.id, [wanted("first")])
    await plan(session, "T2", later.id, [wanted("second", 1)])
    moment = NOW + HOUR
    assert [c.workspace for c in await line(session, moment)] == ["T1", "T2"]
    assert [c.workspace for c in await line(session, moment, {("T1", Operation.POST)})] == ["T2"]
    assert [c.workspace for c in await line(session, moment, {("T1", Operation.UPDATE)})] == ["T1", "T2"]
