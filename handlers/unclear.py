"""A person's answer about a post that Slack gave no clear answer about."""

from bot.deps import Deps
from bot.services import deliveries
from handlers.asks import Ask
from handlers.listening import Listeners, Shown
from handlers.views import troubles
from handlers.views.kit import Notice


def register(listeners: Listeners) -> None:
    listeners.action(troubles.THERE, is_there)
    listeners.action(troubles.AGAIN, post_again)


async def is_there(deps: Deps, ask: Ask) -> Shown:
    return await _settle(deps, ask, is_there=True)


async def post_again(deps: Deps, ask: Ask) -> Shown:
    return await _settle(deps, ask, is_there=False)


async def _settle(deps: Deps, ask: Ask, *, is_there: bool) -> Shown:
    async with deps.sessions.begin() as session:
        group = await deliveries.settle_asked(session, ask.workspace, ask.value, is_there=is_there, now=deps.now())
    return Notice(troubles.build_settled(before=group is None, is_there=is_there))
