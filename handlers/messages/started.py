"""The one message that says what was set up."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.lateness import MEETING_STARTS, Late
from bot.delivery.types import REFRESH, DeliveryType, RenderContext
from bot.domain.rounds import Round
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import charter
from handlers.views.block_kit import Message


def wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    if round_.meeting.number == 1:
        group = round_.group
        yield post("started", round_, group.channel, group.started_at)


async def compose(context: RenderContext) -> Message:
    return charter.build_started(context.round_, context.now)


KIND = DeliveryType("started", wanted, compose, refresh=REFRESH, asks=True, late=Late(MEETING_STARTS))
