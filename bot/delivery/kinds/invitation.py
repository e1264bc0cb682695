"""The questions by DM too, for each who chose that, when they go out."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.kinds.prompt import still_open
from bot.delivery.kinds.reminder import NOT_NEEDED
from bot.delivery.registry import Kind, Situation, post
from bot.domain.rounds import Round
from bot.services import reflections, roles, wishes
from bot.services.deliveries import Wanted
from handlers.views import reminding
from handlers.views.kit import Message


def wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    prompt = found.prompt
    if prompt.closed_at is not None or prompt.opens_at >= prompt.closes_at:
        return
    for reader in found.readers:
        if reader.wishes.by_dm and not reader.wishes.away_at(prompt.opens_at, reader.zone):
            yield post("invitation", found, reader.person, prompt.opens_at, reader.person)


async def still_wanted(situation: Situation) -> str | None:
    meeting, person = situation.found.meeting.id, situation.owed.recipient
    if await roles.is_being_welcomed(situation.session, meeting, person, situation.now):
        return NOT_NEEDED
    for reader in await wishes.readers(situation.session, situation.found.group, situation.owed.recipient):
        if reader.wishes.by_dm and not reader.wishes.away_at(situation.now, reader.zone):
            answered = await reflections.has_taken_part(situation.session, situation.found.prompt, reader.person)
            return NOT_NEEDED if answered else None
    return NOT_NEEDED


async def compose(situation: Situation) -> Message:
    return reminding.build_invitation(situation.found, situation.now)


KIND = Kind("invitation", wanted, compose, useful=still_open, still_wanted=still_wanted)
