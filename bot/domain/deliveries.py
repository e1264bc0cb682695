"""What the bot owes to Slack: the states of a delivery, and what is done to Slack by it."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """From planned, by way of sending, to one of the ends: sent, skipped, failed, withdrawn.

    Unclear: Slack may have taken it, and history is looked through. Asked: a person was asked whether it is there.
    """

    PLANNED = "planned"
    SENDING = "sending"
    UNCLEAR = "unclear"
    ASKED = "asked"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Operation(StrEnum):
    """What a delivery does: to a message, or to a Home (publish)."""

    POST = "post"
    UPDATE = "update"
    DELETE = "delete"
    PUBLISH = "publish"


NEVER_CAME = frozenset({DeliveryState.SKIPPED, DeliveryState.FAILED, DeliveryState.WITHDRAWN})
"""The ends of what is not in Slack."""
