"""The questions by DM too, for each who chose that, when they go out."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.lateness import ANSWERING_ENDS, Late
from bot.delivery.types import REFRESH, DeliveryType, RenderContext
from bot.domain.rounds import RoundToPlan
from bot.services import preferences, reflections, roles
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.messages.prompt import still_open
from handlers.messages.reminders import NOT_NEEDED
from handlers.views import reminders
from handlers.views.block_kit import Message


def wanted(round_: RoundToPlan, _now: datetime) -> Iterable[DesiredDelivery]:
    prompt = round_.prompt
    if prompt.closed_at is not None or prompt.opens_at >= prompt.closes_at:
        return
    for reader in round_.readers:
        if reader.wishes.by_dm and not reader.wishes.away_at(prompt.opens_at, reader.zone):
            yield post("invitation", round_, reader.person, prompt.opens_at, reader.person)


async def still_wanted(context: RenderContext) -> str | None:
    meeting, person = context.round_.meeting.id, context.recipient
    if await roles.is_being_welcomed(context.session, meeting, person, context.now):
        return NOT_NEEDED
    for reader in await preferences.readers(context.session, context.round_.group, context.recipient):
        if reader.wishes.by_dm and not reader.wishes.away_at(context.now, reader.zone):
            answered = await reflections.has_taken_part(context.session, context.round_.prompt, reader.person)
            return NOT_NEEDED if answered else None
    return NOT_NEEDED


async def compose(context: RenderContext) -> Message:
    return reminders.build_invitation(context.round_, context.now)


KIND = DeliveryType(
    "invitation",
    wanted,
    compose,
    useful=still_open,
    still_wanted=still_wanted,
    refresh=REFRESH,
    late=Late(ANSWERING_ENDS),
)
