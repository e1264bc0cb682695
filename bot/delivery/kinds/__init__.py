"""Every kind of delivery, by name: the one table that planning and sending read."""

from bot.delivery.kinds import (
    agenda,
    anonymous,
    authors,
    facilitator,
    former_reader,
    handoff,
    home,
    invitation,
    late_answers,
    prompt,
    redone,
    reminder,
    roles,
    started,
    summary,
    thanks,
    troubles,
)
from bot.delivery.registry import Kind, Screen

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        started.KIND,
        prompt.PROMPT,
        invitation.KIND,
        reminder.KIND,
        prompt.CLOSED,
        facilitator.PACKET,
        facilitator.REFRESH,
        facilitator.DRAFT,
        facilitator.DRAFT_REFRESH,
        authors.FEW,
        former_reader.QUESTION,
        former_reader.ANSWERED,
        former_reader.FOR_READER,
        facilitator.BATCH,
        facilitator.BATCH_REFRESH,
        facilitator.BATCH_LEFT,
        facilitator.BATCH_LEFT_REFRESH,
        facilitator.BATCH_WAITS,
        facilitator.BATCH_WAITS_REFRESH,
        authors.RETURNED,
        authors.SETTLED,
        authors.LEFT,
        authors.LAPSING,
        *authors.REFRESH,
        authors.THANKED_FOR,
        agenda.POSTED,
        agenda.EDITED,
        summary.POSTED,
        summary.EDITED,
        anonymous.SHOWN,
        anonymous.REDACTED,
        anonymous.UNSHOWN_TOLD,
        anonymous.VOIDED,
        late_answers.POSTED,
        late_answers.CHANGED,
        late_answers.DELETED,
        authors.REDACTED,
        facilitator.NOTES,
        facilitator.NOTES_REFRESH,
        handoff.KIND,
        handoff.EDITED,
        thanks.KIND,
        *roles.KINDS,
        *redone.KINDS,
        troubles.STOPPED,
        troubles.UNCLEAR,
    )
}

LEADING = {name for kind in KINDS.values() for name in (kind.updates, *kind.thread_of, kind.follows) if name}
"""Kinds from whose having been posted something else is planned."""

SCREENS: dict[str, Screen] = {screen.name: screen for screen in (home.SCREEN,)}
"""What one person has before them, by name."""
