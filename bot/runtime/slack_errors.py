"""What calls to Slack come to: yes, retry later, stop, refused, or unclear; and which of its errors mean what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.services.claims import HELD

UNREACHABLE = (TimeoutError, aiohttp.ClientError, OSError)
"""What a call raises that got no response."""

FAILED = (SlackApiError, *UNREACHABLE)
"""What a failed call raises."""

UNSAID = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
"""Slack's errors that leave open whether the call was executed."""

PASSING = {"ratelimited", "rate_limited", "team_added_to_org"}
"""Those that say that it was not, and may be retried later."""


OF_CHANNEL = {
    "is_archived": "the channel was archived",
    "channel_not_found": "I am not in the channel any more",
    "not_in_channel": "I am not in the channel any more",
    "restricted_action": "the channel doesn't let the app post",
}
OF_WORKSPACE = {
    "token_revoked": "the app was removed from the workspace",
    "account_inactive": "the app was removed from the workspace",
    "not_authed": "Slack doesn't accept the app's token",
    "invalid_auth": "Slack doesn't accept the app's token",
    "missing_scope": "the app lacks a permission",
}


class SendStatus(Enum):
    YES = "yes"
    LATER = "later"
    STOP = "stop"
    STOP_ALL = "stop_all"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Outcome:
    """What a call came to. `seconds` is how long to wait, for LATER; channel and ts identify the message, for YES, and
    `text` is what it says where it was found in the channel.

    `held` is the method that Slack asked this workspace not to call for so long.
    """

    status: SendStatus
    reason: str = ""
    seconds: float = 0
    held: str | None = None
    channel: str | None = None
    ts: str | None = None
    text: str | None = None


def said(error: SlackApiError) -> tuple[int, str]:
    """HTTP status and Slack's error, 0 and "" if there is none."""
    response = error.response
    data = getattr(response, "data", None)
    name = data.get("error", "") if isinstance(data, dict) else ""
    return getattr(response, "status_code", 0), name


def asks_to_wait(error: SlackApiError) -> bool:
    """Whether the call was not executed, and may be retried after a pause."""
    status, name = said(error)
    return status == 429 or name in PASSING


def leaves_open(error: SlackApiError) -> bool:
    """Whether it may have been executed or not."""
    status, name = said(error)
    return status >= 500 or name in UNSAID or not name


def seconds_to_wait(error: SlackApiError) -> float:
    """`Retry-After`, however its name is spelled; one second if Slack names none."""
    headers: Mapping[str, str] = error.response.headers
    asked = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    return float(asked) if asked.isdigit() else 1.0


def classify_error(error: SlackApiError, method: str | None = None) -> Outcome:
    """What an error means for a call, and for what was to be sent (slack.md; design.md, Schedule and delivery)."""
    if asks_to_wait(error):
        return Outcome(SendStatus.LATER, HELD, seconds_to_wait(error), held=method)
    status, name = said(error)
    if leaves_open(error):
        return Outcome(SendStatus.UNCLEAR, f"Slack answered {name or status}")
    if name in OF_CHANNEL:
        return Outcome(SendStatus.STOP, OF_CHANNEL[name])
    if name in OF_WORKSPACE:
        return Outcome(SendStatus.STOP_ALL, OF_WORKSPACE[name])
    return Outcome(SendStatus.REFUSED, f"Slack refused: {name}")
