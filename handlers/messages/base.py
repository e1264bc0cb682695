"""Planned deliveries about one meeting. Until when they are worth sending is said by their kind (`late`)."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.deliveries import Operation
from bot.domain.rounds import Post, Round
from bot.services.deliveries import DesiredDelivery


def post(
    kind: str, round_: Round, recipient: str, due: datetime, subject: str = "", *, operation: Operation = Operation.POST
) -> DesiredDelivery:
    """A delivery about one meeting; kind, meeting and subject together identify it."""
    key = ":".join(filter(None, (kind, round_.meeting.id, subject)))
    return DesiredDelivery(kind, operation, recipient, due, None, key, round_.meeting.id, subject or None)


def about(
    kind: str, round_: Round, standing: Post, due: datetime, what: str, *, operation: Operation = Operation.UPDATE
) -> DesiredDelivery:
    """Update, or delete, one message that has a subject of its own."""
    return post(kind, round_, standing.channel, due, f"{standing.subject or ''}/{what}", operation=operation)


def update(kind: str, of: str, round_: Round, due: datetime, subject: str) -> Iterable[DesiredDelivery]:
    """Update the message of kind `of`, if there is one."""
    standing = round_.post(of)
    if standing is not None:
        yield post(kind, round_, standing.channel, due, subject, operation=Operation.UPDATE)
