"""Slack's objects of people and channels, parsed into the facts that are stored."""

from collections.abc import Mapping
from typing import Any

from bot.services.people import ChannelFacts, PersonFacts


def parse_person(user: Mapping[str, Any], workspace: str) -> PersonFacts:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or user.get("real_name") or profile.get("real_name") or user.get("name")
    return PersonFacts(
        id=user["id"],
        name=str(name or user["id"]),
        zone=str(user.get("tz") or "UTC"),
        is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
        is_gone=bool(user.get("deleted")),
        is_admin=bool(user.get("is_admin")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=_is_from_elsewhere(user, workspace),
    )


def _is_from_elsewhere(user: Mapping[str, Any], workspace: str) -> bool:
    """Slack's `is_stranger` is set only for people whom the app meets in no channel; for others the team tells. A
    member of an Enterprise organisation belongs to each of its workspaces that they are in."""
    teams = {user.get("team_id") or workspace, *(user.get("enterprise_user") or {}).get("teams", [])}
    return bool(user.get("is_stranger")) or workspace not in teams


def parse_channel(channel: Mapping[str, Any]) -> ChannelFacts:
    return ChannelFacts(
        id=channel["id"],
        name=str(channel.get("name") or channel["id"]),
        is_private=bool(channel.get("is_private")),
        is_archived=bool(channel.get("is_archived")),
        has_bot=bool(channel.get("is_member", True)),
    )
