"""What I am sent, and when: `/collab settings`, and the buttons in reminders."""

from bot.deps import Deps
from bot.domain.cadence import local
from bot.domain.reminders import Reminders
from bot.services import wishes
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import reminding, settings
from handlers.views.kit import Form, Notice


def register(listeners: Listeners) -> None:
    listeners.action(settings.OPEN, open_form)
    listeners.action(reminding.STOP, stop)
    listeners.action(reminding.GO_ON, go_on)
    listeners.view(settings.FORM, take_form)


async def open_form(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        return Form(settings.build_form(await wishes.of_person(session, ask.workspace, ask.person)))


async def take_form(deps: Deps, sent: Sent) -> Shown:
    chosen, now = settings.parse_form(sent.state), deps.now()
    async with deps.sessions.begin() as session:
        await wishes.keep(session, sent.workspace, sent.person, chosen, now)
        reader = await wishes.of_person(session, sent.workspace, sent.person)
    return Notice(settings.build_kept(reader, local(now, reader.zone).date()), title="My settings")


async def stop(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        await wishes.set_reminders(session, ask.workspace, ask.person, Reminders.NONE)
    return Notice(reminding.build_stopped(), title="Reminders")


async def go_on(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        await wishes.set_reminders(session, ask.workspace, ask.person, Reminders.LIGHT)
    return Notice(reminding.build_going_on(), title="Reminders")
