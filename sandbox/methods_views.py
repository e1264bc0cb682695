"""views.*: modals and Home. What an acknowledgement does to a modal uses the same functions."""

import secrets
from typing import Any

from sandbox.elements import initial_values
from sandbox.methods import Method, Refused, decoded, refuse_arguments
from sandbox.sandbox import Sandbox, Trigger
from sandbox.view_check import check_view, complete, is_too_large
from sandbox.world import APP, BOT, TEAM, Json, View, World, new_id

MOST_MODALS = 3
DEFAULTS: Json = {
    "private_metadata": "",
    "callback_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
    "external_id": "",
    "title": None,
    "submit": None,
    "close": None,
    "submit_disabled": False,
}


def view_json(view: View) -> Json:
    """A view as Slack tells the app of it."""
    return {
        **DEFAULTS,
        **view.content,
        "id": view.id,
        "team_id": TEAM,
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": APP,
        "bot_id": BOT,
        "app_installed_team_id": TEAM,
    }


def take_view(world: World, given: Any, kind: str, known_as: str = "") -> Json:
    """The app's view, checked and completed; `known_as` is the view that it may share its external_id with."""
    if isinstance(given, dict) and is_too_large(given):
        raise Refused("view_too_large")
    if wrong := check_view(given, kind):
        raise refuse_arguments("invalid_arguments", wrong)
    external = given.get("external_id")
    if external and any(v.content.get("external_id") == external and v.id != known_as for v in world.views()):
        raise Refused("duplicate_external_id")
    return {**given, "blocks": complete(given["blocks"])}


def make_view(world: World, person: str, content: Json) -> View:
    view = View(new_id("V"), person, content, _new_hash(world), "")
    view.root = view.id
    view.values = initial_values(view.blocks, {})
    return view


def _new_hash(world: World) -> str:
    return f"{int(world.now().timestamp())}.{secrets.token_urlsafe(6)}"


def put_on_top(world: World, person: str, content: Json) -> View:
    """Push a modal onto the person's stack of at most three."""
    stack = world.stack(person)
    if len(stack) >= MOST_MODALS:
        raise Refused("push_limit_reached")
    view = make_view(world, person, content)
    if stack:
        view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return view


def replace(world: World, view: View, content: Json) -> None:
    """Put something else in a view's place. What was typed stays where block and action have the same ids."""
    view.content = content
    view.hash = _new_hash(world)
    view.values = initial_values(view.blocks, view.values)
    view.errors, view.error = {}, None
    view.suggested.clear()


def _exchange(sandbox: Sandbox, args: Json) -> Trigger:
    trigger = sandbox.triggers.get(str(args["trigger_id"]))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if sandbox.timer() - trigger.made > sandbox.trigger_seconds:
        raise Refused("expired_trigger_id")
    return trigger


def _view(args: Json) -> Any:
    return decoded(args, "view", "invalid_arguments")


def open_modal(sandbox: Sandbox, args: Json) -> Json:
    """A new modal, in the place of whatever was open: onto a modal one pushes.

    Slack takes the call there too, but promises nothing of what clients make of it; this is the worst of it.
    """
    trigger = _exchange(sandbox, args)
    content = take_view(sandbox.world, _view(args), "modal")
    sandbox.world.stack(trigger.person).clear()
    view = put_on_top(sandbox.world, trigger.person, content)
    trigger.used = True
    sandbox.touch()
    return {"ok": True, "view": view_json(view)}


def push(sandbox: Sandbox, args: Json) -> Json:
    trigger = _exchange(sandbox, args)
    stack = sandbox.world.stack(trigger.person)
    if trigger.view not in [view.id for view in stack]:
        raise Refused("invalid_trigger_id")
    view = put_on_top(sandbox.world, trigger.person, take_view(sandbox.world, _view(args), "modal"))
    trigger.used = True
    sandbox.touch()
    return {"ok": True, "view": view_json(view)}


def update(sandbox: Sandbox, args: Json) -> Json:
    name, known_as = args.get("view_id"), args.get("external_id")
    if not name and not known_as:
        raise refuse_arguments("invalid_arguments", ["missing required field: view_id"])
    views = sandbox.world.views()
    view = next((v for v in views if v.id == name or (known_as and v.content.get("external_id") == known_as)), None)
    if view is None:
        raise Refused("not_found")
    _same(view, args)
    replace(sandbox.world, view, take_view(sandbox.world, _view(args), view.content["type"], view.id))
    sandbox.touch()
    return {"ok": True, "view": view_json(view)}


def _same(view: View, args: Json) -> None:
    if args.get("hash") and args["hash"] != view.hash:
        raise Refused("hash_conflict")


def publish(sandbox: Sandbox, args: Json) -> Json:
    world = sandbox.world
    person = world.people.get(str(args["user_id"]))
    if person is None or person.is_stranger or not person.can_be_looked_through:
        raise Refused("user_not_found")
    view = world.homes.get(person.id)
    content = take_view(world, _view(args), "home", view.id if view else "")
    if view is None:
        view = world.homes[person.id] = make_view(world, person.id, content)
    else:
        _same(view, args)
        replace(world, view, content)
    sandbox.touch()
    return {"ok": True, "view": view_json(view)}


METHODS = {
    "views.open": Method(open_modal, 4, "", ("trigger_id", "view")),
    "views.push": Method(push, 4, "", ("trigger_id", "view")),
    "views.update": Method(update, 4, "", ("view",)),
    "views.publish": Method(publish, 4, "", ("user_id", "view")),
}
