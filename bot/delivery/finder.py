"""Looking for our own message after Slack left open whether it took it: there, not there, or nobody can tell.

"Not there" is said only where everything that was posted since can be seen and is surely something else: whatever is
posted again on a guess stands there twice.
"""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.sender import Outcome, SendStatus, classify_error
from bot.runtime.slack_errors import UNREACHABLE
from bot.services.claims import ClaimedDelivery

MOST_PAGES = 5
PAGE = 200
"""Pages and messages that a look goes back; a channel that says more in that time is a person's to look at."""

BEFORE = timedelta(days=1)
"""How long before it was due a message is looked for. It can't be there earlier, however wrong a clock was."""

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
    """Look for our own message by its metadata, in the channel or in a thread (a channel's history leaves those out).

    `us` is the bot's user id, `known` are the messages there that belong to other deliveries. YES when it is there,
    LATER when it is not (yet), REFUSED when we may not look, the channel says too much, or nobody can tell.
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
                return Outcome(SendStatus.YES, channel=channel, ts=message["ts"])
            if _may_be_ours(message, us, known):
                doubt = UNMARKED
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            doubt = doubt or (CUT_SHORT if messages is None or page.get("has_more") else "")
            return Outcome(SendStatus.REFUSED, doubt) if doubt else Outcome(SendStatus.LATER, NOT_THERE)
    return Outcome(SendStatus.REFUSED, CUT_SHORT)


def _not_shown(error: SlackApiError, thread_ts: str | None, pages_before: int) -> Outcome:
    """A page that Slack did not give. Where the next one is a minute away (apps that are sold outside Slack's
    marketplace may read once a minute), looking again would begin at the first one for ever."""
    outcome = classify_error(error, "conversations.history" if thread_ts is None else "conversations.replies")
    if outcome.answer is SendStatus.LATER and pages_before:
        return Outcome(SendStatus.REFUSED, SLOW, outcome.seconds, outcome.held)
    may_look = outcome.answer in {SendStatus.LATER, SendStatus.UNCLEAR}
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
    """The delivery that a message says it belongs to."""
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    mark = payload.get("delivery") if isinstance(payload, Mapping) else None
    return mark if isinstance(mark, str) and mark else None


def _may_be_ours(message: Mapping[str, Any], us: str, known: Container[str]) -> bool:
    """Whether a message without a mark could be the one: by the bot, or by an app that Slack doesn't name the user of,
    and of no other delivery."""
    if _mark(message) is not None or message.get("ts") in known:
        return False
    user = message.get("user")
    if user and us:
        return bool(user == us)
    return bool(message.get("bot_id") or message.get("app_id"))
