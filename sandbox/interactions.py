"""What people do: commands and presses, sent to the app; and what its acknowledgement does."""

import copy
from dataclasses import dataclass
from typing import Any

from sandbox import payloads
from sandbox.elements import NotOffered, as_action, every_element, find_element, initial_values, put_in
from sandbox.methods import Refused
from sandbox.responses import respond
from sandbox.sandbox import ResponseUrl, Sandbox
from sandbox.sockets import NoAck, NoConnection
from sandbox.world import Channel, Json, Message, Person, Values, View

TIMEOUT, NOT_CONNECTED = "operation_timeout", "dispatch_failed"
TROUBLE = "We had some trouble connecting. Try again?"


class Impossible(Exception):
    """Something that this person could not do in Slack's client; `error` names it, `status` is HTTP's."""

    def __init__(self, error: str, status: int = 404) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


async def run_command(sandbox: Sandbox, person: Person, channel: Channel, command: str, text: str) -> Json:
    """Type a slash command, and wait for what the app says."""
    if person.id not in channel.members or channel.is_archived or person.is_stranger:
        raise Impossible("restricted_action", 403)
    if command not in {known["command"] for known in sandbox.manifest.commands}:
        raise Impossible("unknown_command")
    payload = payloads.command_payload(sandbox, person, channel, command, text)
    try:
        ack = await sandbox.way_in.send("slash_commands", payload)
        url = ResponseUrl(person.id, channel.id, 0)
        said = respond(sandbox, url, ack) if ack and (ack.get("text") or ack.get("blocks")) else None
    except (NoAck, NoConnection, Refused) as trouble:
        return _command_failed(sandbox, person, command, trouble)
    sandbox.touch()
    return {"ok": True, "reply": shown_message(said) if said else None}


def _command_failed(sandbox: Sandbox, person: Person, command: str, trouble: Exception) -> Json:
    error, more = TIMEOUT, {}
    if isinstance(trouble, NoConnection):
        error = NOT_CONNECTED
    elif isinstance(trouble, Refused):
        error, more = "invalid_command_response", {"answer": trouble.answer}
    sandbox.world.notify(person.id, f'{command} failed with the error "{error}"')
    sandbox.touch()
    return {"ok": False, "error": error, **more}


def shown_message(message: Message) -> Json:
    """A message as people (and the page) see it."""
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "ephemeral": message.only_for is not None,
        "files": message.files,
    }


# ---- Pressing ----


@dataclass
class Place:
    """Where something is pressed: in a view, or in a message (which may be gone) of a channel."""

    view: View | None = None
    channel: Channel | None = None
    ts: str = ""
    message: Message | None = None

    @property
    def blocks(self) -> list[Json]:
        if self.view is not None:
            return self.view.blocks
        return self.message.blocks if self.message is not None else []

    def values(self, person: Person) -> Values:
        """What stands in the selects and inputs here, for this person; to be changed in place."""
        if self.view is not None:
            return self.view.values
        if self.message is None:
            return {}
        return self.message.picked.setdefault(person.id, initial_values(self.message.blocks, {}))


def find_place(sandbox: Sandbox, person: Person, body: Json) -> Place:
    """The place that a request names: view_id, home, or channel and ts."""
    world = sandbox.world
    if body.get("home") or body.get("view_id"):
        stack = [*world.stack(person.id), *([world.homes[person.id]] if person.id in world.homes else [])]
        wanted = world.homes[person.id].id if body.get("home") and person.id in world.homes else body.get("view_id")
        view = next((view for view in stack if view.id == wanted), None)
        if view is None:
            raise Impossible("no_such_view")
        return Place(view=view)
    channel = world.channels.get(str(body.get("channel")))
    if channel is None or channel not in world.visible(person.id):
        raise Impossible("no_such_channel")
    message = channel.find(str(body.get("ts")))
    hidden = message is None or message.only_for not in {None, person.id}
    if hidden and not body.get("blind"):
        raise Impossible("no_such_message")
    return Place(channel=channel, ts=str(body.get("ts")), message=None if hidden else message)


async def press(sandbox: Sandbox, person: Person, body: Json) -> Json:
    """Press a button, or pick something in a select."""
    place = find_place(sandbox, person, body)
    if place.view is not None:
        fill_in(place.view, body.get("values") or {}, strict=False)
    action = _blind(sandbox, body) if body.get("blind") else _use(sandbox, person, place, body)
    if action is None:
        return {"ok": True}
    if place.view is not None:
        payload = payloads.view_press(sandbox, person, place.view, action)
    elif place.channel is not None:
        payload = payloads.message_press(sandbox, person, place.channel, place.ts, place.message, action)
    payload = copy.deepcopy(payload)  # what was sent stays what it was
    try:
        await sandbox.way_in.send("interactive", payload)
    except (NoAck, NoConnection) as trouble:
        sandbox.touch()
        return {"ok": False, "error": TIMEOUT if isinstance(trouble, NoAck) else NOT_CONNECTED}
    sandbox.touch()
    return {"ok": True}


def _use(sandbox: Sandbox, person: Person, place: Place, body: Json) -> Json | None:
    """What the app is told about the element that was used; None when Slack tells it nothing."""
    found = find_element(place.blocks, str(body.get("action_id")), body.get("block_id"))
    if found is None:
        raise Impossible("no_such_element")
    block, element = found
    values, value = place.values(person), body.get("value")
    states, state = values.get(block["block_id"], {}), None
    try:
        if element["action_id"] in states:
            state = states[element["action_id"]] = put_in(element, value, _suggested(place, block, element))
        action = as_action(block, element, state, value, sandbox.world.next_ts())
    except NotOffered as trouble:
        raise Impossible("no_such_option", 400) from trouble
    quiet = block["type"] == "input" and not block.get("dispatch_action")
    return None if quiet else action


def _suggested(place: Place, block: Json, element: Json) -> list[Json]:
    return place.view.suggested.get((block["block_id"], element["action_id"]), []) if place.view is not None else []


def _blind(sandbox: Sandbox, body: Json) -> Json:
    """A button that may not stand there any more: a client shows old messages for a while."""
    return {
        "type": "button",
        "action_id": str(body.get("action_id")),
        "block_id": str(body.get("block_id") or "gone"),
        "text": {"type": "plain_text", "text": "…", "emoji": True},
        "value": str(body.get("value") or ""),
        "action_ts": sandbox.world.next_ts(),
    }


def fill_in(view: View, given: Json, *, strict: bool = True) -> None:
    """Put values into a form: {block: {action: value}} or {action: value}. Nothing changes when one can't be put in."""
    fresh = copy.deepcopy(view.values)
    for block_id, action_id, value in _each(view, given):
        found = find_element(view.blocks, action_id, block_id)
        if found is None:
            if strict:
                raise Impossible("no_such_element")
            continue
        block, element = found
        try:
            suggested = view.suggested.get((block["block_id"], action_id), [])
            fresh[block["block_id"]][action_id] = put_in(element, value, suggested)
        except (NotOffered, KeyError) as trouble:
            if strict:
                raise Impossible("no_such_option", 400) from trouble
    view.values = fresh


def _each(view: View, given: Json) -> list[tuple[str | None, str, Any]]:
    """(block or None, action, value) of both ways to write values."""
    blocks = {block["block_id"] for block, _ in every_element(view.blocks)}
    listed: list[tuple[str | None, str, Any]] = []
    for name, value in given.items():
        if name in blocks and isinstance(value, dict):
            listed += [(name, action, inner) for action, inner in value.items()]
        else:
            listed.append((None, name, value))
    return listed
