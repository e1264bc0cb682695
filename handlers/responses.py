"""Reading what was answered: `/collab responses` and the button; turning pages, searching, saying thanks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.domain.responses import By
from bot.domain.rounds import Round
from bot.plugged import Button, Slot
from bot.services import early_results, groups, moderation, people, private_answers, rounds
from bot.services import responses as services
from bot.services.responses import AnswerQuery
from handlers.capability import Capability, HubButton, Subcommand
from handlers.listeners import Shown
from handlers.messages import anonymous_author
from handlers.messages import summary as messages
from handlers.messages.agenda import BELOW_DRAFT
from handlers.messages.home import BESIDE_MEETING
from handlers.requests import FormSubmission, Interaction
from handlers.views import responses, summary
from handlers.views.block_kit import Form, Notice
from handlers.views.responses import AnswerButton, Meetings, Shelf

ANSWER_BUTTONS: Slot[AnswerButton] = Slot("what a reader can do about an answer")

AnswerAction = Callable[[AsyncSession, Round, str, str, datetime], Awaitable[None]]


async def show(deps: Deps, request: Interaction) -> Shown:
    """Of this meeting once its questions are out, of the last one before that."""
    async with deps.sessions.read() as session:
        round_ = await groups.require_round(session, request.place)
        if deps.now() < round_.prompt.opens_at and round_.previous is not None:
            round_ = await rounds.round_of(session, request.workspace, round_.previous.id) or round_
        form, alone = await _form(session, deps, round_, request.person, Shelf(round_.meeting.id))
    return await _read(deps, form, alone)


async def press_read(deps: Deps, request: Interaction) -> Shown:
    return await _look(deps, request, Shelf(request.value))


async def change_scope(deps: Deps, request: Interaction) -> Shown:
    shelf = replace(responses.parse_meta(request.meta), start=0, everything=request.value == responses.ALL)
    return await _look(deps, request, shelf if shelf.everything else replace(shelf, meeting=request.value))


async def change_order(deps: Deps, request: Interaction) -> Shown:
    return await _look(deps, request, replace(responses.parse_meta(request.meta), start=0, by=By(request.value)))


async def turn(deps: Deps, request: Interaction, pages: int) -> Shown:
    return await _look(deps, request, responses.parse_meta(request.meta).turned(pages))


async def search(deps: Deps, submission: FormSubmission) -> Shown:
    shelf = replace(responses.parse_meta(submission.meta), start=0, words=responses.parse_search(submission.state))
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, submission.workspace, shelf.meeting, submission.person)
        form, alone = await _form(session, deps, round_, submission.person, shelf)
    return await _read(deps, form, alone)


async def do(deps: Deps, request: Interaction, verb: AnswerAction) -> Shown:
    """Do something about one answer; they are shown again as they are then."""
    shelf = responses.parse_meta(request.meta)
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, request.workspace, shelf.meeting, request.person)
        await verb(session, round_, request.person, request.value, deps.now())
        form, alone = await _form(session, deps, round_, request.person, shelf)
        await private_answers.mark_shown(session, alone)
    return form


async def look_at_share(deps: Deps, request: Interaction) -> Shown:
    """What the thread would get; nothing is posted yet."""
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        early_results.require_can_share(round_, request.person)
        named, more = await services.first_named(session, round_, summary.MOST_EACH)
        answers = summary.Answers(named, more, await services.on_scale(session, round_))
        where = await people.channel_name(session, request.workspace, round_.group.channel)
    if not answers.any:
        raise DomainError("Nobody has answered by name yet, so there is nothing to post.")
    return Form(summary.build_preview(round_, answers, where))


async def share(deps: Deps, submission: FormSubmission) -> Shown:
    """The facilitator says so: the group reads the named answers from now on."""
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        await early_results.share(session, round_, submission.person, deps.now())
    return Notice(summary.build_shared(), title="What we wrote")


async def _look(deps: Deps, request: Interaction, shelf: Shelf) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, shelf.meeting, request.person)
        form, alone = await _form(session, deps, round_, request.person, shelf)
    return await _read(deps, form, alone)


async def _read(deps: Deps, form: Form, alone: Sequence[str]) -> Form:
    """What was for this person alone has been shown to them."""
    if alone:
        async with deps.sessions.begin() as session:
            await private_answers.mark_shown(session, alone)
    return form


async def _form(
    session: AsyncSession, deps: Deps, round_: Round, person: str, shelf: Shelf
) -> tuple[Form, tuple[str, ...]]:
    """And the answers on it that are for this person alone."""
    prompt = None if shelf.everything else round_.prompt.id
    wish = AnswerQuery(round_.group.id, person, prompt, shelf.by, shelf.words, shelf.start)
    page = await services.read(session, wish, deps.questions.bank)
    meetings = await _meetings(session, deps, round_)
    convener = person in round_.group.conveners
    buttons = [*deps.plugged.into(ANSWER_BUTTONS), *([AnswerButton(responses.build_take_out)] if convener else [])]
    view = responses.build_responses(
        round_, shelf, page, meetings, deps.now(), sees_draft=convener or round_.leads(person), buttons=buttons
    )
    return Form(view, in_place=True), services.shown_alone(page)


async def _meetings(session: AsyncSession, deps: Deps, round_: Round) -> Meetings:
    """The window of the group's meetings that this one is in; one more on either side leads to the next window."""
    now, group, most = deps.now(), round_.group.id, responses.MOST_MEETINGS
    start = await services.later_than(session, round_, now) // most * most
    some, more = await services.asked_so_far(session, group, now, start, most)
    later = await services.asked_so_far(session, group, now, start - 1, 1) if start else ([], False)
    earlier = await services.asked_so_far(session, group, now, start + most, 1) if more else ([], False)
    return Meetings(some, next(iter(later[0]), None), next(iter(earlier[0]), None))


CAPABILITY = Capability(
    "reading answers",
    subcommands=[Subcommand("responses", "", "members", "what was answered, as each author allowed", show)],
    actions={
        responses.READ: press_read,
        responses.SCOPE: change_scope,
        responses.ORDER: change_order,
        responses.BACK: partial(turn, pages=-1),
        responses.ON: partial(turn, pages=1),
        responses.TAKE_OUT: partial(do, verb=moderation.take_out),
        summary.SHARE: look_at_share,
    },
    forms={summary.SHARE_FORM: share, responses.FORM: search},
    deliveries=[messages.POSTED, anonymous_author.REDACTED],
    hub=[HubButton(60, responses.build_in_hub)],
    fills={
        BELOW_DRAFT: [Button(50, summary.build_share_button)],
        BESIDE_MEETING: [Button(30, responses.build_on_home)],
    },
)
