"""A convener takes out an answer that the group can see."""

from bot.deps import Deps
from bot.services import groups, redacting
from handlers.agendas import all_answers
from handlers.asks import Ask
from handlers.listening import Listeners, Shown
from handlers.views import agenda
from handlers.views.kit import Notice


def register(listeners: Listeners) -> None:
    listeners.action(agenda.REDACT, take_out)


async def take_out(deps: Deps, ask: Ask) -> Shown:
    """Taken out, and what is left is shown again."""
    meeting, _, answer = ask.value.partition(":")
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, ask.workspace, meeting, ask.person)
        await redacting.take_out(session, found, ask.person, answer, deps.now())
        left = await all_answers(session, deps, found, ask.person)
    return Notice([*agenda.build_taken_out(), *left], title="All answers")
