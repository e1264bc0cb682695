"""What stands in Slack, brought up to date after an erasure or a move in time, however long ago it was posted."""

from bot.delivery.registry import want_none
from bot.services.redoing import REDONE, THANKS
from handlers.messages import agenda, facilitator, handoff, invitation, prompt, reminder, started, thanks
from handlers.messages.base import make_kind

_POSTED = (
    *(started.KIND, prompt.PROMPT, facilitator.PACKET, facilitator.DRAFT, agenda.POSTED, handoff.KIND),
    *(invitation.KIND, reminder.KIND),
)

KINDS = (
    *(make_kind(REDONE[kind.name], want_none, kind.compose, updates=kind.name) for kind in _POSTED),
    make_kind(REDONE[THANKS], want_none, thanks.compose_redone, updates=THANKS),
)
"""Owed by whoever changed it (`bot.services.redoing`), and so never planned."""
