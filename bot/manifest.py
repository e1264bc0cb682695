"""The Slack app manifest, made from what the capabilities need and from the command's usage hint."""

from typing import Any

from handlers.scopes import Permissions

NAME = "Collab"
COMMAND = "/collab"
DESCRIPTION = (
    "Keeps a learning collaborative going: questions before each meeting, an agenda from the answers, a fair handoff."
)
LONG_DESCRIPTION = (
    "Collab runs the rhythm of a learning collaborative in its channel. Before each meeting it asks a good question, "
    "takes answers the way each person wants to give them (by name, anonymously or to the facilitator alone), "
    "makes the agenda from them, and afterwards hands the job on to the next facilitator with everything they need. "
    "Answering is voluntary, nobody is named for not answering, and nothing leaves the group unasked."
)

# From Slack's published manifest schema (slackapi/manifest-schema, 1.0.0).
LIMITS = {
    "name": 35,
    "description": 140,
    "long_description": 4000,
    "display_name": 80,
    "command": 32,
    "command description": 2000,
    "usage_hint": 1000,
    "shortcut name": 24,
    "shortcut description": 150,
}
LONG_DESCRIPTION_AT_LEAST = 175


def build_manifest(
    asked: Permissions,
    usage_hint: str,
    command_description: str = "Your learning collaborative: what you can do here, now",
    description: str = DESCRIPTION,
    request_url: str | None = None,
) -> dict[str, Any]:
    """The manifest, for Socket Mode, or with the URL for Slack's requests over HTTP.

    Raises ValueError if a part is longer than Slack accepts.
    """
    to = {} if request_url is None else {"request_url": request_url}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": NAME,
            "description": _within("description", description),
            "long_description": _within("long_description", LONG_DESCRIPTION),
            "background_color": "#1f5f5b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,  # the bot reads nothing that people type to it
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "shortcuts": [
                {
                    "name": _within("shortcut name", shortcut.name),
                    "type": shortcut.kind,
                    "callback_id": shortcut.callback,
                    "description": _within("shortcut description", shortcut.about),
                }
                for shortcut in asked.menu
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **({} if request_url is None else {"url": request_url}),
                    "description": _within("command description", command_description),
                    "usage_hint": _within("usage_hint", usage_hint),
                    "should_escape": True,  # people arrive as ids
                }
            ],
        },
        "oauth_config": {
            "scopes": {
                # Slack wants an optional scope in both lists.
                "bot": sorted({*asked.scopes, *asked.optional}),
                "bot_optional": sorted(asked.optional),
            }
        },
        "settings": {
            "event_subscriptions": {**to, "bot_events": sorted(asked.events)},
            "interactivity": {"is_enabled": True, **to},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _within(what: str, text: str) -> str:
    if not 1 <= len(text) <= LIMITS[what]:
        raise ValueError(f"The manifest's {what} has {len(text)} characters; Slack takes 1 to {LIMITS[what]}.")
    return text
