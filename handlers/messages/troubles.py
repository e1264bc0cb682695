"""What a person has to know or decide when Slack would not, or would not say: each once, by DM."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.types import AT_ONCE, DeliveryType, Groups, Planning, RenderContext
from bot.domain.rounds import MeetingState, RoundToPlan
from bot.services import deliveries
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import error_messages
from handlers.views.block_kit import Message


def stopped_wanted(round_: RoundToPlan, now: datetime) -> Iterable[DesiredDelivery]:
    if round_.group.stopped and round_.group.conveners and round_.meeting.state == MeetingState.UPCOMING:
        here = [reader.person for reader in round_.conveners_here]
        yield post("stopped", round_, (here or round_.group.conveners)[0], now)


async def compose_stopped(context: RenderContext) -> Message:
    return error_messages.build_stopped(context.round_.group, context.round_.group.stopped or "it was stopped")


STOPPED = DeliveryType("stopped", stopped_wanted, compose_stopped, groups=Groups.STOPPED)


@dataclass(frozen=True)
class Unclear:
    """The delivery that nobody knows of whether it is there, and its kind."""

    delivery: str
    kind: str


async def plan_unclear(planning: Planning) -> Mapping[str, Iterable[DesiredDelivery]]:
    asked = await planning.read(deliveries.asked)
    return {
        one.meeting.id: unclear_wanted(one, asked[one.meeting.id], planning)
        for one in planning.rounds
        if one.meeting.id in asked
    }


def unclear_wanted(
    round_: RoundToPlan, unclear: Iterable[tuple[str, str]], planning: Planning
) -> Iterable[DesiredDelivery]:
    """One question for each channel post that nobody could look up, to whoever leads, or where the app can't write to
    them, to a convener; where that is somebody else by now, to them."""
    leads, here = round_.meeting.facilitator, [one.person for one in round_.conveners_here]
    led = [leads] if leads is not None and leads in {one.person for one in round_.readers} else []
    reachable = [one for one in (*led, *here) if (round_.group.workspace, one) not in planning.strangers]
    for delivery, kind in unclear:
        for person in reachable[:1]:
            yield post("unclear", round_, person, planning.now, f"{delivery}/{kind}/{person}", Unclear(delivery, kind))


async def compose_unclear(context: RenderContext) -> Message:
    about = context.arguments(Unclear)
    return error_messages.build_unclear(context.round_.group, about.kind, about.delivery)


UNCLEAR = DeliveryType("unclear", None, compose_unclear, plan=plan_unclear, groups=Groups.ALL, hours=AT_ONCE)
"""The group waits for a post."""
