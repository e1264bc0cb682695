"""A group's rhythm around its meetings, for its conveners."""

from bot.deps import Deps
from bot.services import rhythm as services
from handlers.capability import Capability, HubButton
from handlers.listeners import Shown
from handlers.requests import FormSubmission, Interaction
from handlers.views import rhythm
from handlers.views.block_kit import Form, Notice


async def open_form(deps: Deps, request: Interaction) -> Shown:
    now = deps.now()
    async with deps.sessions.read() as session:
        found = await services.standing(session, request.workspace, request.value, request.person, now)
    return Form(rhythm.build_form(found, now))


async def take_form(deps: Deps, submission: FormSubmission) -> Shown:
    chosen, now = rhythm.parse_form(submission.state), deps.now()
    async with deps.sessions.begin() as session:
        found = await services.keep(session, submission.workspace, submission.meta, submission.person, chosen, now)
    return Notice(rhythm.build_kept(found, chosen, now), title="Rhythm")


CAPABILITY = Capability(
    "rhythm",
    actions={rhythm.OPEN: open_form},
    forms={rhythm.FORM: take_form},
    hub=[HubButton(70, rhythm.build_in_hub)],
)
