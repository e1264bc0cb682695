"""Posts, updates, deletes and publishes: each call to Slack gives an outcome."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.message import Message, View
from bot.runtime.slack_errors import UNREACHABLE, Outcome, SendStatus, classify_error
from bot.services.claims import ClaimedDelivery

EVENT = "collab_delivery"
"""The metadata's event type. Its payload is the delivery's random id and nothing else, since others can read it."""

OF_PERSON = "Slack takes nothing for this person now"

GONE = "message_not_found"
"""Slack's error for a message that somebody else deleted before."""


async def send(
    client: AsyncWebClient, claimed: ClaimedDelivery, message: Message, channel: str, ts: str | None
) -> Outcome:
    """Post a message; with `ts` update an earlier one."""
    if ts is None:
        return await _answered(
            "chat.postMessage", client.chat_postMessage(channel=channel, **_arguments(claimed, message))
        )
    changing = client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)
    return await _answered("chat.update", changing)


async def delete(client: AsyncWebClient, channel: str, ts: str) -> Outcome:
    """Delete a message; one that is gone already is deleted."""
    deleted = await _answered("chat.delete", client.chat_delete(channel=channel, ts=ts))
    return Outcome(SendStatus.YES, channel=channel, ts=ts) if deleted.reason.endswith(GONE) else deleted


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


async def open_dm(client: AsyncWebClient, person: str) -> Outcome:
    """Open the direct-message channel with a person."""
    try:
        answer = await client.conversations_open(users=[person])
    except SlackApiError as error:
        outcome = classify_error(error, "conversations.open")
        # Opening a conversation is idempotent, so an unclear result may be retried.
        return Outcome(SendStatus.LATER, outcome.reason, 2) if outcome.status is SendStatus.UNCLEAR else outcome
    except UNREACHABLE:
        return Outcome(SendStatus.LATER, "Slack gave no answer", 2)
    return Outcome(SendStatus.YES, channel=answer["channel"]["id"])
