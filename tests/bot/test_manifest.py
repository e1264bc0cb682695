"""The manifest: what Slack's published schema asks for, checked field by field."""

import re
from typing import Any

import pytest

from bot.manifest import LIMITS, LONG_DESCRIPTION_AT_LEAST, build_manifest
from handlers.capabilities import CAPABILITIES
from handlers.scopes import permissions

ASKED = permissions(CAPABILITIES)
MANIFEST: dict[str, Any] = build_manifest(ASKED, "start | reflect … | help")

# Which scope an event needs, from Slack's reference of events; Slack refuses a manifest without it.
EVENT_NEEDS = {
    "app_home_opened": None,
    "app_uninstalled": None,
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "tokens_revoked": None,
    "user_change": "users:read",
}


def test_only_keys_that_the_schema_knows_are_used() -> None:
    known = {
        "_metadata": {"major_version", "minor_version"},
        "display_information": {"name", "description", "long_description", "background_color"},
        "features": {"app_home", "bot_user", "shortcuts", "slash_commands"},
        "oauth_config": {"scopes"},
        "settings": {
            "event_subscriptions",
            "interactivity",
            "org_deploy_enabled",
            "socket_mode_enabled",
            "token_rotation_enabled",
        },
    }
    assert {key: set(value) for key, value in MANIFEST.items()} == known


def test_every_text_is_as_long_as_slack_allows() -> None:
    shown = MANIFEST["display_information"]
    command = MANIFEST["features"]["slash_commands"][0]
    for what in ("name", "description", "long_description"):
        assert 1 <= len(shown[what]) <= LIMITS[what]
    assert len(shown["long_description"]) >= LONG_DESCRIPTION_AT_LEAST
    assert len(MANIFEST["features"]["bot_user"]["display_name"]) <= LIMITS["display_name"]
    assert re.fullmatch(r"/[a-z]{1,31}", command["command"])
    assert len(command["description"]) <= LIMITS["command description"]
    assert re.fullmatch(r"#[0-9a-fA-F]{6}", shown["background_color"])


@pytest.mark.parametrize("hint", ["", "x" * 1001])
def test_a_usage_hint_that_slack_would_refuse_is_refused_here(hint: str) -> None:
    with pytest.raises(ValueError, match="usage_hint"):
        build_manifest(ASKED, hint)


def test_a_description_that_slack_would_refuse_is_refused_here() -> None:
    with pytest.raises(ValueError, match="141 characters; Slack takes 1 to 140"):
        build_manifest(ASKED, "help", description="x" * 141)


def test_shortcuts_are_as_slack_takes_them() -> None:
    shortcuts = MANIFEST["features"]["shortcuts"]
    assert 1 <= len(shortcuts) <= 10
    for shortcut in shortcuts:
        assert set(shortcut) == {"name", "type", "callback_id", "description"}
        assert shortcut["type"] in {"message", "global"}
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["callback_id"]) <= 255
        assert len(shortcut["description"]) <= 150
    assert len({shortcut["callback_id"] for shortcut in shortcuts}) == len(shortcuts)


def test_people_arrive_as_ids_and_everything_comes_by_socket() -> None:
    assert MANIFEST["features"]["slash_commands"][0]["should_escape"] is True
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert "url" not in str(MANIFEST)


def test_home_is_on_and_the_messages_tab_is_read_only() -> None:
    assert MANIFEST["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_optional_scopes_are_in_both_lists_as_slack_wants_them() -> None:
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert set(scopes["bot_optional"]) == set(ASKED.optional)
    assert set(scopes["bot"]) == {*ASKED.scopes, *ASKED.optional}
    assert not ASKED.scopes.keys() & ASKED.optional.keys()


def test_no_scope_lets_the_bot_read_what_people_write_to_it() -> None:
    assert not {"im:history", "mpim:history"} & {*ASKED.scopes, *ASKED.optional}


def test_every_event_has_the_scope_that_it_needs() -> None:
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == set(EVENT_NEEDS) == set(ASKED.events)
    assert {scope for scope in EVENT_NEEDS.values() if scope} <= ASKED.scopes.keys()
    assert "commands" in ASKED.scopes  # a slash command needs it


def test_over_http_every_request_comes_to_the_one_address() -> None:
    url = "https://collab.example.org/slack/events"
    made = build_manifest(ASKED, "help", request_url=url)
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert [command["url"] for command in made["features"]["slash_commands"]] == [url]
    del made["settings"]["event_subscriptions"]["request_url"], made["settings"]["interactivity"]["request_url"]
    del made["features"]["slash_commands"][0]["url"]
    made["settings"]["socket_mode_enabled"] = True
    assert made == build_manifest(ASKED, "help")
