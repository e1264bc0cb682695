"""Planned deliveries about one meeting. Until when they are worth sending is said by their kind (`late`)."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.deliveries import Operation
from bot.domain.rounds import Round
from bot.services.deliveries import DesiredDelivery


@dataclass(frozen=True)
class Turn:
    """For whom a message to the facilitator is: how often the meeting's leader had been changed by then."""

    turn: int = 0


def post(
    kind: str, round_: Round, recipient: str, due: datetime, which: str = "", arguments: object | None = None
) -> DesiredDelivery:
    """A delivery about one meeting; kind, meeting and `which` together identify it."""
    key = ":".join(filter(None, (kind, round_.meeting.id, which)))
    return DesiredDelivery(kind, Operation.POST, recipient, due, None, key, round_.meeting.id, arguments)
