"""The real process, killed while it posts and while people answer: nothing confirmed is lost, nothing is doubled."""

import asyncio
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Person, Sandbox, start_group, words
from tests.support.process import ROOT, Process, first_call, living, posts

pytestmark = pytest.mark.long

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)


async def test_it_ends_cleanly_when_asked_to(sandbox: Sandbox, database_url: str, tmp_path: Path) -> None:
    process = Process(sandbox, database_url, tmp_path)
    process.cold = True
    await process.start()
    assert await process.end(signal.SIGTERM) == 0
    assert "warning" not in process.said


async def test_told_to_end_while_it_waits_for_slack_it_ends_at_once(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    await sandbox.fail("auth.test", "http_500", times=0)
    process = Process(sandbox, database_url, tmp_path)
    await process.begin()
    await process.says("waiting for Slack")
    assert await process.end(signal.SIGTERM) == 0
    assert "stopped before it was ready" in process.said


STUBBORN = """
import asyncio
from bot.runtime.shutdown import stop_on_signals

async def stubborn():
    stop = stop_on_signals(at_last=0.5)
    print("begun", flush=True)
    await stop.wait()
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

asyncio.run(stubborn())
"""


async def test_what_will_not_end_is_ended_and_named() -> None:
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STUBBORN, cwd=ROOT, stdout=piped)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
    said = (await process.stdout.read()).decode()
    assert await process.wait() == 1
    assert "did not end in time" in said
    assert "stubborn" in said


@pytest.mark.both
async def test_told_to_end_while_slack_hangs_it_ends_in_time_and_gives_back_what_it_held(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    process = Process(sandbox, database_url, tmp_path, COLLAB_LEASE_SECONDS="60")
    await process.start()
    await start_group(next(iter((await sandbox.people()).values())))
    await sandbox.fail("chat.postMessage", "hang")
    await sandbox.forget_calls()
    moving = asyncio.create_task(sandbox.go_to(ASKED_AT, leap=True))
    await first_call(sandbox, "chat.postMessage")
    assert await process.end(signal.SIGTERM) == 0  # 1 where it had to be ended, before ten seconds were over
    await moving
    assert leases_in(database_url) == []
    async with living(process):  # nobody waits for the minute of the lease
        while not await posts(sandbox, "Before we meet"):
            await sandbox.go_on(4)
    assert await posts(sandbox, "Before we meet") == 1


def leases_in(database_url: str) -> list[str]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        held = list(connection.scalars(text("SELECT kind FROM delivery WHERE lease_owner IS NOT NULL")))
    engine.dispose()
    return held


async def test_one_that_stood_still_past_its_lease_does_not_post_what_another_posted(
    sandbox: Sandbox, postgresql_url: str, tmp_path: Path
) -> None:
    still, other = (Process(sandbox, postgresql_url, tmp_path) for _ in range(2))
    await still.start()
    await start_group(next(iter((await sandbox.people()).values())))
    await sandbox.fail("chat.postMessage", "hang")
    await sandbox.forget_calls()
    moving = asyncio.create_task(sandbox.go_to(ASKED_AT, leap=True))
    await first_call(sandbox, "chat.postMessage")
    still.tell(signal.SIGSTOP)
    moving.cancel()  # the clock would wait for it
    async with living(other, signal.SIGTERM):
        await sandbox.until(lambda: _has(sandbox, "Before we meet"), seconds=60)
        still.tell(signal.SIGCONT)
        await still.end(signal.SIGTERM)
    assert await posts(sandbox, "Before we meet") == 1


async def _has(sandbox: Sandbox, heading: str) -> bool:
    return await posts(sandbox, heading) > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # tests/faults does it on both
async def test_killed_while_posting_it_posts_once(sandbox: Sandbox, database_url: str, tmp_path: Path) -> None:
    process = Process(sandbox, database_url, tmp_path)
    async with living(process):
        await start_group(next(iter((await sandbox.people()).values())))
    moments = {
        "Before we meet": ASKED_AT,
        "Agenda": FIRST - timedelta(hours=2),
        "Handing over": FIRST + timedelta(days=2),
    }
    for heading, due in moments.items():
        await sandbox.forget_calls()
        await sandbox.go_to(due, leap=True)
        async with living(process):
            await first_call(sandbox, "chat.postMessage")  # and in this moment it dies
        async with living(process):
            while not await posts(sandbox, heading):  # on PostgreSQL the dead one's lease has to run out
                await sandbox.go_on(4)
            for _ in range(3):
                await sandbox.go_on(4)
        assert await posts(sandbox, heading) == 1, heading
    assert await posts(sandbox, "set up a learning") == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # tests/faults does it on both
async def test_killed_while_people_answer_it_keeps_every_confirmed_answer(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    process = Process(sandbox, database_url, tmp_path)
    sandbox.inside.sockets.ack_seconds = 3  # what the killed ones heard is not waited for any longer
    chance = random.Random(5)
    async with living(process):
        people = list((await sandbox.people()).values())[:6]
        await start_group(people[0])
        await sandbox.go_to(ASKED_AT)
    confirmed: set[str] = set()
    for life in range(6):
        async with living(process):
            typing = [asyncio.create_task(give(p, "park", f"topic {life} {p.id}")) for p in people]
            typing.append(asyncio.create_task(give(people[life], "reflect", f"answer {life}")))
            chance.shuffle(typing)
            for task in typing[: chance.randint(1, len(typing))]:
                await task
            await process.end(signal.SIGKILL)
            confirmed |= {given for given in await asyncio.gather(*typing) if given}
    held = everything_in(database_url)
    assert confirmed
    assert [given for given in confirmed if held.count(given) != 1] == []
    assert [given for given in held if held.count(given) != 1] == []


async def give(person: Person, command: str, given: str) -> str | None:
    """What was given, when it was confirmed to its author."""
    answer = await person.sandbox.ask("command", **{"as": person.id}, channel=CIRCLE, text=f"{command} {given}")
    said = words(answer.get("reply"))
    return given if answer["ok"] and ("Parked." in said or "that is kept" in said) else None


def everything_in(database_url: str) -> list[str]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        found = [
            *connection.scalars(text("SELECT text FROM parked_item WHERE state = 'open'")),
            *connection.scalars(text("SELECT text FROM reflection")),
        ]
    engine.dispose()
    return found


async def test_two_processes_share_the_work_and_either_may_die(
    sandbox: Sandbox, postgresql_url: str, tmp_path: Path
) -> None:
    one, two = (Process(sandbox, postgresql_url, tmp_path) for _ in range(2))
    await asyncio.gather(one.start(), two.start())
    people = list((await sandbox.people()).values())[:6]
    await start_group(people[0])
    await sandbox.go_to(ASKED_AT)
    given = await asyncio.gather(*(give(p, "reflect", f"answer {p.id}") for p in people))
    assert sorted(filter(None, given)) == sorted(f"answer {p.id}" for p in people)
    assert await posts(sandbox, "Before we meet") == 1  # whichever of the two did it, the clock waited for it
    await one.end(signal.SIGKILL)
    await sandbox.go_to(FIRST - timedelta(hours=2))
    await one.start()
    await two.end(signal.SIGTERM)
    await sandbox.go_to(FIRST + timedelta(days=2))
    await one.end(signal.SIGTERM)
    for heading in ("set up a learning", "Before we meet", "Agenda", "Handing over"):
        assert await posts(sandbox, heading) == 1, heading
    assert sorted(everything_in(postgresql_url)) == sorted(f"answer {p.id}" for p in people)
