"""The agenda: see, edit, post; and topics parked for later."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.domain.text import as_typed
from bot.services import agendas, groups
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import agenda, kit
from handlers.views.kit import Form, Notice


def register(listeners: Listeners) -> None:
    listeners.action(agenda.SHOW, press_show)
    listeners.action(agenda.EDIT, open_edit)
    listeners.action(agenda.POST, post)
    listeners.action(agenda.PARK, open_park)
    listeners.action(agenda.UNPARK, unpark)
    listeners.action(agenda.READ_ALL, read_all)
    listeners.view(agenda.EDIT_FORM, take_edit)
    listeners.view(agenda.PARK_FORM, take_park)


async def show(deps: Deps, ask: Ask) -> Shown:
    """For whoever leads: the draft. For a member: the posted agenda, or when it will come."""
    async with deps.sessions.read() as session:
        return await _shown(session, deps, await groups.require_round(session, ask.place), ask.person)


async def press_show(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        return await _shown(session, deps, found, ask.person)


async def _shown(session: AsyncSession, deps: Deps, found: Round, person: str) -> Notice:
    leads = found.leads(person)
    contents = await agendas.contents(session, found, person if leads else None, deps.asker.chooser)
    build = agenda.build_draft if leads else agenda.build_for_member
    return Notice(build(found, contents, deps.now()), title="Agenda")


async def read_all(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        viewer = ask.person if found.leads(ask.person) else None
        contents = await agendas.contents(session, found, viewer, deps.asker.chooser)
    return Form(kit.modal("notice", "All answers", agenda.build_all_answers(found, contents.answers)))


async def open_edit(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        groups.require_lead(found, ask.person)
        contents = await agendas.contents(session, found, ask.person, deps.asker.chooser)
    return Form(agenda.build_edit(found, contents.items))


async def take_edit(deps: Deps, sent: Sent) -> Shown:
    text = sent.state["values"]["agenda"]["agenda"].get("value") or ""
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        await agendas.edit(session, found, sent.person, text)
        return await _shown(session, deps, found, sent.person)


async def post(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        await agendas.post_now(session, found, ask.person, deps.now())
    return Notice(agenda.build_posting(found), title="Agenda")


async def open_park(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
    return Form(agenda.build_park(found))


async def park(deps: Deps, ask: Ask) -> Shown:
    """With words: keep them for later. Without: what is parked."""
    async with deps.sessions.begin() as session:
        found = await groups.require_round(session, ask.place)
        if not ask.value:
            return await _parked(session, found, ask.person)
        await agendas.park(session, found, ask.person, as_typed(ask.value), deps.now())
        return await _parked(session, found, ask.person, "Parked. It comes onto the next agenda.")


async def take_park(deps: Deps, sent: Sent) -> Shown:
    text = sent.state["values"]["topic"]["topic"].get("value") or ""
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        await agendas.park(session, found, sent.person, text, deps.now())
        return await _parked(session, found, sent.person, "Parked. It comes onto the next agenda.")


async def unpark(deps: Deps, ask: Ask) -> Shown:
    meeting, _, topic = ask.value.partition(":")
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        await agendas.unpark(session, found, ask.person, topic)
        return await _parked(session, found, ask.person)


async def _parked(session: AsyncSession, found: Round, person: str, said: str = "") -> Notice:
    topics = await agendas.parked(session, found.group.id)
    return Notice(agenda.build_parked(found, topics, person, said), title="Kept for later")
