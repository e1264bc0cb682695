"""Answering: `/collab reflect`, the prompt's button, the form; then edit, withdraw, change who sees it, pass."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.questions import Wants
from bot.domain.rounds import Round
from bot.domain.text import as_typed
from bot.domain.visibility_changes import require_together
from bot.services import answering as services
from bot.services import groups, people, reflections, returned_answers
from bot.services.answering import AnswerSubmission, SaveResult
from bot.services.reflections import Own
from bot.services.text_answers import TextAnswer, TextAnswerResult
from handlers.listeners import Listeners, Shown
from handlers.requests import FormSubmission, Interaction
from handlers.views import answered_before, answering, own_answers
from handlers.views.answering import Given
from handlers.views.block_kit import Form, Notice
from handlers.views.own_answers import Told


def register(listeners: Listeners) -> None:
    listeners.action(answering.ANSWER, open_form)
    listeners.action(own_answers.EDIT, open_form)
    listeners.action(answering.PASS, press_pass)
    listeners.action(own_answers.WITHDRAW, withdraw)
    listeners.action(own_answers.SEES, change_sees)
    listeners.view(answering.FORM, take_form)
    listeners.view(answered_before.AGAIN, take_again)


async def reflect(deps: Deps, ask: Interaction) -> Shown:
    """Plain text answers the first question that wants words, a second asks: add or replace; none opens the form."""
    if not ask.value:
        return await _open_form_here(deps, ask)
    answered = await deps.answers.do(TextAnswer(ask.place, as_typed(ask.value)))
    found, kept = answered.found, answered.kept
    if answered.asks:
        return await _ask_late(deps, ask, answered.text)
    if kept.earlier is not None:
        return await _ask_again(deps, ask, answered, kept.earlier)
    own = await _by_name(deps, found, ask.person, kept.own)
    return Notice(own_answers.build_kept(found, own, answered.facilitator, deps.now()), title="Your answer")


async def _ask_late(deps: Deps, ask: Interaction, text: str) -> Form:
    """What comes late is read at once, so they see first where it goes."""
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
        asked = next(q for q in found.prompt.questions if q.wants is Wants.WORDS)
        return await form_with(session, deps, found, ask.person, Given(asked.position, text))


async def _ask_again(deps: Deps, ask: Interaction, answered: TextAnswerResult, earlier: Own) -> Form:
    (earlier,) = await _by_name(deps, answered.found, ask.person, [earlier])
    given = Given(earlier.asked.position, answered.text)
    view = answered_before.build_again(
        answered.found, earlier, given, answered.facilitator, answered.chosen, deps.now()
    )
    return Form(view)


async def _by_name(deps: Deps, round_: Round, person: str, own: Sequence[Own]) -> list[Own]:
    """With the names of those who read them alone, which is asked only where there are such."""
    if all(o.visibility is not Visibility.FACILITATOR for o in own):
        return list(own)
    async with deps.sessions.read() as session:
        return await reflections.with_readers(session, round_, person, own)


async def _open_form_here(deps: Deps, ask: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
        return await form_for(session, deps, found, ask.person)


async def open_form(deps: Deps, ask: Interaction) -> Shown:
    """For all questions, or for the one that a button is about."""
    position = ask.value.partition(":")[2]
    async with deps.sessions.read() as session:
        found = await _meeting(session, ask)
        return await form_for(session, deps, found, ask.person, only=int(position) if position else None)


async def form_for(
    session: AsyncSession,
    deps: Deps,
    round_: Round,
    person: str,
    given: Given | None = None,
    only: int | None = None,
) -> Form:
    """The form to answer, or to change what was answered."""
    own = await reflections.own_answers(session, round_.prompt, person)
    reflections.require_answerable(round_, deps.now(), anew=not own)
    writer = answering.Writer(
        await reflections.with_readers(session, round_, person, own),
        await people.sees_of(session, round_.group.workspace, person),
        await people.facilitator_of(session, round_, person),
        waits=bool(await returned_answers.my_anonymous_answers(session, round_, person)),
    )
    return Form(answering.build_form(round_, writer, deps.now(), given, only))


async def form_with(session: AsyncSession, deps: Deps, round_: Round, person: str, given: Given) -> Form:
    """The form for one question with words in it; where something was answered already: add or replace."""
    own = await reflections.own_answers(session, round_.prompt, person)
    earlier = next((o for o in own if o.asked.position == given.position and o.text != given.text), None)
    if earlier is None:
        return await form_for(session, deps, round_, person, given, given.position)
    (earlier,) = await reflections.with_readers(session, round_, person, [earlier])
    leads, chosen = await people.facilitator_of(session, round_, person), earlier.visibility
    if not given.public:
        chosen = await people.sees_of(session, round_.group.workspace, person)
    return Form(answered_before.build_again(round_, earlier, given, leads, chosen, deps.now()))


async def take_form(deps: Deps, sent: FormSubmission) -> Shown:
    filled, opened = answering.parse_form(sent.state), answering.parse_meta(sent.meta)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, opened.meeting, sent.person)
        if filled.passes and not any(text.strip() for text in filled.answers.values()):
            await services.pass_on(session, found, sent.person, deps.now())
            return Notice(answering.build_passed(), title="Passed")
        # What can't be without a name was no free choice, and is no wish for the next answer.
        each = {**filled.each, **filled.sees_of_all()} if opened.public else filled.each
        sees = None if opened.public else filled.sees
        sheet = AnswerSubmission(
            found,
            sent.person,
            filled.answers,
            sees,
            opened=opened.stamps,
            each=each,
            public=opened.public,
        )
        return await _kept(session, deps, found, sent.person, await services.keep_sheet(session, sheet, deps.now()))


async def take_again(deps: Deps, sent: FormSubmission) -> Shown:
    again, opened = answered_before.parse_again(sent.state), answering.parse_meta(sent.meta)
    position, text, public = again.position, again.text, bool(opened.public)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, opened.meeting, sent.person)
        own = await reflections.own_answers(session, found.prompt, sent.person)
        earlier = next((o for o in own if o.asked.position == position), None)
        added = again.added and earlier is not None
        if added and earlier is not None:
            require_together(earlier.visibility, again.sees, public=public)
            # The same form sent twice adds once.
            text = earlier.text if earlier.text.endswith(text.strip()) else f"{earlier.text}\n\n{text}"
        sheet = AnswerSubmission(
            found,
            sent.person,
            {position: text},
            opened=None if added else opened.stamps,
            each={position: again.sees},
            public=opened.public,
            replaces=not added,
        )
        return await _kept(session, deps, found, sent.person, await services.keep_sheet(session, sheet, deps.now()))


async def press_pass(deps: Deps, ask: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        found = await _meeting(session, ask)
        own = await reflections.own_answers(session, found.prompt, ask.person)
        if own:  # a slip of the thumb must not delete what somebody wrote
            return await _kept(session, deps, found, ask.person, SaveResult(tuple(own), said=(answering.NOT_PASSED,)))
        await services.pass_on(session, found, ask.person, deps.now())
    return Notice(answering.build_passed())


async def pass_turn(deps: Deps, ask: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
    return await press_pass(deps, _about(ask, found))


async def show_own(deps: Deps, ask: Interaction) -> Shown:
    """What somebody answered, and who sees it, as it is now."""
    async with deps.sessions.read() as session:
        found = await _meeting(session, ask)
        own = await reflections.own_answers(session, found.prompt, ask.person)
        return await _kept(session, deps, found, ask.person, SaveResult(tuple(own)))


async def withdraw(deps: Deps, ask: Interaction) -> Shown:
    """What somebody wrote is theirs, in the group or not: they can take it back in either case."""
    meeting, _, position = ask.value.partition(":")
    async with deps.sessions.begin() as session:
        found = await groups.require_known(session, ask.workspace, meeting)
        before = await reflections.own_answers(session, found.prompt, ask.person)
        own = await reflections.withdraw(session, found, ask.person, int(position or 0), deps.now())
        return await _changed(session, deps, found, ask.person, before, own)


async def change_sees(deps: Deps, ask: Interaction) -> Shown:
    _, meeting, position = [*ask.block.split(":"), "", ""][:3]
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        before = await reflections.own_answers(session, found.prompt, ask.person)
        sees = Visibility(ask.value)
        own = await reflections.change_visibility(
            session, found, ask.person, int(position or 0), sees, deps.now(), remember=True
        )
        return await _changed(session, deps, found, ask.person, before, own)


async def _changed(
    session: AsyncSession, deps: Deps, round_: Round, person: str, before: Sequence[Own], after: Sequence[Own]
) -> Notice:
    """With what can be undone of it, and what can't."""
    facilitator = await people.facilitator_of(session, round_, person)
    said = services.say_changes(round_, before, after, facilitator)
    return await _kept(session, deps, round_, person, SaveResult(tuple(after), said=said))


async def _meeting(session: AsyncSession, ask: Interaction) -> Round:
    meeting = ask.value.partition(":")[0]
    return await groups.require_meeting(session, ask.workspace, meeting, ask.person)


async def _kept(session: AsyncSession, deps: Deps, round_: Round, person: str, kept: SaveResult) -> Notice:
    facilitator, told = await people.facilitator_of(session, round_, person), Told(kept.said, kept.replaced)
    own = await reflections.with_readers(session, round_, person, kept.own)
    return Notice(own_answers.build_kept(round_, own, facilitator, deps.now(), told), title="Your answer")


def _about(ask: Interaction, round_: Round) -> Interaction:
    return replace(ask, value=round_.meeting.id)
