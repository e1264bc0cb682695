"""Handing facilitation on, announced in the channel."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.delivery.lateness import NEXT_STARTS, Late
from bot.delivery.types import DeliveryType, Refresh, RenderContext
from bot.domain.rounds import Round
from bot.plugged import Section, Slot
from bot.services.deliveries import DesiredDelivery
from bot.services.handoff_notes import Handover
from handlers.messages.base import post
from handlers.views import handoff
from handlers.views.block_kit import Message


def wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    handed = round_.meeting.handed_off_at
    if handed is not None and round_.following is not None:
        yield replace(post("handoff", round_, round_.group.channel, handed), earliest=round_.meeting.starts_at)


IN_HANDOVER: Slot[Section[Handover, Any]] = Slot("what the group is told when a meeting is handed on")


async def compose(context: RenderContext) -> Message:
    more = await context.plugged.sections(IN_HANDOVER, context.session, Handover(context.round_))
    return handoff.build_handoff(context.round_, context.now, more)


KIND = DeliveryType(
    "handoff",
    wanted,
    compose,
    refresh=Refresh(after=True),
    asks=True,
    late=Late(NEXT_STARTS, told=True, dropped_told="with the next questions"),
)
