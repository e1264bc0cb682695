"""Handing facilitation on, announced in the channel."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.registry import Kind, Situation, post
from bot.domain.rounds import Round
from bot.services import agendas
from bot.services.deliveries import Wanted
from handlers.views import handover
from handlers.views.kit import Message


def wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    handed = found.meeting.handed_over_at
    if handed is not None and found.following is not None:
        yield replace(post("handoff", found, found.group.channel, handed), earliest=found.meeting.starts_at)


async def compose(situation: Situation) -> Message:
    found = situation.found
    topics = await agendas.parked(situation.session, found.group.id, found.meeting.handed_over_at)
    return handover.build_handoff(found, topics, situation.now)


KIND = Kind("handoff", wanted, compose, asks=True)
