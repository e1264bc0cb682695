"""What Slack tells about people and channels, kept so that nothing has to ask before an acknowledgement."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.services import deliveries, people
from bot.services.people import ChannelFacts, PersonFacts
from handlers.listening import Body, Event, Listeners

REMOVED = "the app was removed from the workspace"
NOT_IN, ARCHIVED, DELETED = "I am not in the channel any more", "the channel was archived", "the channel was deleted"

KINDS = ("channel", "group")


def register(listeners: Listeners) -> None:
    events: dict[str, Event] = {
        "app_uninstalled": _removed,
        "tokens_revoked": _removed,  # the two come in any order
        "member_joined_channel": _joined,
        "member_left_channel": _left,
        "user_change": _changed,
        "channel_id_changed": _moved,
        # Of private channels Slack tells by names of their own.
        **{f"{kind}_archive": partial(_closed, reason=ARCHIVED) for kind in KINDS},
        **{f"{kind}_deleted": partial(_closed, reason=DELETED) for kind in KINDS},
        **{f"{kind}_unarchive": _unarchived for kind in KINDS},
        **{f"{kind}_rename": _renamed for kind in KINDS},
        **{f"{kind}_left": _bot_left for kind in KINDS},
    }
    for name, function in events.items():
        listeners.event(name, function)


async def _joined(deps: Deps, workspace: str, event: Body) -> None:
    channel, person = event["channel"], event["user"]
    async with deps.sessions.behind() as session:
        await people.person_joined(session, workspace, channel, person, deps.now())
        row = await people.find_workspace(session, workspace)
        unknown = await people.unknown_in(session, workspace, channel)
    if row is not None and person == row.bot_id:
        await reconcile_channel(deps, workspace, channel)
    else:
        await _get_to_know(deps, workspace, unknown)


async def _left(deps: Deps, workspace: str, event: Body) -> None:
    channel, person = event["channel"], event["user"]
    async with deps.sessions.behind() as session:
        await people.person_left(session, workspace, channel, person, deps.now())
        row = await people.find_workspace(session, workspace)
    if row is not None and person == row.bot_id:
        await _bot_left(deps, workspace, event)


async def _bot_left(deps: Deps, workspace: str, event: Body) -> None:
    """It was taken out; a group there waits until it is invited again."""
    async with deps.sessions.behind() as session:
        await people.bot_left(session, workspace, event["channel"], deps.now())
        await deliveries.stop_channel(session, workspace, event["channel"], NOT_IN)


async def _changed(deps: Deps, workspace: str, event: Body) -> None:
    """Who is back after a deactivation may not be in the channels any more where they were."""
    facts = parse_person(event["user"], workspace)
    async with deps.sessions.behind() as session:
        was_in = await people.channels_of_gone(session, workspace, facts.id)
        await people.remember_people(session, workspace, [facts])
    for channel in was_in if not facts.is_gone else ():
        async with deps.hearing.turn(channel):
            await reconcile_channel(deps, workspace, channel)


async def _closed(deps: Deps, workspace: str, event: Body, reason: str) -> None:
    async with deps.sessions.behind() as session:
        await people.channel_archived(session, workspace, event["channel"], deps.now())
        await deliveries.stop_channel(session, workspace, event["channel"], reason)


async def _unarchived(deps: Deps, workspace: str, event: Body) -> None:
    """Who is in it now, the bot included, only Slack knows."""
    await reconcile_channel(deps, workspace, event["channel"])


async def _renamed(deps: Deps, workspace: str, event: Body) -> None:
    async with deps.sessions.behind() as session:
        channel = event["channel"]
        await people.channel_renamed(session, workspace, channel["id"], channel["name"], deps.now())


async def _moved(deps: Deps, workspace: str, event: Body) -> None:
    old, new = event["old_channel_id"], event["new_channel_id"]
    async with deps.sessions.behind() as session:
        await people.channel_has_new_id(session, workspace, old, new, deps.now())
        if await people.bot_is_in(session, workspace, new):  # a look at Slack may have missed the old one, and stopped
            await deliveries.resume_channel(session, workspace, new)


async def _removed(deps: Deps, workspace: str, _event: Body) -> None:
    async with deps.sessions.behind() as session:
        await deliveries.stop_workspace(session, workspace, REMOVED)


async def reconcile(deps: Deps) -> str:
    """Bring what is known in line with Slack at start: the workspace, its people, the bot's channels. Its id."""
    me = await deps.slack.auth_test()
    workspace, bot = str(me["team_id"]), str(me["user_id"])
    everybody = [parse_person(p, workspace) async for p in _pages(deps.slack, "users_list", "members")]
    async with deps.sessions.behind() as session:
        await people.remember_workspace(session, workspace, str(me.get("team") or workspace), bot)
        await people.remember_people(session, workspace, everybody)
        await deliveries.resume_workspace(session, workspace, deps.now())
        left = await people.channels_of_bot(session, workspace)
    kinds = "public_channel,private_channel"
    async for channel in _pages(deps.slack, "users_conversations", "channels", types=kinds, exclude_archived=True):
        async with deps.hearing.turn(channel["id"]):
            await reconcile_channel(deps, workspace, channel["id"])
        left.discard(channel["id"])
    await _forget_channels(deps, workspace, left)
    return workspace


async def _forget_channels(deps: Deps, workspace: str, left: Collection[str]) -> None:
    """The bot was taken out of them, or they were archived, while nobody told it."""
    async with deps.sessions.behind() as session:
        for channel in sorted(left):
            await people.bot_left(session, workspace, channel, deps.now())
    deps.wake()


async def reconcile_channel(deps: Deps, workspace: str, channel: str) -> None:
    """Ask Slack who is in a channel that the bot is in; a group that had to stop there goes on."""
    info = (await deps.slack.conversations_info(channel=channel))["channel"]
    members = [str(m) async for m in _pages(deps.slack, "conversations_members", "members", channel=channel)]
    facts = parse_channel(info)
    async with deps.sessions.behind() as session:
        await people.remember_channel(session, workspace, facts, members, deps.now())
        if facts.has_bot:
            await deliveries.resume_channel(session, workspace, channel)
        else:
            await deliveries.stop_channel(session, workspace, channel, NOT_IN)
        unknown = await people.unknown_in(session, workspace, channel)
    await _get_to_know(deps, workspace, unknown)


async def _get_to_know(deps: Deps, workspace: str, unknown: Sequence[str]) -> None:
    """Ask for them one by one: people from another organisation are on no list of this workspace's people."""
    for person in unknown:
        user = (await deps.slack.users_info(user=person))["user"]
        async with deps.sessions.behind() as session:
            await people.remember_people(session, workspace, [parse_person(user, workspace)])


async def _pages(client: AsyncWebClient, method: str, key: str, **arguments: Any) -> Any:
    cursor = ""
    while True:
        page = await getattr(client, method)(limit=200, cursor=cursor, **arguments)
        for item in page[key]:
            yield item
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


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
    """Slack's own word is for those whom the app meets in no channel; of others only the team tells. Somebody of a
    large organisation belongs to every one of its workspaces that they are in."""
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
