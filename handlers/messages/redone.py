"""What stands in Slack, brought up to date after an erasure or a move in time, however long ago it was posted."""

from bot.delivery.lateness import Late
from bot.delivery.types import DeliveryType, want_none
from bot.services.redoing import REDONE
from handlers.messages import agenda, facilitator, handoff, invitation, prompt, reminder, started

_ONE = (started.KIND, prompt.PROMPT, facilitator.PACKET, facilitator.DRAFT, agenda.POSTED, handoff.KIND)
"""One message a meeting."""

_EACH = (invitation.KIND, reminder.KIND)
"""One for each of some people."""


def _redone(kind: DeliveryType, late: Late) -> DeliveryType:
    return DeliveryType(REDONE[kind.name], want_none, kind.compose, updates=kind.name, late=late)


KINDS = (
    *(_redone(kind, Late(merged=True)) for kind in _ONE),
    *(_redone(kind, Late()) for kind in _EACH),
)
"""Owed by whoever changed it (`bot.services.redoing`), and so never planned."""
