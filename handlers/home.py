"""The app's Home."""

from slack_bolt.async_app import AsyncApp
from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.services import reflections, rounds
from handlers.listening import Body
from handlers.views.home import MOST_GROUPS, build_home
from handlers.views.hub import Standing
from handlers.views.kit import View

MOST_HISTORY = 5


def register(app: AsyncApp, deps: Deps) -> None:
    async def opened(event: Body, context: Body) -> None:
        if event.get("tab") == "home":
            await publish(deps, str(context["team_id"]), str(event["user"]))

    app.event("app_home_opened")(opened)


async def publish(deps: Deps, workspace: str, person: str) -> None:
    """Bring somebody's Home up to date."""
    await deps.slack.views_publish(user_id=person, view=await show(deps, workspace, person))


async def show(deps: Deps, workspace: str, person: str) -> View:
    """Somebody's Home as it is now."""
    async with deps.sessions.read() as session:
        mine = await standings(session, workspace, person)
        history = await reflections.recent_named(session, workspace, person, MOST_HISTORY)
    return build_home(mine, history, person, deps.now())


async def standings(session: AsyncSession, workspace: str, person: str) -> list[Standing]:
    """Every group that somebody is in, as it stands for them; one more than is shown."""
    groups = await rounds.groups_of(session, workspace, person)
    made = []
    for group in groups[: MOST_GROUPS + 1]:
        found = await rounds.current(session, group)
        made.append(Standing(found, await reflections.has_taken_part(session, found.prompt, person)))
    return made
