"""Finds our own message in a channel's history when Slack left open whether it accepted a post.

The answer is "not there" only if every message posted since then could be read and is certainly another one: posting
again on a guess would post twice.
"""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.runtime.slack_errors import UNREACHABLE, Outcome, SendStatus, classify_error
from bot.services.claims import ClaimedDelivery

MOST_PAGES = 5
PAGE = 200
"""How many pages and messages are read. If the channel has more since then, a person decides."""

BEFORE = timedelta(days=1)
"""How long before its due time a message is searched for. It cannot be older, even if a clock was wrong."""

NOT_THERE = "not there"
SLOW = "history can only be read slowly"
CUT_SHORT = "not all of the channel's history is shown"
UNMARKED = "a message of ours is there without its mark"


async def find(
    client: AsyncWebClient,
    claimed: ClaimedDelivery,
    channel: str,
    thread_ts: str | None = None,
    us: str = "",
    known: Container[str] = (),
) -> Outcome:
    """Search for our own message by its metadata, in the channel or in a thread (a channel's history leaves threads
    out).

    `us` is the bot's user id, `known` are the messages there that belong to other deliveries. YES if it is there,
    LATER if it is not (yet), REFUSED if history may not be read, is too long, or the result is uncertain.
    """
    cursor, doubt = "", ""
    for number in range(MOST_PAGES):
        try:
            page = await _page(
                client, channel, thread_ts, cursor, (claimed.stands_since or claimed.planned_for) - BEFORE
            )
        except SlackApiError as error:
            return _not_shown(error, thread_ts, number)
        except UNREACHABLE:
            return Outcome(SendStatus.UNCLEAR, "Slack gave no answer")
        messages = page.get("messages")
        for message in messages or ():
            if _mark(message) == claimed.nonce:
                return Outcome(SendStatus.YES, channel=channel, ts=message["ts"], text=message.get("text"))
            if _may_be_ours(message, us, known):
                doubt = UNMARKED
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            doubt = doubt or (CUT_SHORT if messages is None or page.get("has_more") else "")
            return Outcome(SendStatus.REFUSED, doubt) if doubt else Outcome(SendStatus.LATER, NOT_THERE)
    return Outcome(SendStatus.REFUSED, CUT_SHORT)


def _not_shown(error: SlackApiError, thread_ts: str | None, pages_before: int) -> Outcome:
    """Slack did not return a page. Where the next page has to wait a minute (apps sold outside Slack's marketplace may
    read once a minute), another search would start at the first page again, for ever."""
    outcome = classify_error(error, "conversations.history" if thread_ts is None else "conversations.replies")
    if outcome.status is SendStatus.LATER and pages_before:
        return Outcome(SendStatus.REFUSED, SLOW, outcome.seconds, outcome.held)
    may_look = outcome.status in {SendStatus.LATER, SendStatus.UNCLEAR}
    return outcome if may_look else Outcome(SendStatus.REFUSED, "history can't be read")


async def _page(
    client: AsyncWebClient, channel: str, thread_ts: str | None, cursor: str, oldest: datetime
) -> AsyncSlackResponse:
    asked: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": PAGE, "cursor": cursor}
    asked["oldest"] = f"{oldest.timestamp():.6f}"
    if thread_ts is None:
        return await client.conversations_history(**asked)
    return await client.conversations_replies(ts=thread_ts, **asked)


def _mark(message: Mapping[str, Any]) -> str | None:
    """The id of the delivery in a message's metadata."""
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    mark = payload.get("delivery") if isinstance(payload, Mapping) else None
    return mark if isinstance(mark, str) and mark else None


def _may_be_ours(message: Mapping[str, Any], us: str, known: Container[str]) -> bool:
    """Whether a message without metadata could be the one: posted by the bot, or by an app whose user Slack does not
    name, and not the message of another delivery."""
    if _mark(message) is not None or message.get("ts") in known:
        return False
    user = message.get("user")
    if user and us:
        return bool(user == us)
    return bool(message.get("bot_id") or message.get("app_id"))
