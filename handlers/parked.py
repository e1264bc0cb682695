"""Topics parked for later: keep one, see them, take one off."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.domain.text import as_typed
from bot.plugged import Button, Section
from bot.services import groups, parked
from handlers.capability import Capability, HubButton, Subcommand
from handlers.handoff import NOTES_FIELDS, FormField
from handlers.listeners import Shown
from handlers.messages.agenda import AGENDA, BELOW_AGENDA, BELOW_DRAFT, AgendaSection
from handlers.messages.facilitator import IN_PACKET
from handlers.messages.handoff import IN_HANDOVER
from handlers.messages.home import BESIDE_MEETING
from handlers.requests import FormSubmission, Interaction
from handlers.views import parked as views
from handlers.views.block_kit import Form, Notice

PARKED = "Parked. The group reads it on its agenda, with your name; take it off here when it is done."


async def open_park(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
    return Form(views.build_park(round_))


async def park(deps: Deps, request: Interaction) -> Shown:
    """With words: keep them for later. Without: what is parked."""
    async with deps.sessions.begin() as session:
        round_ = await groups.require_round(session, request.place)
        if not request.value:
            return await _parked(session, round_, request.person)
        await parked.park(session, round_, request.person, as_typed(request.value), deps.now())
        return await _parked(session, round_, request.person, PARKED)


async def take_park(deps: Deps, submission: FormSubmission) -> Shown:
    text = submission.state["values"]["topic"]["topic"].get("value") or ""
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await parked.park(session, round_, submission.person, text, deps.now())
        return await _parked(session, round_, submission.person, PARKED)


async def unpark(deps: Deps, request: Interaction) -> Shown:
    meeting, _, topic = request.value.partition(":")
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
        await parked.unpark(session, round_, request.person, topic)
        return await _parked(session, round_, request.person)


async def _parked(session: AsyncSession, round_: Round, person: str, said: str = "") -> Notice:
    topics = await parked.topics(session, round_.group.id)
    return Notice(views.build_parked(round_, topics, person, said), title="Kept for later")


CAPABILITY = Capability(
    "parked topics",
    subcommands=[Subcommand("park", "[topic]", "members", "keep a topic for later", park, takes_text=True)],
    actions={views.PARK: open_park, views.UNPARK: unpark},
    forms={views.PARK_FORM: take_park},
    hub=[HubButton(50, views.build_in_hub)],
    fills={
        AGENDA: [AgendaSection(10, parked.for_meeting, views.build_on_agenda, views.LINE)],
        BELOW_AGENDA: [Button(10, views.build_below)],
        BELOW_DRAFT: [Button(30, views.build_below)],
        IN_PACKET: [Section(10, parked.for_meeting, views.build_in_packet)],
        BESIDE_MEETING: [Button(20, views.build_on_home)],
        IN_HANDOVER: [Section(10, parked.carried_over, views.build_in_handover)],
        NOTES_FIELDS: [FormField(parked.IN_NOTES, views.build_in_notes, views.build_kept_later)],
    },
)
