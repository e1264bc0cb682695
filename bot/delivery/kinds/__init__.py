"""Every kind of delivery, by name: the one table that planning and sending read."""

from bot.delivery.kinds import (
    agenda,
    anonymous,
    facilitator,
    handoff,
    invitation,
    prompt,
    redone,
    reminder,
    started,
    troubles,
)
from bot.delivery.registry import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        started.KIND,
        prompt.PROMPT,
        invitation.KIND,
        reminder.KIND,
        prompt.COUNT,
        prompt.CLOSED,
        facilitator.PACKET,
        facilitator.REFRESH,
        facilitator.DRAFT,
        facilitator.BATCH,
        agenda.POSTED,
        agenda.EDITED,
        anonymous.KIND,
        facilitator.NOTES,
        handoff.KIND,
        *redone.KINDS,
        troubles.STOPPED,
        troubles.UNCLEAR,
    )
}

LEADING = {name for kind in KINDS.values() for name in (kind.updates, kind.thread_of, kind.follows) if name}
"""Kinds from whose having been posted something else is planned."""
