"""A Slack that can't be reached, or asks to wait: which calls may be made again as they are, and when."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

UNREACHABLE = (TimeoutError, aiohttp.ClientError, OSError)
"""What a call raises that got no answer."""

FAILED = (SlackApiError, *UNREACHABLE)
"""What a call that did not work raises."""

UNSAID = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
"""Slack's errors that leave open whether it was done."""

PASSING = {"ratelimited", "rate_limited", "team_added_to_org"}
"""Those that say that it was not, and that it may be later."""


def said(error: SlackApiError) -> tuple[int, str]:
    """HTTP status and Slack's word for it, 0 and "" where there is none."""
    response = error.response
    data = getattr(response, "data", None)
    name = data.get("error", "") if isinstance(data, dict) else ""
    return getattr(response, "status_code", 0), name


def asks_to_wait(error: SlackApiError) -> bool:
    """Whether it was not done, and may be after a while."""
    status, name = said(error)
    return status == 429 or name in PASSING


def leaves_open(error: SlackApiError) -> bool:
    """Whether it may have been done or not."""
    status, name = said(error)
    return status >= 500 or name in UNSAID or not name


def seconds_to_wait(error: SlackApiError) -> float:
    """`Retry-After`, whatever way its name is written; a second where Slack says none."""
    headers: Mapping[str, str] = error.response.headers
    asked = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    return float(asked) if asked.isdigit() else 1.0
