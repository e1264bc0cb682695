"""Planned deliveries about one meeting. Until when they are worth sending is said by their kind (`late`)."""

from datetime import datetime

from bot.domain.deliveries import Operation
from bot.domain.rounds import Round
from bot.services.deliveries import DesiredDelivery


def post(kind: str, round_: Round, recipient: str, due: datetime, subject: str = "") -> DesiredDelivery:
    """A delivery about one meeting; kind, meeting and subject together identify it."""
    key = ":".join(filter(None, (kind, round_.meeting.id, subject)))
    return DesiredDelivery(kind, Operation.POST, recipient, due, None, key, round_.meeting.id, subject or None)
