"""What stands in Slack follows from what is stored: what nobody wrote to is not looked at, however it would look."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.types import DeliveryType, RenderContext
from handlers.capabilities import CAPABILITIES
from handlers.capability import Capability
from handlers.messages.prompt import PROMPT
from handlers.views import block_kit
from handlers.views.block_kit import Message
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Sandbox, start_group, words
from tests.support.running import running, sandbox_settings

NEWER = "In the words of a newer version"


async def in_newer_words(context: RenderContext) -> Message:
    message = await PROMPT.compose(context)
    return Message([*message.blocks, block_kit.small(NEWER)])


def newer(capability: Capability) -> Capability:
    """The same capability in a version that words its questions in another way."""
    kinds: Sequence[DeliveryType] = [
        replace(kind, compose=in_newer_words) if kind is PROMPT else kind for kind in capability.deliveries
    ]
    return replace(capability, deliveries=kinds)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def questions(sandbox: Sandbox) -> str:
    (said,) = [said for m in await sandbox.posted(CIRCLE) if "Before we meet" in (said := words(m["blocks"]))]
    return said


async def updates(sandbox: Sandbox) -> int:
    return len([call for call in await sandbox.calls() if call["method"] == "chat.update"])


async def test_other_words_rewrite_nothing_by_themselves(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ana = (await sandbox.people())["Ana"]
        await start_group(ana)
        await sandbox.go_to(ASKED_AT)
    before = await questions(sandbox)
    assert NEWER not in before
    async with running(settings, capabilities=[newer(one) for one in CAPABILITIES]):
        so_far = await updates(sandbox)
        await sandbox.go_on(3 * 3600)
        assert await questions(sandbox) == before
        assert await updates(sandbox) == so_far
        await ana.types("park A topic for next time")  # it concerns the group: what stands there is looked at
        assert NEWER in await questions(sandbox)


async def test_nobodys_answer_has_anything_looked_at_before_it_can_be_seen(sandbox: Sandbox, database_url: str) -> None:
    """Not even where a newer version would word it otherwise: when that is done would tell when somebody answers."""
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        people = await sandbox.people()
        await start_group(people["Ana"])
        await sandbox.go_to(ASKED_AT)
    before = await questions(sandbox)
    async with running(settings, capabilities=[newer(one) for one in CAPABILITIES]):
        so_far = await updates(sandbox)
        for person in people.values():
            await person.types(f"reflect The words of {person.name}")
        await sandbox.go_on(60)
        assert await questions(sandbox) == before
        assert await updates(sandbox) == so_far


async def test_it_speaks_as_of_its_own_time(sandbox: Sandbox, database_url: str) -> None:
    """A topic that is parked after the handoff stands in no message from before it, though its group was written to."""
    async with running(sandbox_settings(sandbox, database_url)):
        ana = (await sandbox.people())["Ana"]
        await start_group(ana)
        await sandbox.go_to(ASKED_AT + timedelta(days=9))
        told = [words(m["blocks"]) for m in await sandbox.posted(CIRCLE)]
        assert [said for said in told if said.startswith("Agenda")]
        await ana.types("park A topic from another time")
        await sandbox.go_on(60)
        assert [words(m["blocks"]) for m in await sandbox.posted(CIRCLE)] == told
