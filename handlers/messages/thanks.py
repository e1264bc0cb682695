"""What somebody was thanked for, by whom: one line-up a day at most, by DM, in the afternoon where they live."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from bot.delivery.lateness import AFTERNOON_ENDS, REVIEW_ENDS, Late
from bot.delivery.types import DeliveryType, NothingToSend, Planning, RenderContext, want_none
from bot.domain.appreciation import telling_ends, telling_time
from bot.domain.deliveries import Operation
from bot.domain.rounds import Round
from bot.services import thanks, thanks_notices
from bot.services.beside import Beside
from bot.services.deliveries import DesiredDelivery
from bot.services.redoing import REDONE, THANKS
from bot.services.thanks import Waiting
from bot.services.thanks_notices import THANKED, positions_in
from handlers.messages.base import post
from handlers.views import thanks as views
from handlers.views.block_kit import Message


async def plan_thanks(planning: Planning) -> Mapping[str, Iterable[DesiredDelivery]]:
    waiting = await thanks.waiting_in(planning.session, [one.group for one in planning.rounds], planning.now)
    return {one.group.id: thanks_wanted(one, waiting[one.group.id]) for one in planning.rounds}


def thanks_wanted(round_: Round, waiting: Iterable[Waiting]) -> Iterable[DesiredDelivery]:
    """One for each member who has something to hear; it tells of all their groups."""
    if round_.group.stopped:
        return
    for one in waiting:
        day = one.day.isoformat()
        key = f"{THANKS}:{round_.group.id}:{one.person}:{day}"
        due, ends = telling_time(one.day, one.zone, one.hours), telling_ends(one.day, one.zone, one.hours)
        yield DesiredDelivery(THANKS, Operation.POST, one.person, due, ends, key, round_.meeting.id, day)


async def compose(context: RenderContext) -> Message:
    claimed = context.claimed
    day = date.fromisoformat(claimed.subject or "")
    thanked = await thanks.to_tell(context.session, claimed.workspace, claimed.recipient, day)
    if not thanked:
        raise NothingToSend("the thanks were taken back, or told already")
    return views.build_thanks(thanked)


async def compose_redone(context: RenderContext) -> Message:
    """From what is kept by now: an answer may be gone or changed, and so may be whoever said thanks."""
    claimed = context.claimed
    day = date.fromisoformat((claimed.subject or "").partition("/")[0])
    thanked = await thanks.told(context.session, claimed.workspace, claimed.recipient, day)
    return views.build_thanks(thanked) if thanked else views.build_gone()


def thanked_wanted(round_: Round, beside: Beside, _now: datetime) -> Iterable[DesiredDelivery]:
    """One a person and day, for all that waits by then."""
    for one in beside.thanked:
        wanted = post(THANKED, round_, one.person, one.due_at, f"{one.person}:{one.day}")
        yield replace(wanted, subject=one.subject)


async def compose_thanked(context: RenderContext) -> Message:
    person, round_ = context.claimed.recipient, context.round_
    still = await thanks_notices.thanked(context.session, round_, person)
    positions = still & positions_in(context.claimed.subject or "")
    if not positions:
        raise NothingToSend("what they were thanked for is not there any more")
    return views.build_thanked_anonymous()


KIND = DeliveryType(THANKS, want_none, compose, plan=plan_thanks, late=Late(AFTERNOON_ENDS))
"""Its subject is the day."""

REDONE_KIND = DeliveryType(REDONE[THANKS], want_none, compose_redone, updates=THANKS)
FOR_ANONYMOUS = DeliveryType(THANKED, want_none, compose_thanked, beside=thanked_wanted, late=Late(REVIEW_ENDS))
