"""Shortcuts: what the app put into a message's menu, and into the one that is everywhere."""

import copy

from sandbox import payloads
from sandbox.interactions import NOT_CONNECTED, TIMEOUT, Impossible, find_place
from sandbox.sandbox import Sandbox
from sandbox.sockets import NoAck, NoConnection
from sandbox.world import Json, Person


async def use(sandbox: Sandbox, person: Person, body: Json) -> Json:
    """Use one: on the message that `channel` and `ts` name, or on nothing. Strangers have none of them."""
    callback, on_message = str(body.get("callback_id")), bool(body.get("ts"))
    kind = "message" if on_message else "global"
    if (callback, kind) not in {(known["callback_id"], known["type"]) for known in sandbox.manifest.shortcuts}:
        raise Impossible("unknown_shortcut")
    if person.is_stranger:
        raise Impossible("restricted_action", 403)
    payload = _on_message(sandbox, person, body) if on_message else payloads.global_shortcut(sandbox, person, callback)
    try:
        await sandbox.way_in.send("interactive", copy.deepcopy(payload))
    except (NoAck, NoConnection) as trouble:
        sandbox.touch()
        return {"ok": False, "error": TIMEOUT if isinstance(trouble, NoAck) else NOT_CONNECTED}
    sandbox.touch()
    return {"ok": True}


def _on_message(sandbox: Sandbox, person: Person, body: Json) -> Json:
    """A message for one person alone has no menu; in a channel that one is not in there is none either."""
    place = find_place(sandbox, person, {"channel": body.get("channel"), "ts": body.get("ts")})
    if place.channel is None or place.message is None or person.id not in place.channel.members:
        raise Impossible("restricted_action", 403)
    if place.message.only_for is not None:
        raise Impossible("restricted_action", 403)
    return payloads.message_shortcut(sandbox, person, place.channel, place.message, str(body.get("callback_id")))
