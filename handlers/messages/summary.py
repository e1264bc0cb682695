"""What was answered by name, in the prompt's thread, when answering has ended or its facilitator says so."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.lateness import HANDED_ON, Late
from bot.delivery.types import REFRESH, DeliveryType, NothingToSend, RenderContext
from bot.domain.rounds import Round
from bot.services import responses
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import summary
from handlers.views.block_kit import Message


def posted_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    due = round_.prompt.shared_at or round_.prompt.closed_at
    if due is not None and round_.thread("prompt") is not None:
        yield replace(post("summary", round_, round_.group.channel, due), earliest=round_.begun)


async def compose(context: RenderContext) -> Message:
    round_ = context.round_
    if round_.thread("prompt") is None:
        raise NothingToSend("the thread that it belongs to is not known")
    answers = await _answers(context)
    if not answers.any and context.standing is None:
        raise NothingToSend("nobody answered by name")
    return summary.build_summary(round_, answers)


async def _answers(context: RenderContext) -> summary.Answers:
    named, more = await responses.first_named(context.session, context.round_, summary.MOST_EACH)
    return summary.Answers(named, more, await responses.on_scale(context.session, context.round_))


POSTED = DeliveryType(
    "summary", posted_wanted, compose, refresh=REFRESH, thread_of=("prompt",), asks=True, late=Late(HANDED_ON)
)
