"""Looking after a group: adding people, taking it over, naming a convener."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.services import groups, leading, membership, people
from bot.services.membership import NotKnownYet
from handlers import workspace
from handlers.capability import Capability
from handlers.listeners import Shown
from handlers.messages import roles
from handlers.requests import FormSubmission, Interaction
from handlers.views import membership as views
from handlers.views.block_kit import Form, Notice


async def open_add(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await _current(session, request.workspace, request.value)
        await membership.require_convener(session, round_, request.person)
    return Form(views.build_add(round_))


async def take_add(deps: Deps, submission: FormSubmission) -> Shown:
    async with deps.sessions.begin() as session:
        round_ = await _current(session, submission.workspace, submission.meta)
        try:
            new = await membership.add(
                session, round_, submission.person, views.parse_add(submission.state), deps.now()
            )
        except NotKnownYet:  # who erased everything, or came while nobody told of it
            asking = workspace.read_anew(deps, submission.workspace, round_.group.channel)
            deps.background.start("people", asking)
            raise
        strangers = {person for _, person in await people.strangers_in(session, [round_.group.id])}
        names = await people.names_of(session, submission.workspace, new)
    out_of_reach = [names[person] for person in new if person in strangers]
    return Notice(views.build_added([names[person] for person in new], out_of_reach), title="Add people")


async def take_over(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        await membership.take_over(session, await groups.latest(session, round_), request.person, deps.now())
    return Notice(views.build_convenes("You look after the group"), title="Convener")


async def open_name(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await _current(session, request.workspace, request.value)
        await membership.require_admin(session, round_, request.person)
    return Form(views.build_name(round_))


async def take_name(deps: Deps, submission: FormSubmission) -> Shown:
    picked = views.parse_name(submission.state)
    async with deps.sessions.begin() as session:
        round_ = await _current(session, submission.workspace, submission.meta)
        await membership.name_convener(session, round_, submission.person, picked, deps.now())
        name = (await people.names_of(session, submission.workspace, [picked or ""])).get(picked or "", "They")
    return Notice(views.build_convenes(f"{name} looks after the group"), title="Convener")


async def open_lead(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await _current(session, request.workspace, request.value)
        await membership.require_convener(session, round_, request.person)
    return Form(views.build_lead(round_))


async def take_lead(deps: Deps, submission: FormSubmission) -> Shown:
    facilitation, picked = views.parse_lead(submission.state)
    async with deps.sessions.begin() as session:
        round_ = await _current(session, submission.workspace, submission.meta)
        await membership.require_convener(session, round_, submission.person)
        await leading.choose(session, round_, submission.person, facilitation, picked, deps.now())
        name = (await people.names_of(session, submission.workspace, [picked or ""])).get(picked or "", "Nobody")
        reach = picked is None or not await people.is_stranger(session, submission.workspace, picked)
        is_first = picked is not None and await membership.is_first(session, round_, picked)
    return Notice(views.build_chosen(facilitation, name, reach=reach, is_first=is_first), title="Who leads")


async def _current(session: AsyncSession, workspace_id: str, meeting: str) -> Round:
    """The round that the group is in by now: a button may be of an earlier one, and nobody need be a member yet."""
    return await groups.latest(session, await groups.require_known(session, workspace_id, meeting))


CAPABILITY = Capability(
    "membership and roles",
    actions={
        views.ADD: open_add,
        views.TAKE_OVER: take_over,
        views.NAME: open_name,
        views.LEAD: open_lead,
    },
    forms={views.ADD_FORM: take_add, views.NAME_FORM: take_name, views.LEAD_FORM: take_lead},
    deliveries=roles.KINDS,
)
