"""What the bot says by itself: kinds of deliveries, one file a capability, and the table for the engine."""

from bot.delivery.types import DeliveryType, DeliveryTypes
from handlers.messages import (
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
from handlers.views import anonymous_author, error_messages

KINDS: dict[str, DeliveryType] = {
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

TYPES = DeliveryTypes(
    KINDS, {screen.name: screen for screen in (home.SCREEN,)}, error_messages.say_late, anonymous_author.build_end
)
"""What the engine sends."""
