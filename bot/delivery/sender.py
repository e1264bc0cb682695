"""Calls Slack and classifies the result: yes, no, retry later, stop, or unclear."""

from collections.abc import Awaitable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.message import Message, View
from bot.runtime.slack_errors import UNREACHABLE, asks_to_wait, leaves_open, said, seconds_to_wait
from bot.services.claims import HELD, ClaimedDelivery

EVENT = "collab_delivery"
"""The metadata's event type. Its payload is the delivery's random id and nothing else, since others can read it."""

OF_CHANNEL = {
    "is_archived": "the channel was archived",
    "channel_not_found": "I am not in the channel any more",
    "not_in_channel": "I am not in the channel any more",
    "restricted_action": "the channel doesn't let the app post",
}
OF_PERSON = "Slack takes nothing for this person now"
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
    """What Slack said. `seconds` is how long to wait, for LATER; channel and ts identify the message, for YES.

    `held` is the method that Slack asked this workspace not to call for so long.
    """

    answer: SendStatus
    reason: str = ""
    seconds: float = 0
    held: str | None = None
    channel: str | None = None
    ts: str | None = None


GONE = "message_not_found"
"""Slack's error for a message that somebody else deleted before."""


async def send(
    client: AsyncWebClient, claimed: ClaimedDelivery, message: Message, channel: str, ts: str | None
) -> Outcome:
    """Post a message; with `ts` update or delete an earlier one."""
    if ts is None:
        return await _answered(
            "chat.postMessage", client.chat_postMessage(channel=channel, **_arguments(claimed, message))
        )
    if claimed.operation == "delete":
        deleted = await _answered("chat.delete", client.chat_delete(channel=channel, ts=ts))
        return Outcome(SendStatus.YES, channel=channel, ts=ts) if deleted.reason.endswith(GONE) else deleted
    changing = client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)
    return await _answered("chat.update", changing)


async def publish(client: AsyncWebClient, person: str, view: View) -> Outcome:
    """Publish somebody's Home."""
    return await _answered("views.publish", client.views_publish(user_id=person, view=view))


async def _answered(method: str, calling: Awaitable[AsyncSlackResponse]) -> Outcome:
    try:
        answer = await calling
    except SlackApiError as error:
        return classify_error(error, method)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        return Outcome(SendStatus.LATER, "Slack could not be reached", 5)
    except UNREACHABLE:
        return Outcome(SendStatus.UNCLEAR, "Slack gave no answer")
    return Outcome(SendStatus.YES, channel=answer.get("channel"), ts=answer.get("ts"))


def _arguments(claimed: ClaimedDelivery, message: Message) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT, "event_payload": {"delivery": claimed.nonce}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return arguments | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def classify_error(error: SlackApiError, method: str | None = None) -> Outcome:
    """What an error means for a delivery (slack.md; design.md, Schedule and delivery)."""
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


async def open_dm(client: AsyncWebClient, person: str) -> Outcome:
    """Open the direct-message channel with a person."""
    try:
        answer = await client.conversations_open(users=[person])
    except SlackApiError as error:
        outcome = classify_error(error, "conversations.open")
        # Opening a conversation is idempotent, so an unclear result may be retried.
        return Outcome(SendStatus.LATER, outcome.reason, 2) if outcome.answer is SendStatus.UNCLEAR else outcome
    except UNREACHABLE:
        return Outcome(SendStatus.LATER, "Slack gave no answer", 2)
    return Outcome(SendStatus.YES, channel=answer["channel"]["id"])
