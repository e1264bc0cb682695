"""Slack's own menus: a message of one's own as a reflection, and the open questions from anywhere."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.domain.questions import Wants
from bot.domain.rounds import PromptQuestion
from bot.domain.text import as_typed, clean, has_words, named_in, with_names
from bot.services import groups, own_answers, people, reflections
from bot.services.answer_requests import ONLY_A_SCALE
from handlers.answering import form_for, form_with
from handlers.capability import Capability, MenuEntry
from handlers.listeners import Shown
from handlers.requests import ShortcutRequest
from handlers.views import shortcuts
from handlers.views.answering import Given
from handlers.views.block_kit import Notice

OTHERS = "Those are somebody else's words. Your reflection is in your own: type `/collab reflect` and what you think."
BOTS = "That was written by an app. Use a message of your own, or type `/collab reflect` and what you think."
NO_WORDS = "There are no words in that message that I could take."
NOTHING_OPEN = "Nothing is open for you just now. When a group of yours asks, its question is in the channel and here."


async def use_message(deps: Deps, request: ShortcutRequest) -> Shown:
    """The form with the message's words in it; where something was answered already: add or replace."""
    ask = request.ask
    if request.by_bot or request.author != ask.person:
        raise DomainError(BOTS if request.by_bot else OTHERS)
    async with deps.sessions.read() as session:
        round_ = await groups.require_round(session, ask.place)
        prompt = reflections.require_open(round_, deps.now())
        asked = _first_in_words(prompt.questions)
        given = Given(asked.position, await _said(session, request), public=True)
        return await form_with(session, deps, round_, ask.person, given)


def _first_in_words(questions: tuple[PromptQuestion, ...]) -> PromptQuestion:
    asked = next((q for q in questions if q.wants is Wants.WORDS), None)
    if asked is None:
        raise DomainError(ONLY_A_SCALE)
    return asked


async def _said(session: AsyncSession, request: ShortcutRequest) -> str:
    """What the message says, with people by name: Slack's own way of writing them is nothing to read."""
    names = await people.names_of(session, request.ask.workspace, named_in(request.text))
    text = clean(as_typed(with_names(request.text, names)))
    if not has_words(text):
        raise DomainError(NO_WORDS)
    return text


async def answer_anywhere(deps: Deps, request: ShortcutRequest) -> Shown:
    """The form, where one group asks; a list, where several do."""
    ask = request.ask
    async with deps.sessions.read() as session:
        asking = await own_answers.open_for(session, ask.workspace, ask.person, deps.now())
        if not asking:
            raise DomainError(NOTHING_OPEN)
        if len(asking) > 1:
            return Notice(shortcuts.build_open(asking, deps.now()), title="Open for you")
        round_ = await groups.require_meeting(session, ask.workspace, asking[0].meeting, ask.person)
        return await form_for(session, deps, round_, ask.person)


CAPABILITY = Capability(
    "Slack's menus",
    menu=[
        MenuEntry(
            shortcuts.USE,
            "message",
            "Use as my reflection",
            "Answer your group's open question with a message of yours",
            use_message,
        ),
        MenuEntry(
            shortcuts.ANYWHERE,
            "global",
            "Answer Collab's question",
            "What your groups ask you just now",
            answer_anywhere,
        ),
    ],
)
