"""The questions before a meeting, and bringing them up to date when answering ends.

Nothing about them changes while people answer: a number, or the moment of an update, would tell when somebody did.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.lateness import ANSWERING_ENDS, Late
from bot.delivery.types import REFRESH, DeliveryType, RenderContext
from bot.domain.rounds import Round
from bot.services import deliveries
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import answering
from handlers.views.block_kit import Message


def prompt_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    prompt = round_.prompt
    if prompt.closed_at is None and prompt.opens_at < prompt.closes_at:
        # One that opened with its round, because that was late, could have opened as early as the round.
        handed = round_.previous.handed_off_at if round_.previous else None
        earliest = round_.begun if handed is not None and prompt.opens_at <= handed else None
        yield replace(post("prompt", round_, round_.group.channel, prompt.opens_at), earliest=earliest)


async def compose(context: RenderContext) -> Message:
    before = context.round_.previous
    missed = await deliveries.missed(context.session, before.id) if before else {}
    return answering.build_prompt(context.round_, context.now, missed=missed)


def still_open(context: RenderContext) -> str | None:
    return None if context.round_.prompt.is_open(context.now) else deliveries.ENDED


PROMPT = DeliveryType(
    "prompt",
    prompt_wanted,
    compose,
    useful=still_open,
    refresh=REFRESH,
    asks=True,
    late=Late(ANSWERING_ENDS, told=True, dropped_told="on the agenda, or with the next questions"),
)
