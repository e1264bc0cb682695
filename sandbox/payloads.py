"""What Slack sends the app, in Slack's shapes."""

import re

from sandbox.methods import message_json
from sandbox.methods_views import view_json
from sandbox.sandbox import Sandbox
from sandbox.world import (
    APP,
    BOT_USER,
    DOMAIN,
    OTHER_DOMAIN,
    TEAM,
    Channel,
    Json,
    Message,
    Person,
    View,
    new_id,
)

TOKEN = "sandbox-verification"  # noqa: S105 - Slack's old verification token; Bolt doesn't look at it

_KEPT = re.compile(r"<(?:@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|!(?:channel|here|everyone))(?:\|[^<>]*)?>|https?://[^\s<>|]+")


def escape(sandbox: Sandbox, text: str) -> str:
    """A command's text with `should_escape`: mentions and links in angle brackets, everything else harmless."""
    done, at = "", 0
    for found in _KEPT.finditer(text):
        done += _harmless(text[at : found.start()]) + _token(sandbox, found[0])
        at = found.end()
    return done + _harmless(text[at:])


def _harmless(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _token(sandbox: Sandbox, token: str) -> str:
    if not token.startswith("<"):
        return f"<{_harmless(token)}>"
    name = token[2:-1].partition("|")[0]
    person, channel = sandbox.world.people.get(name), sandbox.world.channels.get(name)
    if person is not None:
        return f"<@{person.id}|{person.handle}>"
    return f"<#{channel.id}|{channel.name}>" if channel is not None else token


def command_payload(sandbox: Sandbox, person: Person, channel: Channel, command: str, text: str) -> Json:
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.payload_name,
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": escape(sandbox, text.strip()),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": sandbox.new_response_url(person.id, channel.id),
        "trigger_id": sandbox.new_trigger(person.id),
    }


def _interaction(kind: str, person: Person) -> Json:
    user = {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team}
    return {
        "type": kind,
        "user": user,
        "api_app_id": APP,
        "token": TOKEN,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _in_view(kind: str, person: Person, view: View) -> Json:
    """In a modal the team is the person's own, wherever the app is installed: the view says that."""
    team = {"id": person.team, "domain": OTHER_DOMAIN if person.is_stranger else DOMAIN}
    return _interaction(kind, person) | {"team": team, "view": view_json(view)}


def message_press(
    sandbox: Sandbox, person: Person, channel: Channel, ts: str, message: Message | None, action: Json
) -> Json:
    """A button of a message, which may be gone meanwhile. Of an ephemeral one Slack doesn't tell the content."""
    private = message is not None and message.only_for is not None
    payload = _interaction("block_actions", person) | {
        "container": {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": private},
        "trigger_id": sandbox.new_trigger(person.id),
        "channel": {"id": channel.id, "name": channel.payload_name},
        "state": {"values": message.picked.get(person.id, {}) if message else {}},
        "response_url": sandbox.new_response_url(person.id, channel.id, ts),
        "actions": [action],
    }
    if message is not None and not private:
        payload["message"] = message_json(message, metadata=False)
    return payload


def global_shortcut(sandbox: Sandbox, person: Person, callback: str) -> Json:
    more = {"callback_id": callback, "trigger_id": sandbox.new_trigger(person.id), "action_ts": sandbox.world.next_ts()}
    return _interaction("shortcut", person) | more


def message_shortcut(sandbox: Sandbox, person: Person, channel: Channel, message: Message, callback: str) -> Json:
    return _interaction("message_action", person) | {
        "callback_id": callback,
        "trigger_id": sandbox.new_trigger(person.id),
        "action_ts": sandbox.world.next_ts(),
        "message_ts": message.ts,
        "response_url": sandbox.new_response_url(person.id, channel.id),
        "channel": {"id": channel.id, "name": channel.payload_name},
        "message": message_json(message, metadata=False),
    }


def view_press(sandbox: Sandbox, person: Person, view: View, action: Json) -> Json:
    return _in_view("block_actions", person, view) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": sandbox.new_trigger(person.id, view),
        "state": {"values": view.values},
        "actions": [action],
    }


def submission(sandbox: Sandbox, person: Person, view: View) -> Json:
    more = {"trigger_id": sandbox.new_trigger(person.id, view), "response_urls": []}
    return _in_view("view_submission", person, view) | more


def closed(person: Person, view: View, *, is_cleared: bool) -> Json:
    return _in_view("view_closed", person, view) | {"is_cleared": is_cleared}


def suggestion(person: Person, where: Json, block_id: str, action_id: str, query: str) -> Json:
    """`where` holds the container, and the view or the message and channel."""
    asked = {"block_id": block_id, "action_id": action_id, "value": query}
    return _interaction("block_suggestion", person) | where | asked


def event_payload(sandbox: Sandbox, event: Json) -> Json:
    channel = sandbox.world.channels.get(str(event.get("channel")))
    now = sandbox.clock.now().timestamp()
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "api_app_id": APP,
        "event": {**event, "event_ts": f"{now:.6f}"},
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(now),
        "authorizations": [authorization],
        "is_ext_shared_channel": channel is not None and sandbox.world.is_shared(channel),
    }
