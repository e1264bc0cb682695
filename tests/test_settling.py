"""The bot is settled when it has done all that it was told, also what goes on after it has said "heard"."""

import pytest

from tests.support.person import Person, Sandbox

Everybody = dict[str, Person]
SLOW = 0.7
"""Seconds that Slack takes: longer than anybody takes a silence for."""


@pytest.mark.parametrize("call", ["conversations.info", "conversations.members"])
async def test_what_an_event_sets_going_is_over(sandbox: Sandbox, people: Everybody, call: str) -> None:
    ana = people["Ana"]
    await sandbox.must("channel", op="create", channel="C0NEW", name="new", person=ana.id)
    await sandbox.fail(call, "taken_late", seconds=SLOW)
    await sandbox.must("channel", op="join", channel="C0NEW", person="U0COLLAB")
    await sandbox.settle()
    await ana.types("start", channel="C0NEW")
    assert (await ana.sees_modal())["callback_id"] == "start_what"


@pytest.mark.parametrize(("text", "callback"), [("start", "start_what"), ("mine", "mine")])
async def test_a_form_that_takes_long_is_there(sandbox: Sandbox, people: Everybody, text: str, callback: str) -> None:
    await sandbox.fail("views.open", "taken_late", seconds=SLOW)
    await people["Ben"].types(text)
    assert (await people["Ben"].sees_modal())["callback_id"] == callback


async def test_what_is_said_to_somebody_alone_is_there(sandbox: Sandbox, people: Everybody) -> None:
    await sandbox.fail("views.open", "http_500")
    await sandbox.fail("response_url", "taken_late", seconds=SLOW)
    assert "didn't open the form" in await people["Ana"].types("start")


async def test_what_comes_twice_is_done_twice(sandbox: Sandbox, people: Everybody) -> None:
    """The second envelope of the same thing is heard, and its work done, before anybody goes on."""
    await sandbox.must("app", op="twice")
    await sandbox.fail("views.open", "taken_late", times=2, seconds=SLOW)
    await people["Ana"].types("start")
    opened = await sandbox.calls("views.open")
    assert [call["answer"] is not None for call in opened] == [True, True]
