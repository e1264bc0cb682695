"""The agenda in the channel, in its time or when its facilitator says so; kept up to date there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.lateness import MEETING_ENDS, Late
from bot.delivery.types import REFRESH, DeliveryType, RenderContext
from bot.domain.rounds import MeetingState, Round
from bot.services import agendas, deliveries
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import agenda
from handlers.views.block_kit import Message


def posted_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    due = round_.meeting.agenda_posted_at or round_.meeting.agenda_due_at
    if round_.meeting.state == MeetingState.UPCOMING:
        yield replace(post("agenda", round_, round_.group.channel, due), earliest=round_.begun)


async def compose(context: RenderContext) -> Message:
    contents = await agendas.contents(context.session, context.round_, None, context.chooser)
    missed = await deliveries.missed(context.session, context.round_.meeting.id)
    return agenda.build_posted(context.round_, contents, context.now, unasked=missed.get("prompt"))


POSTED = DeliveryType(
    "agenda",
    posted_wanted,
    compose,
    refresh=REFRESH,
    asks=True,
    late=Late(MEETING_ENDS, told=True, dropped_told="with the next questions"),
)
