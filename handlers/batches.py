"""The facilitator's review of the anonymous answers, as a batch."""

from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.domain.rounds import Batch
from bot.services import closing, groups
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import anonymous
from handlers.views.kit import Form, Notice


def register(listeners: Listeners) -> None:
    listeners.action(anonymous.READ, read)
    listeners.view(anonymous.FORM, decide)


async def read(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        groups.require_lead(found, ask.person)
        if found.prompt.batch is not Batch.WAITING:
            raise DomainError("These answers have been decided on already.")
        batch = await closing.anonymous_batch(session, found.prompt.id, deps.asker.chooser)
    return Form(anonymous.build_review(found, batch))


async def decide(deps: Deps, sent: Sent) -> Shown:
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        groups.require_lead(found, sent.person)
        decided = await closing.decide_batch(session, found, deps.now(), show=anonymous.parse_review(sent.state))
    return Notice(anonymous.build_decided(shown=decided is Batch.APPROVED), title="Anonymous answers")
