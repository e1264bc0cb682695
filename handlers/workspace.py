"""What Slack tells about people and channels, kept so that nothing has to ask before an acknowledgement."""

from bot.deps import Deps
from bot.services import anonymous_batches, cleanup, deliveries, directory, people
from bot.slack_facts import parse_person
from handlers.listening import Body, Event, Listeners

REMOVED = "the app was removed from the workspace"


def register(listeners: Listeners) -> None:
    events: dict[str, Event] = {
        "app_uninstalled": _removed,
        "tokens_revoked": _removed,  # the two come in any order
        "member_joined_channel": _joined,
        "member_left_channel": _left,
        "user_change": _changed,
        "channel_archive": _archived,
        "channel_rename": _renamed,
        "channel_id_changed": _moved,
    }
    for name, function in events.items():
        listeners.event(name, function)


async def _joined(deps: Deps, workspace: str, event: Body) -> None:
    channel, person = event["channel"], event["user"]
    async with deps.sessions.behind() as session:
        await people.person_joined(session, workspace, channel, person, deps.now())
        row = await people.find_workspace(session, workspace)
        is_bot = row is not None and person == row.bot_id
        if is_bot:
            await directory.bot_joined(session, workspace, channel)
    if is_bot:
        await deps.directory.bot_joined(channel)
    else:
        await deps.directory.person_joined(person)


async def _left(deps: Deps, workspace: str, event: Body) -> None:
    channel, person = event["channel"], event["user"]
    async with deps.sessions.behind() as session:
        await people.person_left(session, workspace, channel, person, deps.now())
        row = await people.find_workspace(session, workspace)
        if row is not None and person == row.bot_id:
            await people.bot_left(session, workspace, channel, deps.now())
            deps.directory.bot_left(channel)


async def _changed(deps: Deps, workspace: str, event: Body) -> None:
    """Slack tells of everybody in the workspace; kept is what concerns those who share a channel with the bot."""
    async with deps.sessions.behind() as session:
        if await people.concerns_us(session, workspace, event["user"]["id"]):
            await people.remember_people(session, workspace, [parse_person(event["user"], workspace)])


async def _archived(deps: Deps, workspace: str, event: Body) -> None:
    async with deps.sessions.behind() as session:
        await people.channel_archived(session, workspace, event["channel"], deps.now())


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


async def _removed(deps: Deps, workspace: str, event: Body) -> None:
    """The app is gone, and its token with it. No anonymous answer waits for a return that may never come."""
    tokens = event.get("tokens")
    if tokens is not None and not tokens.get("bot"):
        return  # somebody's own; the bot's goes on
    async with deps.sessions.behind() as session:
        await anonymous_batches.void(session, deps.now(), workspace)
        await cleanup.forget_all(session, workspace)
        await deliveries.stop_workspace(session, workspace, REMOVED)


async def begin(deps: Deps, workspace: str, name: str, bot: str) -> None:
    """Store whose workspace it is, as `auth.test` says; what had to stop there goes on."""
    async with deps.sessions.behind() as session:
        await people.remember_workspace(session, workspace, name or workspace, bot)
        await deliveries.resume_workspace(session, workspace, deps.now())
    deps.wake()
