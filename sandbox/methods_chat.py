"""chat.*: posting, bringing up to date, deleting, whispering."""

import json
from typing import Any

from sandbox.blocks import check_blocks
from sandbox.methods import Method, Refused, decoded, message_json, refuse_arguments, seen_channel
from sandbox.sandbox import Sandbox
from sandbox.view_check import MOST_BLOCKS, complete
from sandbox.world import BOT_USER, Channel, Json, Message

LONGEST_TEXT = 40_000
LONGEST_BLOCKS = 12_000
"""Characters of text in all blocks together that chat.* takes. Slack's documentation doesn't say it; its people do
(github.com/slackapi/bolt-js, issue 2509: 12,000 and a buffer). Answers through a response_url are not held to it."""

LARGEST_METADATA = 16_000


def content(args: Json) -> tuple[str, list[Json]]:
    """The text and the blocks of a message, checked."""
    text, blocks = args.get("text") or "", decoded(args, "blocks", "invalid_blocks_format")
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if not isinstance(text, str):
        raise Refused("invalid_arguments")
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > LONGEST_TEXT:
        raise Refused("msg_too_long")
    if wrong := check_blocks(blocks or [], MOST_BLOCKS["message"]):
        raise refuse_arguments("invalid_blocks", wrong)
    return text, complete(blocks or [])


def _content(args: Json) -> tuple[str, list[Json]]:
    """The same for a post of the bot's own, which has a limit for everything together."""
    text, blocks = content(args)
    if _characters(blocks) > LONGEST_BLOCKS:
        raise Refused("msg_blocks_too_long")
    return text, blocks


def _characters(node: Any) -> int:
    if isinstance(node, list):
        return sum(_characters(part) for part in node)
    if not isinstance(node, dict):
        return 0
    return sum(
        len(part) if name == "text" and isinstance(part, str) else _characters(part) for name, part in node.items()
    )


def _metadata(args: Json) -> Json | None:
    metadata: Any = decoded(args, "metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata)) > LARGEST_METADATA:
        raise Refused("metadata_too_large")
    return metadata


def _place(sandbox: Sandbox, name: str) -> Channel:
    """Where to post: a channel, or a person's DM by their id."""
    world = sandbox.world
    person = world.people.get(name)
    if person is not None:
        if person.is_bot or person.deleted or person.is_stranger:
            raise Refused("channel_not_found")
        return world.dm(name)
    channel = seen_channel(sandbox, {"channel": name})
    if channel.dm_with and world.people[channel.dm_with].deleted:
        raise Refused("channel_not_found")
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    if channel.is_archived:
        raise Refused("is_archived")
    return channel


def _paced(sandbox: Sandbox, channel: Channel) -> None:
    if wait := sandbox.limits.post(channel.id):
        raise Refused("ratelimited", retry_after=wait)


def _thread(channel: Channel, args: Json) -> str | None:
    ts = args.get("thread_ts")
    if not ts:
        return None
    parent = channel.find(str(ts))
    if parent is None:
        raise Refused("thread_not_found")
    return parent.thread_ts or parent.ts


def post(sandbox: Sandbox, args: Json) -> Json:
    channel = _place(sandbox, str(args["channel"]))
    text, blocks = _content(args)
    metadata, thread = _metadata(args), _thread(channel, args)
    _paced(sandbox, channel)
    message = Message(sandbox.world.next_ts(), BOT_USER, text, blocks, thread, metadata=metadata)
    sandbox.world.post(channel, message)
    sandbox.touch()
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": message_json(message)}


def post_ephemeral(sandbox: Sandbox, args: Json) -> Json:
    channel = _place(sandbox, str(args["channel"]))
    person = sandbox.world.people.get(str(args["user"]))
    if person is None or person.deleted or person.id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = _content(args)
    message = Message(sandbox.world.next_ts(), BOT_USER, text, blocks, _thread(channel, args), only_for=person.id)
    sandbox.world.post(channel, message)
    sandbox.touch()
    return {"ok": True, "message_ts": message.ts}


def _own(sandbox: Sandbox, args: Json, error: str) -> tuple[Channel, Message]:
    """The bot's own message that the call names."""
    channel = _place(sandbox, str(args["channel"]))
    message = channel.find(str(args["ts"]))
    if message is None or message.only_for:
        raise Refused("message_not_found")
    if message.user != BOT_USER:
        raise Refused(error)
    return channel, message


def update(sandbox: Sandbox, args: Json) -> Json:
    channel, message = _own(sandbox, args, "cant_update_message")
    message.text, message.blocks = _content(args)
    message.metadata = _metadata(args) or message.metadata
    message.edited = True
    message.picked.clear()
    sandbox.touch()
    shown = message_json(message)
    return {"ok": True, "channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(sandbox: Sandbox, args: Json) -> Json:
    channel, message = _own(sandbox, args, "cant_delete_message")
    channel.messages.remove(message)
    sandbox.touch()
    return {"ok": True, "channel": channel.id, "ts": message.ts}


METHODS = {
    "chat.postMessage": Method(post, 5, "chat:write", ("channel",)),
    "chat.postEphemeral": Method(post_ephemeral, 4, "chat:write", ("channel", "user")),
    "chat.update": Method(update, 3, "chat:write", ("channel", "ts")),
    "chat.delete": Method(delete, 3, "chat:write", ("channel", "ts")),
}
