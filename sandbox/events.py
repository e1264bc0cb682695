"""Events: what happened in the workspace, told to the app and told again while it does not acknowledge."""

import asyncio

from sandbox.methods_people import person_json
from sandbox.methods_views import view_json
from sandbox.payloads import event_payload
from sandbox.sandbox import Sandbox
from sandbox.sockets import NoAck, NoConnection
from sandbox.world import BOT_USER, Channel, Json, Person


async def tell(sandbox: Sandbox, event: Json) -> None:
    """Tell the app, if it subscribed to this; returns after the first attempt, further ones go on beside."""
    if event["type"] not in sandbox.manifest.events:
        return
    payload = event_payload(sandbox, event)
    if not await _attempt(sandbox, payload, 0):
        sandbox.spawn(_again(sandbox, payload))


async def _again(sandbox: Sandbox, payload: Json) -> None:
    for number, pause in enumerate(sandbox.retries, 1):
        await asyncio.sleep(pause)
        if await _attempt(sandbox, payload, number):
            return


async def _attempt(sandbox: Sandbox, payload: Json, number: int) -> bool:
    reason = "timeout" if number else ""
    try:
        await sandbox.way_in.send("events_api", payload, takes_answer=False, retry_attempt=number, retry_reason=reason)
    except (NoAck, NoConnection):
        return False
    return True


async def home_opened(sandbox: Sandbox, person: Person) -> None:
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": sandbox.world.dm(person.id).id,
        "tab": "home",
    }
    view = sandbox.world.homes.get(person.id)
    await tell(sandbox, event | ({"view": view_json(view)} if view else {}))


async def membership(sandbox: Sandbox, kind: str, channel: Channel, person: Person) -> None:
    """member_joined_channel and member_left_channel: about channels that the bot is in, or was just taken out of."""
    if BOT_USER not in {*channel.members, person.id}:
        return
    letter = "G" if channel.is_private else "C"
    event = {"type": kind, "user": person.id, "channel": channel.id, "channel_type": letter, "team": person.team}
    await tell(sandbox, event)


async def person_changed(sandbox: Sandbox, person: Person) -> None:
    now = int(sandbox.clock.now().timestamp())
    await tell(sandbox, {"type": "user_change", "user": person_json(sandbox, person), "cache_ts": now})


def _kind(channel: Channel, what: str) -> str:
    """A private channel's events have names of their own, which the app may not have subscribed to."""
    return f"{'group' if channel.is_private else 'channel'}_{what}"


async def archived(sandbox: Sandbox, channel: Channel) -> None:
    event = {"type": _kind(channel, "archive"), "channel": channel.id, "user": channel.creator}
    await _about(sandbox, channel, event)


async def unarchived(sandbox: Sandbox, channel: Channel) -> None:
    """Of a public one Slack says who did it as it does for an archived one; of a private one, as `actor_id`."""
    who = "actor_id" if channel.is_private else "user"
    await _about(sandbox, channel, {"type": _kind(channel, "unarchive"), "channel": channel.id, who: channel.creator})


async def renamed(sandbox: Sandbox, channel: Channel) -> None:
    shown = {"id": channel.id, "name": channel.name, "created": channel.created}
    await _about(sandbox, channel, {"type": _kind(channel, "rename"), "channel": shown})


async def app_left(sandbox: Sandbox, channel: Channel) -> None:
    """To the one that was taken out, beside `member_left_channel`."""
    await tell(sandbox, {"type": _kind(channel, "left"), "channel": channel.id, "actor_id": channel.creator})


async def has_new_id(sandbox: Sandbox, channel: Channel, old: str) -> None:
    await _about(sandbox, channel, {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": channel.id})


async def _about(sandbox: Sandbox, channel: Channel, event: Json) -> None:
    if not channel.is_private or BOT_USER in channel.members:
        await tell(sandbox, event)


async def uninstalled(sandbox: Sandbox) -> None:
    """Both events, in the order in which Slack happens to send them."""
    await tell(sandbox, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}})
    await tell(sandbox, {"type": "app_uninstalled"})
