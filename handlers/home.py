"""The app's Home: drawn when it is opened, brought up to date when something changes, turned page by page."""

import structlog

from bot.deps import Deps
from bot.domain.overview import Pages
from bot.runtime.slack_errors import FAILED
from bot.services import home as services
from handlers import founding
from handlers.capability import Capability
from handlers.listeners import Body, Shown
from handlers.messages import home as messages
from handlers.messages.home import render
from handlers.requests import Interaction
from handlers.views import home
from handlers.views.block_kit import View

log = structlog.get_logger()


async def _opened(deps: Deps, workspace: str, event: Body) -> None:
    if event.get("tab") == "home":
        await publish(deps, workspace, str(event["user"]))


async def publish(deps: Deps, workspace: str, person: str) -> None:
    """Draw the Home that somebody has just opened. What Slack doesn't take now is tried again with what is due."""
    who, now = (workspace, person), deps.now()
    async with deps.sessions.read() as session:
        standing = await services.standing(session, who)
        drawn = await render(session, deps.plugged, who, "", now)
    is_there = await _published(deps, person, drawn.view)
    async with deps.sessions.begin() as session:
        await services.opened(session, who, now)
        if is_there:
            before = standing.shown if standing else None
            await services.published(session, who, before, drawn.digest, drawn.changes_at, now)
        else:
            await services.mark(session, [who], now)
    deps.wake()


async def show_once(deps: Deps, workspace: str, person: str) -> None:
    """Draw somebody's Home as it is now, and keep nothing of that."""
    await _published(deps, person, await show(deps, workspace, person))


async def _published(deps: Deps, person: str, view: View) -> bool:
    try:
        await deps.slack.views_publish(user_id=person, view=deps.plugged.view(view))
    except FAILED as error:
        log.warning("could not publish", error=type(error).__name__)
        return False
    return True


async def show(deps: Deps, workspace: str, person: str) -> View:
    """Somebody's Home as it is now."""
    async with deps.sessions.read() as session:
        return (await render(session, deps.plugged, (workspace, person), "", deps.now())).view


async def turn(deps: Deps, request: Interaction) -> Shown:
    """Another page: published with what is due, at once."""
    async with deps.sessions.begin() as session:
        await services.turned(session, (request.workspace, request.person), str(Pages.parse(request.value)), deps.now())
    return None


async def start(deps: Deps, request: Interaction) -> Shown:
    """Start a group in the channel that the button names."""
    return await founding.start(deps, request.within(request.value))


CAPABILITY = Capability(
    "home",
    actions={**dict.fromkeys(home.TURNS, turn), home.START: start},
    events={"app_home_opened": _opened},
    screens=[messages.SCREEN],
)
