"""What Slack tells is kept: in order, and also when Slack or the database could not be reached just then."""

import asyncio
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import DomainError
from bot.runtime.event_queue import EventQueue
from tests.support.person import CIRCLE, Person, Sandbox, start_group
from tests.support.process import first_call
from tests.support.running import running, sandbox_settings

Everybody = dict[str, Person]
SLOW = 0.7


@pytest.mark.parametrize("kind", ["http_500", "reset", "ratelimited"])
async def test_a_channel_that_it_was_invited_to_is_known_after_all(
    sandbox: Sandbox, people: Everybody, kind: str
) -> None:
    ana = people["Ana"]
    await sandbox.must("channel", op="create", channel="C0NEW", name="new", person=ana.id)
    await sandbox.fail("conversations.members", kind)
    await sandbox.must("channel", op="join", channel="C0NEW", person="U0COLLAB")
    await sandbox.settle()
    await ana.types("start", channel="C0NEW")
    assert (await ana.sees_modal())["callback_id"] == "start_what"


async def test_who_left_while_it_asked_who_is_there_has_left(sandbox: Sandbox, people: Everybody) -> None:
    ana, farid = people["Ana"], people["Farid"]
    await sandbox.must("channel", op="leave", channel=CIRCLE, person="U0COLLAB")
    await sandbox.settle()
    await sandbox.forget_calls()
    await sandbox.fail("conversations.members", "served_late", seconds=SLOW)
    await sandbox.must("channel", op="join", channel=CIRCLE, person="U0COLLAB")
    await first_call(sandbox, "conversations.members")
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=farid.id)
    await sandbox.settle()
    with pytest.raises(AssertionError, match="Farid"):
        await start_group(ana)


async def test_who_left_while_it_looked_around_at_its_start_has_left(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    everybody = await sandbox.people()
    ana, farid = everybody["Ana"], everybody["Farid"]
    async with running(settings):
        pass
    await sandbox.forget_calls()
    await sandbox.fail("conversations.members", "served_late", seconds=SLOW)

    async def leave() -> None:
        await first_call(sandbox, "conversations.members")
        await sandbox.must("channel", op="leave", channel=CIRCLE, person=farid.id)

    leaving = asyncio.create_task(leave())
    async with running(settings):
        await leaving
        await sandbox.settle()
        with pytest.raises(AssertionError, match="Farid"):
            await start_group(ana)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_each_is_done_once_in_order_however_often_it_did_not_work(failures: list[int]) -> None:
    """The n-th fails so many times before it works."""
    done, left = [], dict(enumerate(failures))

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        if left[number]:
            left[number] -= 1
            raise DomainError("not now")
        done.append(number)

    async def tell() -> None:
        events = EventQueue(first=0)
        await asyncio.gather(*(events.take("C1", partial(work, number)) for number in left))

    asyncio.run(tell())
    assert done == sorted(left)


async def test_what_can_never_be_kept_is_given_up_and_what_follows_is_kept() -> None:
    done = []

    async def never() -> None:
        raise LookupError("broken")

    async def well() -> None:
        done.append(True)

    events = EventQueue(first=0)
    first, second = await asyncio.gather(events.take("C1", never), events.take("C1", well), return_exceptions=True)
    assert isinstance(first, LookupError)
    assert second is None
    assert done == [True]
