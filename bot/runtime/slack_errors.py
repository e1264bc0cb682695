"""Slack's errors by what they mean for a retry: unreachable, rate limited, left open, or refused."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

UNREACHABLE = (TimeoutError, aiohttp.ClientError, OSError)
"""What a call raises that got no response."""

FAILED = (SlackApiError, *UNREACHABLE)
"""What a failed call raises."""

UNSAID = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
"""Slack's errors that leave open whether the call was executed."""

PASSING = {"ratelimited", "rate_limited", "team_added_to_org"}
"""Those that say that it was not, and may be retried later."""


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
