"""A reminder of open questions, for each who wants one and has not answered: by DM, in their own working hours."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.kinds.prompt import still_open
from bot.delivery.registry import Kind, Situation, post
from bot.domain.reminders import is_inside, reminder_times
from bot.domain.rounds import Round
from bot.services import reflections, wishes
from bot.services.deliveries import Wanted
from handlers.views import reminding
from handlers.views.kit import Message

NOT_NEEDED = "not needed any more"
"""One reason for all: which it was would tell who has answered."""


def wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    prompt = found.prompt
    if prompt.closed_at is not None or found.meeting.state != "upcoming":
        return
    for reader in found.readers:
        times = reminder_times(reader, prompt.opens_at, prompt.closes_at, found.meeting.starts_at)
        for which, due in times.items():
            yield post("reminder", found, reader.person, due, f"{reader.person}:{which}")


async def still_wanted(situation: Situation) -> str | None:
    found, now = situation.found, situation.now
    which = (situation.owed.subject or "").rpartition(":")[2]
    for reader in await wishes.readers(situation.session, found.group, situation.owed.recipient):
        prompt = found.prompt
        times = reminder_times(reader, prompt.opens_at, prompt.closes_at, found.meeting.starts_at)
        answered = await reflections.has_taken_part(situation.session, prompt, reader.person)
        if which in times and not answered and is_inside(now, reader.wishes.hours, reader.zone):
            return None
    return NOT_NEEDED


async def compose(situation: Situation) -> Message:
    return reminding.build_reminder(situation.found, situation.now)


KIND = Kind("reminder", wanted, compose, useful=still_open, still_wanted=still_wanted)
