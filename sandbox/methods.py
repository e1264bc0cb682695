"""What a Web API method is: a function with the scopes, the token, the pace and the arguments that it takes."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.sandbox import Sandbox
from sandbox.world import APP, BOT, BOT_USER, TEAM, Channel, Json, Message

BOT_TOKEN, APP_TOKEN = "xoxb-sandbox", "xapp-sandbox"
DEFAULT_PAGE, LARGEST_PAGE = 100, 1000


class Refused(Exception):
    """Slack's answer when it doesn't do something: the error's name and what else stands in the answer."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


def refuse_arguments(error: str, messages: Sequence[str]) -> Refused:
    """invalid_blocks and its like, with Slack's list of what is wrong."""
    return Refused(error, response_metadata={"messages": [f"[ERROR] {m}" for m in messages]}, errors=list(messages))


Function = Callable[[Sandbox, Json], Json]


@dataclass(frozen=True)
class Method:
    function: Function
    tier: int
    scope: str = ""
    required: tuple[str, ...] = ()
    token: str = BOT_TOKEN


def need(sandbox: Sandbox, scope: str) -> None:
    granted = sandbox.manifest.granted()
    if scope not in granted:
        raise Refused("missing_scope", needed=scope, provided=",".join(granted))


def scope_for(channel: Channel, verb: str) -> str:
    """channels:read for a public channel, groups:read for a private one, im:read for a DM."""
    family = "im" if channel.dm_with else "groups" if channel.is_private else "channels"
    return f"{family}:{verb}"


def seen_channel(sandbox: Sandbox, args: Json) -> Channel:
    """The channel that the call names, as far as the bot can know of it."""
    channel = sandbox.world.channels.get(str(args["channel"]))
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise Refused("channel_not_found")
    return channel


def flag(args: Json, name: str, *, default: bool = False) -> bool:
    value = args.get(name, default)
    return value.lower() in {"1", "true"} if isinstance(value, str) else bool(value)


def decoded(args: Json, name: str, error: str) -> Any:
    """An argument that may come as JSON text in a form; None when it was not given."""
    value = args.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError as trouble:
        raise Refused(error) from trouble


def page(items: Sequence[Any], args: Json) -> tuple[list[Any], str]:
    """One page of a list, and the cursor of the next, empty after the last."""
    try:
        limit = int(args.get("limit") or DEFAULT_PAGE)
        at = int(base64.b64decode(args.get("cursor") or b"MA==", validate=True).decode().rpartition(":")[2])
    except ValueError as error:
        raise Refused("invalid_cursor" if args.get("cursor") else "invalid_limit") from error
    if not 0 < limit <= LARGEST_PAGE:
        raise Refused("invalid_limit")
    more = at + limit < len(items)
    return list(items[at : at + limit]), base64.b64encode(f"next:{at + limit}".encode()).decode() if more else ""


def message_json(message: Message, *, metadata: bool = True) -> Json:
    """A message as the Web API and the payloads show it."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text, "team": TEAM}
    if message.user == BOT_USER:
        shown |= {"bot_id": BOT, "app_id": APP}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.ts}
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown
