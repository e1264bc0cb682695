"""auth.*, apps.*, users.* and conversations.*: who and where."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sandbox.methods import (
    APP_TOKEN,
    Method,
    Refused,
    flag,
    message_json,
    need,
    page,
    scope_for,
    seen_channel,
)
from sandbox.sandbox import Sandbox
from sandbox.world import APP, BOT, BOT_USER, TEAM, Channel, Json, Message, Person

TYPES = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def auth_test(sandbox: Sandbox, _args: Json) -> Json:
    return {
        "ok": True,
        "url": f"{sandbox.address}/",
        "team": "Sandbox",
        "user": "collab",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def open_connection(sandbox: Sandbox, _args: Json) -> Json:
    address = sandbox.address.replace("http", "ws", 1)
    return {"ok": True, "url": f"{address}/socket?ticket={sandbox.sockets.new_ticket()}&app_id={APP}"}


# ---- People ----


def person_json(sandbox: Sandbox, person: Person) -> Json:
    """A person as users.info shows them; of those who left, Slack says little."""
    shown: Json = {
        "id": person.id,
        "team_id": person.team,
        "name": person.handle,
        "deleted": person.deleted,
        "profile": {
            "real_name": person.name,
            "display_name": person.name,
            "title": person.title,
            "team": person.team,
        },
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(sandbox.clock.now().timestamp()),
    }
    if person.deleted:
        return shown
    local = sandbox.clock.now().astimezone(ZoneInfo(person.tz))
    shown |= {
        "color": person.color,
        "real_name": person.name,
        "tz": person.tz,
        "tz_label": local.tzname(),
        "tz_offset": int((local.utcoffset() or timedelta()).total_seconds()),
        "is_admin": person.is_admin,
        "is_owner": person.is_admin,
        "is_primary_owner": person.is_admin,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
    }
    return shown | ({"is_stranger": True} if _is_out_of_sight(sandbox, person) else {})


def _is_out_of_sight(sandbox: Sandbox, person: Person) -> bool:
    """What Slack calls a stranger: from another workspace, and in no channel that the app sees. Those whom the app
    meets in a shared channel are told by their team alone."""
    return person.is_stranger and not any(
        {person.id, BOT_USER} <= {*channel.members}
        for channel in sandbox.world.channels.values()
        if not channel.dm_with
    )


def users_list(sandbox: Sandbox, args: Json) -> Json:
    """This workspace's people; those of another one have to be asked for one by one."""
    slackbot = Person("USLACKBOT", "Slackbot", "America/Los_Angeles", "", "757575")
    own = [person for person in sandbox.world.people.values() if not person.is_stranger]
    found, cursor = page([slackbot, *own], args)
    members = [person_json(sandbox, person) for person in found]
    return {"ok": True, "members": members, "response_metadata": {"next_cursor": cursor}}


def users_info(sandbox: Sandbox, args: Json) -> Json:
    person = sandbox.world.people.get(str(args["user"]))
    if person is None:
        raise Refused("user_not_found")
    return {"ok": True, "user": person_json(sandbox, person)}


def bots_info(_sandbox: Sandbox, args: Json) -> Json:
    if args["bot"] != BOT:
        raise Refused("bot_not_found")
    return {"ok": True, "bot": {"id": BOT, "deleted": False, "name": "collab", "user_id": BOT_USER, "app_id": APP}}


# ---- Channels ----


def channel_json(sandbox: Sandbox, channel: Channel) -> Json:
    if channel.dm_with:
        return {"id": channel.id, "created": channel.created, "is_im": True, "user": channel.dm_with}
    shared = sandbox.world.is_shared(channel)
    count = sum(not sandbox.world.people[m].is_bot for m in channel.members)
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_member": BOT_USER in channel.members,
        "created": channel.created,
        "creator": channel.creator,
        "context_team_id": TEAM,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": count,
    }


def users_conversations(sandbox: Sandbox, args: Json) -> Json:
    types = [name.strip() for name in str(args.get("types") or "public_channel").split(",")]
    for name in types:
        if name not in TYPES:
            raise Refused("invalid_types")
        need(sandbox, TYPES[name])
    user = str(args.get("user") or BOT_USER)
    archived = flag(args, "exclude_archived")
    listed = [
        channel
        for channel in sandbox.world.channels.values()
        if user in channel.members
        and _type(channel) in types
        and not (archived and channel.is_archived)
        and (BOT_USER in channel.members or not channel.is_private)
    ]
    found, cursor = page(listed, args)
    channels = [channel_json(sandbox, channel) for channel in found]
    return {"ok": True, "channels": channels, "response_metadata": {"next_cursor": cursor}}


def _type(channel: Channel) -> str:
    return "im" if channel.dm_with else "private_channel" if channel.is_private else "public_channel"


def info(sandbox: Sandbox, args: Json) -> Json:
    channel = seen_channel(sandbox, args)
    need(sandbox, scope_for(channel, "read"))
    return {"ok": True, "channel": channel_json(sandbox, channel)}


def members(sandbox: Sandbox, args: Json) -> Json:
    channel = seen_channel(sandbox, args)
    need(sandbox, scope_for(channel, "read"))
    found, cursor = page(channel.members, args)
    return {"ok": True, "members": found, "response_metadata": {"next_cursor": cursor}}


def history(sandbox: Sandbox, args: Json) -> Json:
    """The channel itself, newest first; what stands in threads is not in it."""
    channel = _read_channel(sandbox, args)
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    edges = flag(args, "inclusive")
    listed = [
        message
        for message in reversed(channel.messages)
        if not message.only_for
        and (message.thread_ts is None or message.thread_ts == message.ts)
        and (oldest < float(message.ts) < latest or (edges and float(message.ts) in {oldest, latest}))
    ]
    return {**_told(sandbox, listed, args), "pin_count": 0}


def replies(sandbox: Sandbox, args: Json) -> Json:
    """A thread, oldest first, beginning with the message that it hangs from."""
    channel, root = _read_channel(sandbox, args), str(args["ts"])
    listed = [m for m in channel.messages if not m.only_for and root in {m.ts, m.thread_ts}]
    if not listed:
        raise Refused("thread_not_found")
    return _told(sandbox, listed, args)


def _read_channel(sandbox: Sandbox, args: Json) -> Channel:
    channel = seen_channel(sandbox, args)
    need(sandbox, scope_for(channel, "history"))
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    return channel


MESSAGES_ELSEWHERE = 15
"""A page's messages for apps that are sold outside Slack's marketplace."""


def _told(sandbox: Sandbox, messages: list[Message], args: Json) -> Json:
    if sandbox.limits.sold_elsewhere:
        args = args | {"limit": min(int(args.get("limit") or MESSAGES_ELSEWHERE), MESSAGES_ELSEWHERE)}
    found, cursor = page(messages, args)
    metadata = flag(args, "include_all_metadata") and sandbox.shows_metadata
    return {
        "ok": True,
        "messages": [message_json(message, metadata=metadata) for message in found],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def open_dm(sandbox: Sandbox, args: Json) -> Json:
    users = args.get("users") or ""
    names = users if isinstance(users, list) else [name.strip() for name in str(users).split(",") if name.strip()]
    if len(names) != 1:
        raise Refused("users_list_not_supplied" if not names else "missing_scope", needed="mpim:write")
    person = sandbox.world.people.get(str(names[0]))
    if person is None:
        raise Refused("user_not_found")
    if person.is_bot:
        raise Refused("cannot_dm_bot")
    if person.deleted:
        raise Refused("user_disabled")
    if person.is_stranger:
        raise Refused("user_not_visible")
    channel = sandbox.world.dm(person.id)
    shown = channel_json(sandbox, channel) if flag(args, "return_im") else {"id": channel.id}
    return {"ok": True, "no_op": True, "already_open": True, "channel": shown}


METHODS = {
    "auth.test": Method(auth_test, 5),
    "apps.connections.open": Method(open_connection, 1, token=APP_TOKEN),
    "users.list": Method(users_list, 2, "users:read"),
    "users.info": Method(users_info, 4, "users:read", ("user",)),
    "bots.info": Method(bots_info, 3, "users:read", ("bot",)),
    "users.conversations": Method(users_conversations, 3),
    "conversations.info": Method(info, 3, "", ("channel",)),
    "conversations.members": Method(members, 4, "", ("channel",)),
    "conversations.history": Method(history, 3, "", ("channel",)),
    "conversations.replies": Method(replies, 3, "", ("channel", "ts")),
    "conversations.open": Method(open_dm, 3, "im:write"),
}
