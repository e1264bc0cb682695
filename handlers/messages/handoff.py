"""Handing facilitation on, announced in the channel."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.lateness import NEXT_STARTS, Late
from bot.delivery.types import DeliveryType, Refresh, RenderContext
from bot.domain.rounds import Round
from bot.services import parked
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import handoffs
from handlers.views.block_kit import Message


def wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    handed = round_.meeting.handed_off_at
    if handed is not None and round_.following is not None:
        yield replace(post("handoff", round_, round_.group.channel, handed), earliest=round_.meeting.starts_at)


async def compose(context: RenderContext) -> Message:
    round_ = context.round_
    topics = await parked.topics(context.session, round_.group.id, round_.meeting.handed_off_at)
    return handoffs.build_handoff(round_, topics, context.now)


KIND = DeliveryType(
    "handoff",
    wanted,
    compose,
    refresh=Refresh(after=True),
    asks=True,
    late=Late(NEXT_STARTS, told=True, dropped_told="with the next questions"),
)
