"""After the meeting: notes, looked at before they are posted, and the handover."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.plugged import Slot
from bot.services import deliveries, groups, handoff_notes, people, round_opening, rounds
from bot.services import handoff as services
from bot.services.handoff_notes import Handover, Notes, NotesField
from handlers.capability import Capability, HubButton, Subcommand
from handlers.listeners import Shown
from handlers.messages import facilitator, handoff
from handlers.messages.home import TASKS, EntryKind, no_details
from handlers.requests import FormSubmission, Interaction
from handlers.views import handoff as views
from handlers.views.block_kit import Block, Form, Notice, View


@dataclass(frozen=True)
class FormField:
    """A field of the notes: `build(round, text)` shows it in the form, `build_later` what becomes of what is in it
    where the handover stands already."""

    field: NotesField
    build: Callable[[Round, str], Block]
    build_later: Callable[[str], list[Block]]


NOTES_FIELDS: Slot[FormField] = Slot("fields of the notes")


async def notes(deps: Deps, request: Interaction) -> Shown:
    """Of the meeting that has begun; before that, those of the last one can be corrected by whoever led it."""
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, request.place)
        if deps.now() < found.meeting.starts_at and found.previous is not None:
            last = await rounds.round_of(session, request.workspace, found.previous.id)
            found = last if last is not None and last.leads(request.person) else found
        return Form(await _form(session, deps, found, request.person))


async def press_notes(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        return Form(await _form(session, deps, round_, request.person))


async def press_back(deps: Deps, request: Interaction) -> Shown:
    """From what they looked at to the form, with all that they wrote."""
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        return Form(await _form(session, deps, round_, request.person), in_place=True)


async def _form(session: AsyncSession, deps: Deps, round_: Round, person: str) -> View:
    groups.require_lead(round_, person)
    services.require_begun(round_, deps.now())
    written = await handoff_notes.draft_of(session, round_, person)
    more = [one.build(round_, written.more.get(one.field.name, "")) for one in deps.plugged.into(NOTES_FIELDS)]
    return views.build_form(round_, written, await _where(session, round_), more)


def _fields(deps: Deps) -> list[NotesField]:
    return [one.field for one in deps.plugged.into(NOTES_FIELDS)]


async def _where(session: AsyncSession, round_: Round) -> str:
    return await people.channel_name(session, round_.group.workspace, round_.group.channel)


async def look_at_notes(deps: Deps, submission: FormSubmission) -> Shown:
    """As they will look and where they go. They are kept, so that whoever closes this finds them again."""
    fields = _fields(deps)
    filled = views.parse_form(submission.state, [one.name for one in fields])
    written = handoff_notes.checked(filled, fields)
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        groups.require_lead(round_, submission.person)
        services.require_begun(round_, deps.now())
        await handoff_notes.keep_draft(session, round_, submission.person, written, deps.now())
        return Form(await _preview(session, deps, round_, submission.person, written))


async def _preview(session: AsyncSession, deps: Deps, round_: Round, person: str, written: Notes) -> View:
    shown = await deps.plugged.sections(handoff.IN_HANDOVER, session, Handover(round_, written, person))
    later = [
        block
        for one in deps.plugged.into(NOTES_FIELDS)
        for block in one.build_later(written.more.get(one.field.name, ""))
    ]
    if round_.meeting.handed_off_at is None:
        following = await round_opening.foresee_next(session, round_.group, round_.meeting, deps.now())
        round_ = replace(round_, following=following)
    leads = round_.following.facilitator if round_.following else None
    reach = leads is None or not await people.is_stranger(session, round_.group.workspace, leads)
    where, added = await _where(session, round_), views.Added(shown, later)
    return views.build_preview(round_, written, where, deps.now(), added, reach=reach)


async def take_notes(deps: Deps, submission: FormSubmission) -> Shown:
    """Post what they looked at; where it is another text by now, they look again."""
    meeting, looked_at = views.parse_preview(submission.meta)
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, meeting, submission.person)
        written = await handoff_notes.draft_of(session, round_, submission.person)
        if written.stamp != looked_at:
            return Form(await _preview(session, deps, round_, submission.person, written))
        await services.take_notes(
            session, round_, submission.person, written, deps.questions, deps.now(), _fields(deps)
        )
        came = "handoff" not in await deliveries.missed(session, round_.meeting.id)
        return Notice(views.build_handed(round_, await _where(session, round_), came=came), title="Thank you")


CAPABILITY = Capability(
    "handoff",
    subcommands=[Subcommand("notes", "", "facilitator", "notes after the meeting, and hand over", notes)],
    actions={views.NOTES: press_notes, views.BACK: press_back},
    forms={views.FORM: look_at_notes, views.PREVIEW: take_notes},
    deliveries=[facilitator.PACKET, facilitator.NOTES, handoff.KIND],
    due=[services.HAND_OFF],
    hub=[HubButton(30, views.build_in_hub)],
    fills={TASKS: [EntryKind(services.find_notes, views.build_task, no_details)]},
)
