"""Those who answered without a name settle what the bot told them alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services import groups, people, returning
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import quiet
from handlers.views.kit import Form, Notice

TITLE = "Your answer"


def register(listeners: Listeners) -> None:
    listeners.action(quiet.NAME, put_name)
    listeners.action(quiet.ALONE, show_facilitator)
    listeners.action(quiet.LEAVE, leave)
    listeners.action(quiet.TAKE_BACK, take_back)
    listeners.action(quiet.CHANGE, open_change)
    listeners.view(quiet.FORM, take_change)


async def put_name(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        await _settle(session, deps, ask, Visibility.NAMED)
    return Notice(quiet.build_named(), title=TITLE)


async def show_facilitator(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        found = await _settle(session, deps, ask, Visibility.FACILITATOR)
        name = await people.facilitator_of(session, found, ask.person)
    return Notice(quiet.build_alone(name), title=TITLE)


async def leave(deps: Deps, ask: Ask) -> Shown:
    meeting, _ = quiet.parse_about(ask.value)
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        few = ask.person in await returning.too_few(session, found, [ask.person])
        mine = ask.person in await returning.have_answers(session, found, [ask.person])
    return Notice(quiet.build_left(found, deps.now(), few=few, mine=mine), title=TITLE)


async def take_back(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        await _settle(session, deps, ask, None)
    return Notice(quiet.build_taken_back(), title=TITLE)


async def _settle(session: AsyncSession, deps: Deps, ask: Ask, sees: Visibility | None) -> Round:
    meeting, position = quiet.parse_about(ask.value)
    found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
    await returning.settle(session, found, ask.person, position, sees, deps.now())
    return found


async def open_change(deps: Deps, ask: Ask) -> Shown:
    meeting, position = quiet.parse_about(ask.value)
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        mine = await returning.my_quiet(session, found, ask.person)
    one = next((each for each in mine if each.position == position and each.reason), None)
    if one is None:
        raise DomainError("There is nothing to change any more.")
    return Form(quiet.build_change(found, one))


async def take_change(deps: Deps, sent: Sent) -> Shown:
    meeting, position = quiet.parse_about(sent.meta)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, meeting, sent.person)
        await returning.rewrite(session, found, sent.person, position, quiet.parse_change(sent.state), deps.now())
    return Notice(quiet.build_handed_in(), title=TITLE)
