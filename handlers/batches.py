"""The facilitator's review of the anonymous answers, as a batch."""

from bot.deps import Deps
from bot.domain.batches import outcome
from bot.domain.errors import DomainError
from bot.domain.rounds import Batch
from bot.services import anonymous_batches, closing, groups, returning, thanking
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import anonymous
from handlers.views.kit import Form, Notice

TITLE = "Anonymous answers"


def register(listeners: Listeners) -> None:
    listeners.action(anonymous.READ, read)
    listeners.view(anonymous.FORM, decide)
    listeners.view(anonymous.ERASE_FORM, erase)


async def read(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        groups.require_reviewer(found, ask.person)
        if found.prompt.batch is not Batch.WAITING:
            raise DomainError(outcome(found.prompt))
        batch = await closing.quiet_texts(session, found.prompt.id, deps.asker.chooser)
        can_show = await anonymous_batches.can_show(session, found)
    return Form(anonymous.build_review(found, batch, deps.now(), can_show=can_show))


async def decide(deps: Deps, sent: Sent) -> Shown:
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        groups.require_reviewer(found, sent.person)
        decision = anonymous.parse_review(sent.state)
        if decision.way == anonymous.THANK:
            await thanking.thank(session, found, sent.person, decision.which, deps.now())
            return Notice(anonymous.build_thanked(found), title=TITLE)
        if decision.way == anonymous.RETURN:
            told = await returning.send_back(session, found, sent.person, decision.which, decision.reason)
            return Notice(anonymous.build_sent_back(found, told=told), title=TITLE)
        if found.prompt.batch is not Batch.WAITING:
            return Notice(anonymous.build_outcome(found), title=TITLE)
        if decision.way != anonymous.SHOW:
            return Form(anonymous.build_erase(found))
        if not await anonymous_batches.can_show(session, found):
            raise DomainError(anonymous.CANT_SHOW, "decision")
        decided = await anonymous_batches.decide(session, found, deps.now(), show=True)
    return Notice(anonymous.build_decided(found, deps.now(), shown=decided is Batch.APPROVED), title=TITLE)


async def erase(deps: Deps, sent: Sent) -> Shown:
    if not anonymous.parse_erase(sent.state):
        raise DomainError("Tick the box if you are sure.", anonymous.SURE)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        groups.require_reviewer(found, sent.person)
        if found.prompt.batch is not Batch.WAITING:
            return Notice(anonymous.build_outcome(found), title=TITLE)
        await anonymous_batches.decide(session, found, deps.now(), show=False)
    return Notice(anonymous.build_decided(found, deps.now(), shown=False), title=TITLE)
