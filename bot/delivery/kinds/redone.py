"""What stands in Slack, brought up to date after somebody erased what they wrote, however long ago it was posted."""

from bot.delivery.kinds import agenda, facilitator, handoff, started
from bot.delivery.registry import Kind
from bot.services.deliveries import REDONE

_POSTED = (started.KIND, facilitator.PACKET, agenda.POSTED, handoff.KIND)

KINDS = tuple(Kind(REDONE[kind.name], lambda _found, _now: (), kind.compose, updates=kind.name) for kind in _POSTED)
"""Owed by whoever erases (`deliveries.have_redone`), and so never planned."""
