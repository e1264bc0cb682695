"""Answering: `/collab reflect`, the prompt's button, the form; then edit, withdraw, change who sees it, pass."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.rounds import Phase, Round
from bot.domain.text import as_typed
from bot.services import answering as services
from bot.services import groups, people, reflections
from bot.services.answering import Kept, Sheet
from bot.services.reflections import Own
from bot.services.saying import Answered, Said
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import answering
from handlers.views.answering import Told
from handlers.views.kit import Form, Notice


def register(listeners: Listeners) -> None:
    listeners.action(answering.ANSWER, open_form)
    listeners.action(answering.EDIT, open_form)
    listeners.action(answering.PASS, press_pass)
    listeners.action(answering.WITHDRAW, withdraw)
    listeners.action(answering.SEES, change_sees)
    listeners.view(answering.FORM, take_form)
    listeners.view(answering.AGAIN, take_again)


async def reflect(deps: Deps, ask: Ask) -> Shown:
    """Plain text answers the first question that wants words, a second asks: add or replace; none opens the form."""
    if not ask.value:
        return await _open_form_here(deps, ask)
    answered = await deps.answers.do(Said(ask.place, as_typed(ask.value)))
    found, kept = answered.found, answered.kept
    if kept.earlier is not None:
        return Form(answering.build_again(found, kept.earlier, answered.text))
    blocks = answering.build_kept(found, kept.own, answered.facilitator, deps.now(), Told(_said_late(deps, answered)))
    return Notice(blocks, title="Your answer")


def _said_late(deps: Deps, answered: Answered) -> list[str]:
    """What a late answer is, told to whoever typed it: they saw no form."""
    late = answered.found.phase(deps.now()) is Phase.LATE
    return [answering.late_words(answered.found, answered.facilitator)] if late else []


async def _open_form_here(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
        return await form_for(session, deps, found, ask.person)


async def open_form(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        return await form_for(session, deps, await _meeting(session, ask), ask.person)


async def form_for(
    session: AsyncSession, deps: Deps, found: Round, person: str, given: Mapping[int, str] | None = None
) -> Form:
    """The form to answer, or to change what was answered; `given` are words to begin with."""
    own = await reflections.own_answers(session, found.prompt, person)
    reflections.require_answerable(found, deps.now(), anew=not own)
    sees = await people.sees_of(session, found.group.workspace, person)
    writer = answering.Writer(own, sees, await people.facilitator_of(session, found, person))
    return Form(answering.build_form(found, writer, deps.now(), given or {}))


async def take_form(deps: Deps, sent: Sent) -> Shown:
    answers, sees, passes = answering.parse_form(sent.state)
    meeting, opened = answering.parse_meta(sent.meta)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, meeting, sent.person)
        if passes and not any(text.strip() for text in answers.values()):
            await services.pass_on(session, found, sent.person, deps.now())
            return Notice(answering.build_passed(), title="Passed")
        sheet = Sheet(found, sent.person, answers, sees, opened=opened)
        return await _kept(session, deps, found, sent.person, await services.keep_sheet(session, sheet, deps.now()))


async def take_again(deps: Deps, sent: Sent) -> Shown:
    position, text, added = answering.parse_again(sent.state)
    meeting, opened = answering.parse_meta(sent.meta)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, meeting, sent.person)
        own = await reflections.own_answers(session, found.prompt, sent.person)
        earlier = next((o.text for o in own if o.asked.position == position), "")
        if added and earlier:
            # The same form sent twice adds once.
            text = earlier if earlier.endswith(text.strip()) else f"{earlier}\n\n{text}"
        sheet = Sheet(found, sent.person, {position: text}, opened=None if added else opened)
        return await _kept(session, deps, found, sent.person, await services.keep_sheet(session, sheet, deps.now()))


async def press_pass(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.begin() as session:
        found = await _meeting(session, ask)
        own = await reflections.own_answers(session, found.prompt, ask.person)
        if own:  # a slip of the thumb must not delete what somebody wrote
            return await _kept(session, deps, found, ask.person, Kept(tuple(own), said=(answering.NOT_PASSED,)))
        await services.pass_on(session, found, ask.person, deps.now())
    return Notice(answering.build_passed())


async def pass_turn(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
    return await press_pass(deps, _about(ask, found))


async def withdraw(deps: Deps, ask: Ask) -> Shown:
    """What somebody wrote is theirs, in the group or not: they can take it back in either case."""
    meeting, _, position = ask.value.partition(":")
    async with deps.sessions.begin() as session:
        found = await groups.require_known(session, ask.workspace, meeting)
        before = await reflections.own_answers(session, found.prompt, ask.person)
        own = await reflections.withdraw(session, found, ask.person, int(position or 0), deps.now())
        return await _changed(session, deps, found, ask.person, before, own)


async def change_sees(deps: Deps, ask: Ask) -> Shown:
    _, meeting, position = [*ask.block.split(":"), "", ""][:3]
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        before = await reflections.own_answers(session, found.prompt, ask.person)
        sees = Visibility(ask.value)
        own = await reflections.change_visibility(session, found, ask.person, int(position or 0), sees, deps.now())
        return await _changed(session, deps, found, ask.person, before, own)


async def _changed(
    session: AsyncSession, deps: Deps, found: Round, person: str, before: Sequence[Own], after: Sequence[Own]
) -> Notice:
    """With what can be undone of it, and what can't."""
    facilitator = await people.facilitator_of(session, found, person)
    said = services.say_changes(found, before, after, facilitator)
    return await _kept(session, deps, found, person, Kept(tuple(after), said=said))


async def _meeting(session: AsyncSession, ask: Ask) -> Round:
    meeting = ask.value.partition(":")[0]
    return await groups.require_meeting(session, ask.workspace, meeting, ask.person)


async def _kept(session: AsyncSession, deps: Deps, found: Round, person: str, kept: Kept) -> Notice:
    facilitator, told = await people.facilitator_of(session, found, person), Told(kept.said, kept.replaced)
    return Notice(answering.build_kept(found, kept.own, facilitator, deps.now(), told), title="Your answer")


def _about(ask: Ask, found: Round) -> Ask:
    return replace(ask, value=found.meeting.id)
