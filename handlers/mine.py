"""`/collab mine`: what I wrote, over all groups."""

from functools import partial

from bot.deps import Deps
from bot.plugged import Section
from bot.services import own_answers as services
from handlers.capability import Capability, Subcommand
from handlers.listeners import Shown
from handlers.messages.home import BELOW
from handlers.requests import Interaction
from handlers.views import mine
from handlers.views.block_kit import Form


async def show(deps: Deps, request: Interaction) -> Shown:
    return await _form(deps, request, 0)


async def turn(deps: Deps, request: Interaction, pages: int) -> Shown:
    return await _form(deps, request, mine.parse_start(request.meta, pages))


async def _form(deps: Deps, request: Interaction, start: int) -> Shown:
    async with deps.sessions.read() as session:
        page = await services.mine(session, request.workspace, request.person, start, deps.now())
    return Form(mine.build_mine(page, deps.now()), in_place=True)


CAPABILITY = Capability(
    "my answers",
    subcommands=[Subcommand("mine", "", "everyone", "my answers: edit, withdraw, who sees them", show)],
    actions={mine.BACK: partial(turn, pages=-1), mine.ON: partial(turn, pages=1)},
    fills={BELOW: [Section(10, services.find_latest, mine.build_on_home)]},
)
