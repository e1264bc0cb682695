"""A person's answer about a post that Slack gave no clear answer about."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.services import deliveries, groups
from handlers.capability import Capability
from handlers.listeners import Shown
from handlers.messages import troubles
from handlers.requests import Interaction
from handlers.views import error_messages
from handlers.views.block_kit import Notice


async def is_there(deps: Deps, request: Interaction) -> Shown:
    return await _settle(deps, request, is_there=True)


async def post_again(deps: Deps, request: Interaction) -> Shown:
    return await _settle(deps, request, is_there=False)


async def _settle(deps: Deps, request: Interaction, *, is_there: bool) -> Shown:
    async with deps.sessions.begin() as session:
        meeting = await deliveries.asked_about(session, request.workspace, request.value)
        if meeting is not None:
            await _require_says(session, request, meeting)
        group = await deliveries.settle_asked(
            session, request.workspace, request.value, is_there=is_there, now=deps.now()
        )
    return Notice(error_messages.build_settled(before=group is None, is_there=is_there))


async def _require_says(session: AsyncSession, request: Interaction, meeting: str) -> None:
    """Whoever leads that meeting, or the one to come, and conveners say so; DomainError for others."""
    round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
    if not round_.leads(request.person):
        groups.require_lead(await groups.latest(session, round_), request.person)


CAPABILITY = Capability(
    "deliveries in trouble",
    actions={error_messages.THERE: is_there, error_messages.AGAIN: post_again},
    optional_scopes={
        "channels:history": "to find its own post again after Slack left open whether it took it",
        "groups:history": "the same in private channels",
    },
    deliveries=[troubles.STOPPED, troubles.UNCLEAR],
)
