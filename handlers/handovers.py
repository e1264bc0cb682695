"""After the meeting: notes and the handover."""

from bot.deps import Deps
from bot.services import groups, handovers
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import handover
from handlers.views.kit import Form, Notice


def register(listeners: Listeners) -> None:
    listeners.action(handover.NOTES, press_notes)
    listeners.view(handover.FORM, take_notes)


async def notes(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
        groups.require_lead(found, ask.person)
        handovers.require_begun(found, deps.now())
    return Form(handover.build_form(found))


async def press_notes(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        groups.require_lead(found, ask.person)
        handovers.require_begun(found, deps.now())
    return Form(handover.build_form(found))


async def take_notes(deps: Deps, sent: Sent) -> Shown:
    written, topics = handover.parse_form(sent.state)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        await handovers.take_notes(session, found, sent.person, written, topics, deps.asker, deps.now())
    return Notice(handover.build_handed(found), title="Thank you")
