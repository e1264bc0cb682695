"""Those who answered without a name settle what the bot told them alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services import groups, people, returned_answers
from handlers.listeners import Listeners, Shown
from handlers.requests import FormSubmission, Interaction
from handlers.views import anonymous_author
from handlers.views.block_kit import Form, Notice

TITLE = "Your answer"


def register(listeners: Listeners) -> None:
    listeners.action(anonymous_author.NAME, put_name)
    listeners.action(anonymous_author.ALONE, show_facilitator)
    listeners.action(anonymous_author.LEAVE, leave)
    listeners.action(anonymous_author.TAKE_BACK, take_back)
    listeners.action(anonymous_author.CHANGE, open_change)
    listeners.view(anonymous_author.FORM, take_change)


async def put_name(deps: Deps, ask: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        await _settle(session, deps, ask, Visibility.NAMED)
    return Notice(anonymous_author.build_named(), title=TITLE)


async def show_facilitator(deps: Deps, ask: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        found = await _settle(session, deps, ask, Visibility.FACILITATOR)
        name = await people.facilitator_of(session, found, ask.person)
    return Notice(anonymous_author.build_alone(name), title=TITLE)


async def leave(deps: Deps, ask: Interaction) -> Shown:
    meeting, _ = anonymous_author.parse_about(ask.value)
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        few = ask.person in await returned_answers.too_few(session, found, [ask.person])
        mine = ask.person in await returned_answers.have_answers(session, found, [ask.person])
    return Notice(anonymous_author.build_left(found, deps.now(), few=few, mine=mine), title=TITLE)


async def take_back(deps: Deps, ask: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        await _settle(session, deps, ask, None)
    return Notice(anonymous_author.build_taken_back(), title=TITLE)


async def _settle(session: AsyncSession, deps: Deps, ask: Interaction, sees: Visibility | None) -> Round:
    meeting, position = anonymous_author.parse_about(ask.value)
    found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
    await returned_answers.settle(session, found, ask.person, position, sees, deps.now())
    return found


async def open_change(deps: Deps, ask: Interaction) -> Shown:
    meeting, position = anonymous_author.parse_about(ask.value)
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        mine = await returned_answers.my_anonymous_answers(session, found, ask.person)
    one = next((each for each in mine if each.position == position and each.reason), None)
    if one is None:
        raise DomainError("There is nothing to change any more.")
    return Form(anonymous_author.build_change(found, one))


async def take_change(deps: Deps, sent: FormSubmission) -> Shown:
    meeting, position = anonymous_author.parse_about(sent.meta)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, meeting, sent.person)
        await returned_answers.rewrite(
            session, found, sent.person, position, anonymous_author.parse_change(sent.state), deps.now()
        )
    return Notice(anonymous_author.build_handed_in(), title=TITLE)
