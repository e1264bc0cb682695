"""A large workspace: the bot is ready at once, works for whoever comes, and reads the rest as slowly as Slack asks."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, select

from bot.runtime.directory_reader import DirectoryReader
from bot.runtime.event_queue import EventQueue
from bot.services import people
from sandbox.faults import Fault
from sandbox.sandbox import Sandbox as Workspace
from sandbox.world import BOT_USER, TEAM
from storage import tables as t
from storage.database import Database, open_database
from tests.support.crowd import TOWN_HALL, ShortTime, large_workspace, with_the_bot
from tests.support.person import GENEROUS, Person, Sandbox, start_group
from tests.support.running import running, sandbox_settings, serving_sandbox

NOW = datetime(2026, 8, 31, 14, tzinfo=UTC)
SIZES = [(400, 60, 130), pytest.param((30_000, 500, 8_000), marks=[pytest.mark.soak_only, pytest.mark.timeout(1200)])]
"""Accounts, channels with the bot, people in one of them."""


@pytest.fixture
async def opened(sqlite_url: str) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, deadline=GENEROUS)
    async with database.sessions.begin() as session:
        await people.remember_workspace(session, TEAM, "Sandbox", BOT_USER)
    yield database
    await database.close()


@asynccontextmanager
async def reading(opened: Database, world: Sandbox, time: ShortTime) -> AsyncIterator[DirectoryReader]:
    """A process that reads, as long as the block runs."""
    client = AsyncWebClient("xoxb-sandbox", f"{world.address}/api/", timeout=10, retry_handlers=[])
    directory = DirectoryReader(opened.sessions, client, lambda: NOW, EventQueue(), time, time.sleep)
    await directory.begin(TEAM, alone=True)
    task = asyncio.create_task(directory.run())
    yield directory
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the others go on meanwhile; no time is waited for
        await asyncio.sleep(0)


async def complete(directory: DirectoryReader) -> None:
    await until(lambda: directory.complete)


async def known(opened: Database) -> set[str]:
    async with opened.sessions.read() as session:
        return set(await session.scalars(select(t.Person.id)))


def served(whole: Workspace) -> Counter[tuple[str, str]]:
    """What was asked and answered well, by method and what was asked."""
    args = ("channel", "cursor", "user")
    return Counter(
        (call["method"], " ".join(str(call["args"].get(name, "")) for name in args))
        for call in whole.calls
        if call["answer"].get("ok")
    )


@pytest.mark.parametrize("size", SIZES)
async def test_everybody_who_shares_a_channel_is_read_once_and_nobody_else_below_slacks_pace(
    opened: Database, size: tuple[int, int, int]
) -> None:
    time = ShortTime()
    whole = large_workspace(*size, time)
    whole.faults.add(Fault("conversations.members", "ratelimited", times=1, retry_after=30))
    whole.faults.add(Fault("users.info", "ratelimited", times=2, retry_after=45))
    whole.faults.add(Fault("users.conversations", "http_500", times=1))
    calls: Counter[str] = Counter()
    refused = 0

    async with serving_sandbox(whole) as world, reading(opened, world, time) as directory:
        await complete(directory)
        once = served(whole)
        calls.update(method for method, _ in once.elements())
        refused = sum(call["answer"].get("error") == "ratelimited" for call in whole.calls)
        inside = with_the_bot(whole)
        assert await known(opened) == inside
        async with opened.sessions.read() as session:
            assert await session.scalar(select(func.count()).select_from(t.ChannelMember)) == sum(
                len(c.members) for c in whole.world.channels.values() if BOT_USER in c.members and not c.dm_with
            )
    if len(whole.calls) < 5000:  # the sandbox keeps no more
        assert max(once.values()) == 1
        assert calls["users.info"] == len(inside)
    assert calls["users.list"] == calls["conversations.info"] == 0
    assert refused == 0  # but where the faults above said so
    assert time.passed < (len(inside) + size[1]) / 80 * 60 + 120


async def test_after_a_restart_it_goes_on_at_the_page_where_it_stopped(opened: Database) -> None:
    time = ShortTime()
    whole = large_workspace(1300, 3, 1200, time)

    def pages_of_hall() -> list[str]:
        calls = [c for c in whole.calls if c["method"] == "conversations.members" and c["answer"].get("ok")]
        return [c["args"].get("cursor", "") for c in calls if c["args"]["channel"] == TOWN_HALL]

    async with serving_sandbox(whole) as world:
        async with reading(opened, world, time):
            await until(lambda: len(pages_of_hall()) == 2)
        second = pages_of_hall()[1]
        async with reading(opened, world, time):
            await until(lambda: pages_of_hall()[-1] not in {"", second})
    assert pages_of_hall().count("") == 1


async def test_who_has_left_every_channel_is_forgotten_unless_something_of_theirs_is_kept(opened: Database) -> None:
    time = ShortTime()
    whole = large_workspace(20, 1, 10, time)
    async with serving_sandbox(whole) as world:
        async with reading(opened, world, time) as directory:
            await complete(directory)
        hall = whole.world.channels[TOWN_HALL]
        for gone in ("U100008", "U100009"):
            hall.members.remove(gone)
        async with opened.sessions.begin() as session:
            session.add(t.CharterDraft(workspace_id=TEAM, channel_id=TOWN_HALL, person_id="U100009", filled={}))
        for _ in range(2):
            async with reading(opened, world, time) as directory:
                await complete(directory)
    assert "U100008" not in await known(opened)
    assert "U100009" in await known(opened)


async def test_in_a_large_workspace_it_is_ready_at_once_and_works_for_whoever_comes(sqlite_url: str) -> None:
    """By Slack's real limits: 72 channels and a crowd could not be read in the time that this test takes."""
    whole = large_workspace(3_000, 72, 1_500)
    async with serving_sandbox(whole) as world:
        async with asyncio.timeout(45), running(sandbox_settings(world, sqlite_url)):
            ana, ben = (await world.people())["Ana"], (await world.people())["Ben"]
            answer = await ana.types("", channel="C1071")
            assert "Start a group" in answer
            assert "U101400" not in {c["args"]["user"] for c in await world.calls("users.info")}
            assert "Start a group" in await Person(world, "U101400", "One of many", "UTC").types("", channel=TOWN_HALL)
            await start_group(ana, channel="C0CIRCLE", members=[ana.id, ben.id])
            assert "There is no collaborative" not in await ben.types("", channel="C0CIRCLE")
        calls = await world.calls()
        assert {c["args"]["user"] for c in calls if c["method"] == "users.info"} <= with_the_bot(whole)
        assert not [c for c in calls if c["answer"].get("error") == "ratelimited"]
