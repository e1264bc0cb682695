"""Those who answered without a name settle what the bot told them alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services import groups, people, returned_answers
from handlers.capability import Capability
from handlers.listeners import Shown
from handlers.messages import anonymous_author as messages
from handlers.requests import FormSubmission, Interaction
from handlers.views import anonymous_author
from handlers.views.block_kit import Form, Notice

TITLE = "Your answer"


async def put_name(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        await _settle(session, deps, request, Visibility.NAMED)
    return Notice(anonymous_author.build_named(), title=TITLE)


async def show_facilitator(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        found = await _settle(session, deps, request, Visibility.FACILITATOR)
        name = await people.facilitator_of(session, found, request.person)
    return Notice(anonymous_author.build_alone(name), title=TITLE)


async def leave(deps: Deps, request: Interaction) -> Shown:
    meeting, _ = anonymous_author.parse_about(request.value)
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
        few = request.person in await returned_answers.too_few(session, round_, [request.person])
        mine = request.person in await returned_answers.have_answers(session, round_, [request.person])
    return Notice(anonymous_author.build_left(round_, deps.now(), few=few, mine=mine), title=TITLE)


async def take_back(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        await _settle(session, deps, request, None)
    return Notice(anonymous_author.build_taken_back(), title=TITLE)


async def _settle(session: AsyncSession, deps: Deps, request: Interaction, sees: Visibility | None) -> Round:
    meeting, position = anonymous_author.parse_about(request.value)
    round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
    await returned_answers.settle(session, round_, request.person, position, sees, deps.now())
    return round_


async def open_change(deps: Deps, request: Interaction) -> Shown:
    meeting, position = anonymous_author.parse_about(request.value)
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
        mine = await returned_answers.my_anonymous_answers(session, round_, request.person)
    one = next((each for each in mine if each.position == position and each.reason), None)
    if one is None:
        raise DomainError("There is nothing to change any more.")
    return Form(anonymous_author.build_change(round_, one))


async def take_change(deps: Deps, submission: FormSubmission) -> Shown:
    meeting, position = anonymous_author.parse_about(submission.meta)
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, meeting, submission.person)
        await returned_answers.rewrite(
            session, round_, submission.person, position, anonymous_author.parse_change(submission.state), deps.now()
        )
    return Notice(anonymous_author.build_handed_in(), title=TITLE)


CAPABILITY = Capability(
    "authors of anonymous answers",
    actions={
        anonymous_author.NAME: put_name,
        anonymous_author.ALONE: show_facilitator,
        anonymous_author.LEAVE: leave,
        anonymous_author.TAKE_BACK: take_back,
        anonymous_author.CHANGE: open_change,
    },
    forms={anonymous_author.FORM: take_change},
    deliveries=[messages.FEW_ANSWERED, messages.RETURNED, messages.LEFT, messages.LAPSING],
)
