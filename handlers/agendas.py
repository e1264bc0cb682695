"""The agenda: see, edit, post; and topics parked for later."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.domain.text import as_typed
from bot.services import agendas, groups, people, private_answers
from bot.services.agendas import AgendaContents
from handlers.listeners import Listeners, Shown
from handlers.requests import FormSubmission, Interaction
from handlers.views import agenda, block_kit, private
from handlers.views.block_kit import Form, Notice

PARKED = "Parked. The group reads it on its agenda, with your name; take it off here when it is done."


def register(listeners: Listeners) -> None:
    listeners.action(agenda.SHOW, press_show)
    listeners.action(agenda.EDIT, open_edit)
    listeners.action(agenda.POST, look_at_post)
    listeners.view(agenda.POST_FORM, post)
    listeners.action(agenda.PARK, open_park)
    listeners.action(agenda.UNPARK, unpark)
    listeners.action(agenda.READ_ALL, read_all)
    listeners.view(agenda.EDIT_FORM, take_edit)
    listeners.view(agenda.PARK_FORM, take_park)


async def show(deps: Deps, request: Interaction) -> Shown:
    """For whoever leads: the draft. For a member: the posted agenda, or when it will come."""
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, request.place)
        contents = await _contents(session, deps, found, request.person)
    return await _shown(deps, found, contents, request.person)


async def press_show(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, request.workspace, request.value, request.person)
        contents = await _contents(session, deps, found, request.person)
    return await _shown(deps, found, contents, request.person)


async def _contents(session: AsyncSession, deps: Deps, round_: Round, person: str) -> AgendaContents:
    viewer = person if round_.leads(person) else None
    return await agendas.contents(session, round_, viewer, deps.questions.chooser)


async def _shown(deps: Deps, round_: Round, contents: AgendaContents, person: str) -> Notice:
    if round_.leads(person):
        blocks = agenda.build_draft(round_, contents, deps.now(), person)
    else:
        blocks = agenda.build_for_member(round_, contents, deps.now())
    await _read(deps, agendas.private_shown(contents, private.MOST))
    return Notice(blocks, title="Agenda")


async def _read(deps: Deps, answers: Sequence[str]) -> None:
    """What was for one person alone has been shown to them."""
    if answers:
        async with deps.sessions.begin() as session:
            await private_answers.mark_shown(session, answers)


async def read_all(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, request.workspace, request.value, request.person)
        contents = await _contents(session, deps, found, request.person)
    view = block_kit.modal("notice", "All answers", agenda.build_all_answers(found, contents))
    await _read(deps, agendas.private_shown(contents, agenda.MOST_IN_FULL))
    return Form(view)


async def open_edit(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, request.workspace, request.value, request.person)
        groups.require_lead(found, request.person)
        contents = await _contents(session, deps, found, request.person)
        where = await people.channel_name(session, request.workspace, found.group.channel)
    return Form(agenda.build_edit(found, contents.items, where))


async def take_edit(deps: Deps, submission: FormSubmission) -> Shown:
    text = submission.state["values"]["agenda"]["agenda"].get("value") or ""
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await agendas.edit(session, found, submission.person, text)
        contents = await _contents(session, deps, found, submission.person)
    return await _shown(deps, found, contents, submission.person)


async def look_at_post(deps: Deps, request: Interaction) -> Shown:
    """The agenda as it will stand in the channel; nothing is posted yet."""
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, request.workspace, request.value, request.person)
        agendas.require_can_post(found, request.person, deps.now())
        contents = await agendas.contents(session, found, None, deps.questions.chooser)
        where = await people.channel_name(session, request.workspace, found.group.channel)
    return Form(agenda.build_preview(found, contents, where, deps.now()))


async def post(deps: Deps, submission: FormSubmission) -> Shown:
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await agendas.post_now(session, found, submission.person, deps.now())
    return Notice(agenda.build_posting(found), title="Agenda")


async def open_park(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, request.workspace, request.value, request.person)
    return Form(agenda.build_park(found))


async def park(deps: Deps, request: Interaction) -> Shown:
    """With words: keep them for later. Without: what is parked."""
    async with deps.sessions.begin() as session:
        found = await groups.require_round(session, request.place)
        if not request.value:
            return await _parked(session, found, request.person)
        await agendas.park(session, found, request.person, as_typed(request.value), deps.now())
        return await _parked(session, found, request.person, PARKED)


async def take_park(deps: Deps, submission: FormSubmission) -> Shown:
    text = submission.state["values"]["topic"]["topic"].get("value") or ""
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await agendas.park(session, found, submission.person, text, deps.now())
        return await _parked(session, found, submission.person, PARKED)


async def unpark(deps: Deps, request: Interaction) -> Shown:
    meeting, _, topic = request.value.partition(":")
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, request.workspace, meeting, request.person)
        await agendas.unpark(session, found, request.person, topic)
        return await _parked(session, found, request.person)


async def _parked(session: AsyncSession, round_: Round, person: str, said: str = "") -> Notice:
    topics = await agendas.parked(session, round_.group.id)
    return Notice(agenda.build_parked(round_, topics, person, said), title="Kept for later")
