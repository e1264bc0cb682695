"""Forms: sending them, closing them, looking for options while typing."""

import copy

from sandbox import payloads
from sandbox.elements import client_errors, find_element
from sandbox.interactions import TROUBLE, Impossible, Place, fill_in, find_place
from sandbox.methods import Refused, message_json
from sandbox.methods_views import put_on_top, replace, take_view, view_json
from sandbox.sandbox import Sandbox
from sandbox.sockets import NoAck, NoConnection
from sandbox.view_check import check_suggestions
from sandbox.world import Json, Person, View


class Unusable(Exception):
    """The app's answer to a form is not one that Slack takes."""


async def submit(sandbox: Sandbox, person: Person, view_id: str, given: Json) -> Json:
    """Send the modal on top: Slack's own checks first, then the app's."""
    view = _top(sandbox, person, view_id)
    if "submit" not in view.content:
        raise Impossible("no_submit_button")
    fill_in(view, given)
    view.error, view.errors = None, client_errors(view.blocks, view.values)
    if not view.errors:
        await _ask(sandbox, person, view)
    sandbox.touch()
    return {"ok": not (view.errors or view.error), "errors": view.errors or None, "error": view.error}


def _top(sandbox: Sandbox, person: Person, view_id: str) -> View:
    stack = sandbox.world.stack(person.id)
    if not stack or stack[-1].id != view_id:
        raise Impossible("no_such_view")
    return stack[-1]


async def _ask(sandbox: Sandbox, person: Person, view: View) -> None:
    payload = copy.deepcopy(payloads.submission(sandbox, person, view))
    try:
        ack = await sandbox.way_in.send("interactive", payload)
        if view in sandbox.world.stack(person.id):
            await _follow(sandbox, person, view, ack or {})
    except (NoAck, NoConnection, Unusable, Refused):
        view.error = TROUBLE


async def _follow(sandbox: Sandbox, person: Person, view: View, ack: Json) -> None:
    """Do what the acknowledgement says; without a word the modal closes."""
    stack, world = sandbox.world.stack(person.id), sandbox.world
    match ack.get("response_action"):
        case None if not ack:
            stack.remove(view)
        case "clear":
            stack.clear()
        case "errors":
            view.errors = _errors(view, ack)
        case "update":
            replace(world, view, take_view(world, ack.get("view"), "modal", view.id))
        case "push":
            put_on_top(world, person.id, take_view(world, ack.get("view"), "modal"))
        case _:
            raise Unusable


def _errors(view: View, ack: Json) -> dict[str, str]:
    errors = ack.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - inputs:
        raise Unusable
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise Unusable
    return errors


async def close(sandbox: Sandbox, person: Person, view_id: str) -> Json:
    """Close a modal and what stands on it. The app hears of it where it asked to."""
    stack = sandbox.world.stack(person.id)
    at = next((n for n, view in enumerate(stack) if view.id == view_id), None)
    if at is None:
        raise Impossible("no_such_view")
    clears = bool(stack[at].content.get("clear_on_close"))
    at = 0 if clears else at
    gone = stack[at:]
    del stack[at:]
    sandbox.touch()
    for view in reversed(gone):
        if view.content.get("notify_on_close"):
            await _tell_closed(sandbox, person, view, is_cleared=clears)
    return {"ok": True}


async def _tell_closed(sandbox: Sandbox, person: Person, view: View, *, is_cleared: bool) -> None:
    try:
        await sandbox.way_in.send("interactive", payloads.closed(person, view, is_cleared=is_cleared))
    except (NoAck, NoConnection):
        return  # the modal is closed all the same


async def suggest(sandbox: Sandbox, person: Person, body: Json) -> Json:
    """What the app offers for the letters typed so far."""
    place, query = find_place(sandbox, person, body), str(body.get("query") or "")
    found = find_element(place.blocks, str(body.get("action_id")), body.get("block_id"))
    if found is None or found[1]["type"] != "external_select":
        raise Impossible("no_such_element")
    block, element = found
    if len(query) < element.get("min_query_length", 3):
        return {"ok": True, "options": []}
    payload = payloads.suggestion(person, _where(place), block["block_id"], element["action_id"], query)
    try:
        ack = await sandbox.way_in.send("interactive", payload)
    except (NoAck, NoConnection):
        return {"ok": False, "error": "no_answer", "options": []}
    if wrong := check_suggestions(ack):
        return {"ok": False, "error": "invalid_options", "messages": wrong, "options": []}
    return _offer(place, block, element, ack or {})


def _where(place: Place) -> Json:
    if place.view is not None:
        return {"container": {"type": "view", "view_id": place.view.id}, "view": view_json(place.view)}
    if place.channel is None or place.message is None:
        raise Impossible("no_such_message")
    return {
        "container": {"type": "message", "message_ts": place.ts, "channel_id": place.channel.id},
        "channel": {"id": place.channel.id, "name": place.channel.payload_name},
        "message": message_json(place.message),
    }


def _offer(place: Place, block: Json, element: Json, ack: Json) -> Json:
    groups = ack.get("option_groups")
    options = [*ack.get("options", []), *(option for group in groups or [] for option in group["options"])]
    if place.view is not None:
        place.view.suggested[block["block_id"], element["action_id"]] = options
    shown: Json = {"ok": True, "options": [_flat(option) for option in ack.get("options", [])]}
    if groups is not None:
        named = [{"label": g["label"]["text"], "options": [_flat(o) for o in g["options"]]} for g in groups]
        shown["option_groups"] = named
    return shown


def _flat(option: Json) -> Json:
    return {"text": option["text"]["text"], "value": option["value"]}


def shown_view(view: View) -> Json:
    """A view as people (and the page) see it."""
    return view_json(view) | {"errors": view.errors, "error": view.error}
