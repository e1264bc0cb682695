"""The agenda: see, edit, post."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.plugged import Button
from bot.services import agenda as services
from bot.services import groups, people, private_answers
from bot.services.agenda import AgendaContents
from handlers.capability import Capability, HubButton, Subcommand
from handlers.listeners import Shown
from handlers.messages import agenda as messages
from handlers.messages import facilitator
from handlers.messages.home import BESIDE_MEETING, TASKS, EntryKind, no_details
from handlers.requests import FormSubmission, Interaction
from handlers.views import agenda, block_kit, private
from handlers.views.agenda import Added
from handlers.views.block_kit import Form, Notice


async def show(deps: Deps, request: Interaction) -> Shown:
    """For whoever leads: the draft. For a member: the posted agenda, or when it will come."""
    async with deps.sessions.read() as session:
        round_ = await groups.require_round(session, request.place)
        contents, added = await _contents(session, deps, round_, request.person)
    return await _shown(deps, round_, contents, added, request.person)


async def press_show(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        contents, added = await _contents(session, deps, round_, request.person)
    return await _shown(deps, round_, contents, added, request.person)


async def _contents(session: AsyncSession, deps: Deps, round_: Round, person: str) -> tuple[AgendaContents, Added]:
    viewer = person if round_.leads(person) else None
    return await messages.read(session, deps.plugged, round_, viewer, deps.questions.chooser)


async def _shown(deps: Deps, round_: Round, contents: AgendaContents, added: Added, person: str) -> Notice:
    if round_.leads(person):
        blocks = agenda.build_draft(round_, contents, deps.now(), person, added)
    else:
        blocks = agenda.build_for_member(round_, contents, deps.now(), added)
    await _read(deps, services.private_shown(contents, private.MOST))
    return Notice(blocks, title="Agenda")


async def _read(deps: Deps, answers: Sequence[str]) -> None:
    """What was for one person alone has been shown to them."""
    if answers:
        async with deps.sessions.begin() as session:
            await private_answers.mark_shown(session, answers)


async def read_all(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        contents, _ = await _contents(session, deps, round_, request.person)
    view = block_kit.modal("notice", "All answers", agenda.build_all_answers(round_, contents))
    await _read(deps, services.private_shown(contents, agenda.MOST_IN_FULL))
    return Form(view)


async def open_edit(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        groups.require_lead(round_, request.person)
        contents, _ = await _contents(session, deps, round_, request.person)
        where = await people.channel_name(session, request.workspace, round_.group.channel)
    return Form(agenda.build_edit(round_, contents.items, where))


async def take_edit(deps: Deps, submission: FormSubmission) -> Shown:
    text = submission.state["values"]["agenda"]["agenda"].get("value") or ""
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await services.edit(session, round_, submission.person, text)
        contents, added = await _contents(session, deps, round_, submission.person)
    return await _shown(deps, round_, contents, added, submission.person)


async def look_at_post(deps: Deps, request: Interaction) -> Shown:
    """The agenda as it will stand in the channel; nothing is posted yet."""
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        services.require_can_post(round_, request.person, deps.now())
        contents, added = await messages.read(session, deps.plugged, round_, None, deps.questions.chooser)
        where = await people.channel_name(session, request.workspace, round_.group.channel)
    return Form(agenda.build_preview(round_, contents, where, deps.now(), added))


async def post(deps: Deps, submission: FormSubmission) -> Shown:
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await services.post_now(session, round_, submission.person, deps.now())
    return Notice(agenda.build_posting(round_), title="Agenda")


CAPABILITY = Capability(
    "agenda",
    subcommands=[Subcommand("agenda", "", "members; facilitator edits", "the agenda, or your draft of it", show)],
    actions={
        agenda.SHOW: press_show,
        agenda.EDIT: open_edit,
        agenda.POST: look_at_post,
        agenda.READ_ALL: read_all,
    },
    forms={agenda.POST_FORM: post, agenda.EDIT_FORM: take_edit},
    deliveries=[facilitator.DRAFT, messages.POSTED],
    due=[services.POST],
    hub=[HubButton(40, agenda.build_in_hub)],
    fills={
        messages.BELOW_DRAFT: [
            Button(10, agenda.build_post_button),
            Button(20, agenda.build_edit_button),
            Button(40, agenda.build_early_button),
        ],
        BESIDE_MEETING: [Button(10, agenda.build_on_home)],
        TASKS: [EntryKind(services.find_drafts, agenda.build_task, no_details)],
    },
)
