"""The facilitator's review of the anonymous answers, as a batch."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymous_batches import outcome
from bot.domain.errors import DomainError
from bot.domain.rounds import Batch, Round
from bot.plugged import Slot
from bot.services import anonymous_batches, groups, prompt_closing, returned_answers
from bot.services import anonymous_review as services
from handlers.capability import Capability, HubButton
from handlers.listeners import Shown
from handlers.messages import anonymous_review as messages
from handlers.messages import facilitator
from handlers.messages.home import TASKS, EntryKind, no_details
from handlers.requests import FormSubmission, Interaction
from handlers.views import anonymous_review
from handlers.views.anonymous_review import Way
from handlers.views.block_kit import Block, Form, Notice

TITLE = "Anonymous answers"


@dataclass(frozen=True)
class ReviewWay:
    """One more way to deal with one of them: `act(session, round, reviewer, answer, now)`, and what is said then."""

    way: Way
    act: Callable[[AsyncSession, Round, str, str, datetime], Awaitable[None]]
    build_done: Callable[[Round], list[Block]]


WAYS: Slot[ReviewWay] = Slot("ways to deal with an anonymous answer")


async def read(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.read() as session:
        round_ = await groups.require_meeting(session, request.workspace, request.value, request.person)
        groups.require_reviewer(round_, request.person)
        if round_.prompt.batch is not Batch.WAITING:
            raise DomainError(outcome(round_.prompt))
        batch = await prompt_closing.anonymous_texts(session, round_.prompt.id, deps.questions.chooser)
        can_show = await anonymous_batches.can_show(session, round_)
    more = [one.way for one in deps.plugged.into(WAYS)]
    return Form(anonymous_review.build_review(round_, batch, deps.now(), can_show=can_show, more=more))


async def decide(deps: Deps, submission: FormSubmission) -> Shown:
    more = {one.way.action: one for one in deps.plugged.into(WAYS)}
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        groups.require_reviewer(round_, submission.person)
        decision = anonymous_review.parse_review(submission.state, [one.way for one in more.values()])
        if other := more.get(decision.action):
            await other.act(session, round_, submission.person, decision.which, deps.now())
            return Notice(other.build_done(round_), title=TITLE)
        if decision.action == anonymous_review.RETURN:
            told = await returned_answers.send_back(session, round_, submission.person, decision.which, decision.reason)
            return Notice(anonymous_review.build_sent_back(round_, told=told), title=TITLE)
        if round_.prompt.batch is not Batch.WAITING:
            return Notice(anonymous_review.build_outcome(round_), title=TITLE)
        if decision.action != anonymous_review.SHOW:
            return Form(anonymous_review.build_erase(round_))
        if not await anonymous_batches.can_show(session, round_):
            raise DomainError(anonymous_review.CANT_SHOW, "decision")
        decided = await anonymous_batches.decide(session, round_, deps.now(), show=True)
    return Notice(anonymous_review.build_decided(round_, deps.now(), shown=decided is Batch.APPROVED), title=TITLE)


async def erase(deps: Deps, submission: FormSubmission) -> Shown:
    if not anonymous_review.parse_erase(submission.state):
        raise DomainError("Tick the box if you are sure.", anonymous_review.SURE)
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, submission.workspace, submission.meta, submission.person)
        groups.require_reviewer(round_, submission.person)
        if round_.prompt.batch is not Batch.WAITING:
            return Notice(anonymous_review.build_outcome(round_), title=TITLE)
        await anonymous_batches.decide(session, round_, deps.now(), show=False)
    return Notice(anonymous_review.build_decided(round_, deps.now(), shown=False), title=TITLE)


CAPABILITY = Capability(
    "review of anonymous answers",
    actions={anonymous_review.READ: read},
    forms={anonymous_review.FORM: decide, anonymous_review.ERASE_FORM: erase},
    deliveries=[
        facilitator.BATCH,
        facilitator.BATCH_LEFT,
        facilitator.BATCH_WAITS,
        messages.SHOWN,
        messages.UNSHOWN_TOLD,
        messages.VOIDED,
    ],
    due=[anonymous_batches.LAPSE],
    hub=[HubButton(10, anonymous_review.build_in_hub)],
    fills={TASKS: [EntryKind(services.find_waiting, anonymous_review.build_task, no_details)]},
)
