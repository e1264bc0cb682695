"""Who reads what was written for one person alone, when another leads: its author says, by the question or by hand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.services import groups, people, private_answers
from bot.services.private_answers import Former
from handlers import answering
from handlers.capability import Capability
from handlers.listeners import Shown
from handlers.messages import former_reader as messages
from handlers.requests import Interaction
from handlers.views import former_reader, own_answers
from handlers.views.block_kit import Notice

TITLE = "Your answer"
Verb = Callable[[AsyncSession, Round, str, Sequence[int], datetime], Awaitable[None]]


async def give(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        found, former = await _decided(session, request)
        await private_answers.give(session, found, request.person, former.positions)
        name = await _name(session, found, found.meeting.facilitator)
    return Notice(former_reader.build_given(name or "whoever leads"), title=TITLE)


async def keep(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        found, former = await _decided(session, request)
        await private_answers.keep(session, found, request.person, former.positions)
        name = await _name(session, found, former.reader)
    return Notice(former_reader.build_stays(name), title=TITLE)


async def take_back(deps: Deps, request: Interaction) -> Shown:
    async with deps.sessions.begin() as session:
        found, former = await _decided(session, request)
        await private_answers.take_back(session, found, request.person, former.positions, deps.now())
    return Notice(former_reader.build_taken_back(), title=TITLE)


async def give_one(deps: Deps, request: Interaction) -> Shown:
    """From the answer itself."""
    meeting, _, position = request.value.partition(":")
    async with deps.sessions.begin() as session:
        round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
        await private_answers.give(session, round_, request.person, [int(position or 0)])
    return await answering.show_own(deps, replace(request, value=meeting))


async def _decided(session: AsyncSession, request: Interaction) -> tuple[Round, Former]:
    meeting, _, mark = request.value.partition(":")
    round_ = await groups.require_meeting(session, request.workspace, meeting, request.person)
    return round_, await private_answers.require_of_author(session, round_, request.person, mark)


async def _name(session: AsyncSession, round_: Round, person: str | None) -> str | None:
    return (await people.names_of(session, round_.group.workspace, [person])).get(person) if person else None


CAPABILITY = Capability(
    "answers for a former reader",
    actions={
        former_reader.GIVE: give,
        former_reader.KEEP: keep,
        former_reader.TAKE_BACK: take_back,
        own_answers.GIVE: give_one,
    },
    deliveries=[messages.QUESTION, messages.FOR_READER],
)
