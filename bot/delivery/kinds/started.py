"""The one message that says what was set up."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.registry import Kind, Situation, post
from bot.domain.rounds import Round
from bot.services.deliveries import Wanted
from handlers.views import charter
from handlers.views.kit import Message


def wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    if found.meeting.number == 1:
        group = found.group
        yield post("started", found, group.channel, group.started_at)


async def compose(situation: Situation) -> Message:
    standing = situation.found.post("started") if situation.owed.operation == "update" else None
    return charter.build_started(situation.found, situation.now, standing.sent_at if standing else None)


KIND = Kind("started", wanted, compose, asks=True)
