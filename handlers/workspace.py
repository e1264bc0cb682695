"""What Slack tells about people and channels, kept so that nothing has to ask before an acknowledgement."""

from functools import partial

from bot.deps import Deps
from bot.runtime.slack_objects import parse_person
from bot.services import anonymous_batches, deliveries, directory, message_cleanup, people
from handlers.capability import Capability
from handlers.listeners import Body

REMOVED = "the app was removed from the workspace"
ARCHIVED, DELETED = "the channel was archived", "the channel was deleted"

KINDS = ("channel", "group")


async def _joined(deps: Deps, workspace: str, event: Body) -> None:
    channel, person = event["channel"], event["user"]
    async with deps.sessions.behind() as session:
        await people.person_joined(session, workspace, channel, person)
        row = await people.find_workspace(session, workspace)
    if row is not None and person == row.bot_id:
        await read_anew(deps, workspace, channel)
    else:
        await deps.directory.person_joined(person)


async def read_anew(deps: Deps, workspace: str, channel: str) -> None:
    """Who is in it now, the bot included, only Slack knows."""
    async with deps.sessions.behind() as session:
        await directory.want_read(session, workspace, channel)
    await deps.directory.read_soon(channel)


async def _left(deps: Deps, workspace: str, event: Body) -> None:
    channel, person = event["channel"], event["user"]
    async with deps.sessions.behind() as session:
        await people.person_left(session, workspace, channel, person)
        row = await people.find_workspace(session, workspace)
    if row is not None and person == row.bot_id:
        await _bot_left(deps, workspace, event)


async def _bot_left(deps: Deps, workspace: str, event: Body) -> None:
    async with deps.sessions.behind() as session:
        await directory.lost(session, workspace, event["channel"])
    deps.directory.bot_left(event["channel"])


async def _changed(deps: Deps, workspace: str, event: Body) -> None:
    """Slack tells of everybody in the workspace; kept is what concerns those who share a channel with the bot. Who is
    back after a deactivation may not be in the channels any more where they were."""
    facts = parse_person(event["user"], workspace)
    async with deps.sessions.behind() as session:
        if not await people.concerns_us(session, workspace, facts.id):
            return
        was_in = await people.channels_of_gone(session, workspace, facts.id)
        await people.remember_people(session, workspace, [facts])
    for channel in was_in if not facts.is_gone else ():
        async with deps.events.turn(channel):
            await read_anew(deps, workspace, channel)


async def _closed(deps: Deps, workspace: str, event: Body, reason: str) -> None:
    async with deps.sessions.behind() as session:
        await people.channel_archived(session, workspace, event["channel"])
        await deliveries.stop_channel(session, workspace, event["channel"], reason)


async def _unarchived(deps: Deps, workspace: str, event: Body) -> None:
    await read_anew(deps, workspace, event["channel"])


async def _renamed(deps: Deps, workspace: str, event: Body) -> None:
    async with deps.sessions.behind() as session:
        channel = event["channel"]
        await people.channel_renamed(session, workspace, channel["id"], channel["name"])


async def _moved(deps: Deps, workspace: str, event: Body) -> None:
    old, new = event["old_channel_id"], event["new_channel_id"]
    async with deps.sessions.behind() as session:
        await people.channel_has_new_id(session, workspace, old, new)
        if await people.bot_is_in(session, workspace, new):  # a look at Slack may have missed the old one, and stopped
            await deliveries.resume_channel(session, workspace, new)


async def _removed(deps: Deps, workspace: str, event: Body) -> None:
    """The app is gone, and its token with it. No anonymous answer waits for a return that may never come."""
    tokens = event.get("tokens")
    if tokens is not None and not tokens.get("bot"):
        return  # somebody's own; the bot's goes on
    async with deps.sessions.behind() as session:
        await anonymous_batches.void(session, deps.now(), workspace)
        await message_cleanup.forget_all(session, workspace)
        await deliveries.stop_workspace(session, workspace, REMOVED)


async def begin(deps: Deps, workspace: str, name: str, bot: str) -> None:
    """Store whose workspace it is, as `auth.test` says; what had to stop there goes on."""
    async with deps.sessions.behind() as session:
        await people.remember_workspace(session, workspace, name or workspace, bot)
        await deliveries.resume_workspace(session, workspace)
    deps.wake()


CAPABILITY = Capability(
    "workspace",
    events={
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
    },
    scopes={
        "users:read": "to know names and time zones, and who is a bot or has left",
        "channels:read": "to know who is in a public channel",
        "groups:read": "to know who is in a private channel that Collab was invited to",
    },
)
