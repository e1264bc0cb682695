"""The anonymous answers, once, together and shuffled, in the prompt's thread, when the facilitator has read them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.registry import Kind, Situation, post
from bot.domain.rounds import Batch, Round
from bot.services.closing import anonymous_batch
from bot.services.deliveries import Wanted
from handlers.views import anonymous
from handlers.views.kit import Message


def wanted(found: Round, now: datetime) -> Iterable[Wanted]:
    if found.prompt.batch is Batch.APPROVED:
        yield replace(post("anonymous_shown", found, found.group.channel, now), earliest=found.begun)


async def compose(situation: Situation) -> Message:
    batch = await anonymous_batch(situation.session, situation.found.prompt.id, situation.chooser)
    return anonymous.build_shown(situation.found, batch, situation.found.thread("prompt"))


KIND = Kind("anonymous_shown", wanted, compose, thread_of="prompt", asks=True)
