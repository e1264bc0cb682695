"""A reminder of open questions, for each who wants one and has not answered: by DM, in their own working hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.lateness import ANSWERING_ENDS, Late
from bot.delivery.types import REFRESH, DeliveryType, RenderContext
from bot.domain.arguments import read
from bot.domain.reminders import GroupDays, Window, is_inside, reminder_times
from bot.domain.rounds import MeetingState, Round, RoundToPlan
from bot.services import preferences, reflections, roles
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.messages.prompt import still_open
from handlers.views import reminders
from handlers.views.block_kit import Message

NOT_NEEDED = "not needed any more"
"""One reason for all: which it was would tell who has answered."""


@dataclass(frozen=True)
class Reminder:
    """Which of the reminders of one prompt."""

    which: str


def wanted(round_: RoundToPlan, now: datetime) -> Iterable[DesiredDelivery]:
    prompt = round_.prompt
    if prompt.closed_at is not None or round_.meeting.state != MeetingState.UPCOMING:
        return
    firsts = {
        post.recipient: post.sent_at
        for post in round_.posts.get("reminder", ())
        if read(Reminder, post.arguments).which == "first"
    }
    for reader in round_.readers:
        times = reminder_times(reader, _window(round_, now), firsts.get(reader.person))
        for which, due in times.items():
            yield post("reminder", round_, reader.person, due, f"{reader.person}:{which}", Reminder(which))


def _window(round_: Round, now: datetime | None = None) -> Window:
    """Where there is a `now`, a time that has passed is made up for in the hours that are left: somebody's zone or
    hours may have changed."""
    days = GroupDays(round_.group.zone, round_.group.charter.rhythm.working_days)
    return Window(round_.prompt.opens_at, round_.prompt.closes_at, days, now)


async def still_wanted(context: RenderContext) -> str | None:
    round_, now = context.round_, context.now
    if await roles.is_being_welcomed(context.session, round_.meeting.id, context.recipient, now):
        return NOT_NEEDED
    which = context.arguments(Reminder).which
    for reader in await preferences.readers(context.session, round_.group, context.recipient):
        window = _window(round_)
        answered = await reflections.has_taken_part(context.session, round_.prompt, reader.person)
        works = is_inside(now, reader.wishes.hours, reader.zone) and window.group and window.group.hold(now)
        if which in reminder_times(reader, window) and not answered and works:
            return None
    return NOT_NEEDED


async def compose(context: RenderContext) -> Message:
    return reminders.build_reminder(context.round_, context.now)


KIND = DeliveryType(
    "reminder",
    wanted,
    compose,
    useful=still_open,
    still_wanted=still_wanted,
    refresh=REFRESH,
    late=Late(ANSWERING_ENDS),
)
