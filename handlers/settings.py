"""What I am sent, and when: `/collab settings`, and the buttons in reminders."""

from bot.deps import Deps
from bot.domain.cadence import local
from bot.domain.reminders import Reminders
from bot.services import preferences
from handlers.capability import Capability, Subcommand
from handlers.listeners import Shown
from handlers.messages import reminders as messages
from handlers.requests import FormSubmission, Interaction
from handlers.views import reminders, settings
from handlers.views.block_kit import Form, Notice


async def open_form(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        return Form(settings.build_form(await preferences.of_person(session, request.workspace, request.person)))


async def take_form(deps: Deps, submission: FormSubmission) -> Shown:
    chosen, now = settings.parse_form(submission.state), deps.now()
    async with deps.sessions.begin() as session:
        await preferences.keep(session, submission.workspace, submission.person, chosen, now)
        reader = await preferences.of_person(session, submission.workspace, submission.person)
    return Notice(settings.build_kept(reader, local(now, reader.zone).date()), title="My settings")


async def stop(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        await preferences.set_reminders(session, request.workspace, request.person, Reminders.NONE)
    return Notice(reminders.build_stopped(), title="Reminders")


async def go_on(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        await preferences.set_reminders(session, request.workspace, request.person, Reminders.LIGHT)
    return Notice(reminders.build_going_on(), title="Reminders")


CAPABILITY = Capability(
    "settings and reminders",
    subcommands=[Subcommand("settings", "", "each for themselves", "reminders, days away, working hours", open_form)],
    actions={settings.OPEN: open_form, reminders.STOP: stop, reminders.GO_ON: go_on},
    forms={settings.FORM: take_form},
    deliveries=[messages.KIND],
)
