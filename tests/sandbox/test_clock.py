"""The clock: moves wait for the bot that follows it, stop at what is due, leap over it, or just happen."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.conftest import Follower, Served

START = datetime(2026, 8, 31, 14, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(seconds=20)


def near(moment: datetime, wanted: datetime) -> bool:
    return wanted <= moment < wanted + MOMENT


async def now(served: Served) -> datetime:
    return datetime.fromisoformat((await served.state())["now"])


async def polls(served: Served, number: int) -> None:
    """Until so many wait for the next move."""
    while served.inside.clock._polls < number:
        await served.state()  # asking is what lets the others run


async def leap(served: Served, to: datetime = START) -> None:
    assert (await served.ask("clock", to=to.isoformat(), leap=True))["ok"]


async def test_without_a_bot_time_just_moves(served: Served) -> None:
    await leap(served)
    assert near(await now(served), START)
    await served.ask("clock", advance_seconds=3600)
    assert near(await now(served), START + HOUR)
    assert (await served.ask("settle"))["ok"]
    assert (await served.ask("clock", 409, next=True))["error"] == "nothing is planned"


@pytest.mark.parametrize("body", [{}, {"to": "soon"}, {"to": "2026-09-01T10:00:00"}, {"advance_seconds": "x"}])
async def test_a_move_needs_a_moment(served: Served, body: dict[str, str]) -> None:
    await served.ask("clock", 400, **body)


@pytest.mark.parametrize("body", [{}, {"move": "1"}, {"move": 1, "next_due": "soon"}])
async def test_a_report_has_to_make_sense(served: Served, body: dict[str, object]) -> None:
    await served.ask("clock/idle", 400, **body)


async def test_time_goes_back_in_a_leap_only(served: Served) -> None:
    await leap(served)
    earlier = START - HOUR
    assert "leap" in (await served.ask("clock", 400, to=earlier.isoformat()))["error"]
    await leap(served, earlier)
    assert near(await now(served), earlier)


async def test_next_goes_to_what_is_planned_and_waits_for_it_to_be_done(served: Served, follower: Follower) -> None:
    await leap(served)
    first, second = START + HOUR, START + timedelta(days=3)
    follower.due = [first, second]
    answer = await served.ask("clock", next=True)
    assert follower.done == [first]
    assert answer["next_due"] == second.isoformat()
    assert near(datetime.fromisoformat(answer["now"]), first)
    assert (await served.state())["clock"] == {"next_due": second.isoformat(), "moving": False}
    await served.ask("clock", next=True)
    assert near(await now(served), second)
    assert (await served.ask("clock", 409, next=True))["error"] == "nothing is planned"


async def test_a_walk_stops_at_everything_on_the_way(served: Served, follower: Follower) -> None:
    await leap(served)
    follower.due = [START + HOUR * n for n in range(1, 6)]
    before = len(follower.moves)
    answer = await served.ask("clock", advance_seconds=3.5 * 3600)
    assert follower.done == [START + HOUR * n for n in range(1, 4)]
    assert len(follower.moves) - before == 1 + 3 + 1  # settle, three stops, the target
    assert answer["next_due"] == (START + HOUR * 4).isoformat()


async def test_a_leap_stops_nowhere_and_then_lets_the_bot_catch_up(served: Served, follower: Follower) -> None:
    await leap(served)
    follower.due = [START + HOUR * n for n in range(1, 6)]
    before = len(follower.moves)
    await leap(served, START + 3.5 * HOUR)
    assert len(follower.moves) - before == 1
    assert follower.done == [START + HOUR * n for n in range(1, 4)]


async def test_what_comes_next_can_be_said_between_moves(served: Served) -> None:
    assert (await served.ask("clock/due", next_due=START.isoformat()))["ok"]
    assert (await served.state())["clock"]["next_due"] == START.isoformat()
    await served.ask("clock/due", next_due=None)
    assert (await served.state())["clock"]["next_due"] is None


async def test_settling_changes_no_time(served: Served, follower: Follower) -> None:
    await leap(served)
    answer = await served.ask("settle")
    assert answer["ok"]
    assert follower.moves[-1]["offset_seconds"] == follower.moves[-2]["offset_seconds"]


async def test_a_poll_tells_the_present_move_at_once_and_the_next_when_it_comes(served: Served) -> None:
    first = (await served.http.get("/sandbox/clock", params={"follower": "bot", "after": -1})).json()
    assert first["move"] == 0
    waiting = asyncio.create_task(served.http.get("/sandbox/clock", params={"follower": "bot", "after": 0}))
    await polls(served, 1)
    served.inside.clock.settle_timeout = 0.05
    await served.ask("settle", 504)  # nobody reports
    assert (await waiting).json()["move"] == 1


async def test_a_bot_that_never_reports_is_not_waited_for_without_end(served: Served) -> None:
    served.inside.clock.settle_timeout = 0.05
    await served.http.get("/sandbox/clock", params={"follower": "bot", "after": -1})
    assert (await served.ask("settle", 504))["error"] == "the bot did not settle"
    assert (await served.ask("clock", 504, next=True))["error"] == "the bot did not settle"


async def test_a_bot_that_was_killed_does_not_hold_up_a_leap(served: Served) -> None:
    async def poll() -> None:
        await served.http.get("/sandbox/clock", params={"follower": "bot", "after": served.inside.clock.move})

    polling = asyncio.create_task(poll())
    await polls(served, 1)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await asyncio.wait_for(leap(served), 60)  # less than a bot that lives is given
    assert near(await now(served), START)


async def test_two_that_follow_are_both_waited_for(served: Served, follower: Follower) -> None:
    other = Follower(served, name="other")
    following = asyncio.create_task(other.follow())
    await polls(served, 2)
    await leap(served)
    assert follower.moves[-1]["move"] == other.moves[-1]["move"]
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_one_that_has_reported_and_not_asked_again_yet_is_waited_for(served: Served, follower: Follower) -> None:
    async def poll(after: int) -> int:
        asked: dict[str, str | int] = {"follower": "slow", "after": after}
        return int((await served.http.get("/sandbox/clock", params=asked)).json()["move"])

    await polls(served, 1)
    before = await poll(-1)
    await served.ask("clock/idle", follower="slow", move=before, next_due=None)
    moving = asyncio.create_task(leap(served))
    while not follower.moves or follower.moves[-1]["move"] == before:
        await served.state()
    assert not moving.done()
    move = await poll(before)
    assert not moving.done()
    await served.ask("clock/idle", follower="slow", move=move, next_due=None)
    await moving


async def test_something_overdue_that_the_bot_cannot_do_does_not_stop_time(served: Served) -> None:
    clock = served.inside.clock

    async def stuck() -> None:
        after = -1
        while True:
            move = (await served.http.get("/sandbox/clock", params={"follower": "bot", "after": after})).json()["move"]
            if move != after:
                after = move
                await served.ask("clock/idle", follower="bot", move=after, next_due=START.isoformat())

    following = asyncio.create_task(stuck())
    await clock.changed.wait()
    await leap(served, START + HOUR)
    await asyncio.wait_for(served.ask("clock", advance_seconds=60), 60)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
