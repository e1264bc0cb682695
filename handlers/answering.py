"""Answering: `/collab reflect`, the prompt's button, the form; then edit, withdraw, change who sees it, pass."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.questions import Wants
from bot.domain.rounds import Actor, Answerable, MeetingActor, Round
from bot.domain.text import as_typed
from bot.services import answering as services
from bot.services import groups, people, prompt_closing, reflections, returned_answers
from bot.services.answer_requests import AnswerRequest, AnswerResult, FilledForm, Pass, SecondAnswer, TypedText
from bot.services.own_answers import find_open, questions_of_open
from bot.services.reflections import Own
from handlers.capability import Capability, HubButton, Subcommand
from handlers.listeners import Shown
from handlers.messages import invitation, late_answers, prompt
from handlers.messages.home import OPEN, EntryKind
from handlers.requests import FormSubmission, Interaction
from handlers.views import answered_before, answering, own_answers
from handlers.views.answering import Given
from handlers.views.block_kit import Form, Notice
from handlers.views.own_answers import Told


async def reflect(deps: Deps, request: Interaction) -> Shown:
    """Plain text answers the first question that wants words, a second asks: add or replace; none opens the form."""
    if not request.value:
        return await _open_form_here(deps, request)
    result = await deps.answers.do(AnswerRequest(request.place, TypedText(as_typed(request.value))))
    if result.asks:
        return await _ask_late(deps, request, result.text)
    if result.kept.earlier is not None:
        given = Given(result.kept.earlier.asked.position, result.text)
        about = (result.facilitator, result.chosen, deps.now())
        return Form(answered_before.build_again(result.found, result.kept.earlier, given, *about))
    return _saved(result, deps.now())


async def _ask_late(deps: Deps, request: Interaction, text: str) -> Form:
    """What comes late is read at once, so they see first where it goes."""
    async with deps.sessions.read() as session:
        round_ = await groups.require_round(session, request.place)
        asked = next(q for q in round_.prompt.questions if q.wants is Wants.WORDS)
        return await form_with(session, deps, round_, request.person, Given(asked.position, text))


async def _open_form_here(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_round(session, request.place)
        return await form_for(session, deps, round_, request.person)


async def open_form(deps: Deps, request: Interaction) -> Shown:
    """For all questions, or for the one that a button is about."""
    position = request.value.partition(":")[2]
    async with deps.sessions.read() as session:
        found = await _meeting(session, request)
        return await form_for(session, deps, found, request.person, only=int(position) if position else None)


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


async def take_form(deps: Deps, submission: FormSubmission) -> Shown:
    filled, opened = answering.parse_form(submission.state), answering.parse_meta(submission.meta)
    # What can't be without a name was no free choice, and is no wish for the next answer.
    visibility = None if opened.public else filled.sees
    each = {**filled.each, **filled.sees_of_all()} if opened.public else filled.each
    form = FilledForm(filled.answers, visibility, each, filled.passes, opened.stamps, opened.public)
    result = await deps.answers.do(AnswerRequest(_about(submission, opened.meeting), form))
    return _saved(result, deps.now(), passed="Passed")


async def take_again(deps: Deps, submission: FormSubmission) -> Shown:
    again, opened = answered_before.parse_again(submission.state), answering.parse_meta(submission.meta)
    second = SecondAnswer(again.position, again.text, again.sees, again.added, opened.stamps, opened.public)
    result = await deps.answers.do(AnswerRequest(_about(submission, opened.meeting), second))
    return _saved(result, deps.now())


async def press_pass(deps: Deps, request: Interaction) -> Shown:
    return await _pass(deps, _about(request, request.value.partition(":")[0]))


async def pass_turn(deps: Deps, request: Interaction) -> Shown:
    return await _pass(deps, request.place)


async def _pass(deps: Deps, where: Actor | MeetingActor) -> Notice:
    result = await deps.answers.do(AnswerRequest(where, Pass()))
    return _saved(result, deps.now(), (answering.NOT_PASSED,))


def _saved(result: AnswerResult, now: datetime, said: Sequence[str] = (), passed: str = Notice.title) -> Notice:
    """What was saved; where they passed, that, with the title `passed`."""
    kept = result.kept
    if kept.passed:
        return Notice(answering.build_passed(), title=passed)
    told = Told((*kept.said, *said), kept.replaced)
    return _notice(result.found, kept.own, result.facilitator, now, told)


async def show_own(deps: Deps, request: Interaction) -> Shown:
    """What somebody answered, and who sees it, as it is now."""
    async with deps.sessions.read() as session:
        found = await _meeting(session, request)
        own = await reflections.own_answers(session, found.prompt, request.person)
        facilitator = await people.facilitator_of(session, found, request.person)
        own = await reflections.with_readers(session, found, request.person, own)
        return _notice(found, own, facilitator, deps.now(), Told())


async def withdraw(deps: Deps, request: Interaction) -> Shown:
    """What somebody wrote is theirs, in the group or not: they can take it back in either case."""
    meeting, _, position = request.value.partition(":")
    async with deps.sessions.begin() as session:
        found = await groups.require_known(session, request.workspace, meeting)
        before = await reflections.own_answers(session, found.prompt, request.person)
        own = await reflections.withdraw(session, found, request.person, int(position or 0), deps.now())
        return await _changed(session, deps, found, request.person, before, own)


async def change_sees(deps: Deps, request: Interaction) -> Shown:
    _, meeting, position = [*request.block.split(":"), "", ""][:3]
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
        before = await reflections.own_answers(session, round_.prompt, request.person)
        sees = Visibility(request.value)
        own = await reflections.change_visibility(
            session, round_, request.person, int(position or 0), sees, deps.now(), remember=True
        )
        return await _changed(session, deps, round_, request.person, before, own)


async def _changed(
    session: AsyncSession, deps: Deps, round_: Round, person: str, before: Sequence[Own], after: Sequence[Own]
) -> Notice:
    """With what can be undone of it, and what can't."""
    facilitator = await people.facilitator_of(session, round_, person)
    said = services.say_changes(round_, before, after, facilitator)
    own = await reflections.with_readers(session, round_, person, after)
    return _notice(round_, own, facilitator, deps.now(), Told(said))


async def _meeting(session: AsyncSession, request: Interaction) -> Round:
    meeting = request.value.partition(":")[0]
    return await groups.require_meeting(session, request.workspace, meeting, request.person)


def _notice(found: Answerable, own: Sequence[Own], facilitator: str | None, now: datetime, told: Told) -> Notice:
    """Somebody's answers, as they and others see them now."""
    return Notice(own_answers.build_kept(found, own, facilitator, now, told), title="Your answer")


def _about(request: Interaction | FormSubmission, meeting: str) -> MeetingActor:
    return MeetingActor(request.workspace, meeting, request.person)


CAPABILITY = Capability(
    "answering",
    subcommands=[
        Subcommand("reflect", "[text]", "members", "answer the open question", reflect, takes_text=True),
        Subcommand("pass", "", "members", "pass this time; nobody sees who did", pass_turn),
    ],
    actions={
        answering.ANSWER: open_form,
        own_answers.EDIT: open_form,
        answering.PASS: press_pass,
        own_answers.WITHDRAW: withdraw,
        own_answers.SEES: change_sees,
    },
    forms={answering.FORM: take_form, answered_before.AGAIN: take_again},
    deliveries=[prompt.PROMPT, invitation.KIND, late_answers.POSTED],
    due=[prompt_closing.CLOSE, prompt_closing.NOTICE],
    hub=[HubButton(20, answering.build_in_hub)],
    fills={OPEN: [EntryKind(find_open, answering.build_on_home, questions_of_open)]},
)
