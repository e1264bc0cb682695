"""What somebody was thanked for, by whom: one line-up a day at most, by DM, in the afternoon where they live."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.delivery.lateness import AFTERNOON_ENDS, REVIEW_ENDS, Late
from bot.delivery.types import DeliveryType, NothingToSend, Refresh, RenderContext, reading
from bot.domain.deliveries import Operation
from bot.domain.rounds import Round
from bot.domain.scopes import Scope
from bot.domain.thanks import telling_ends, telling_time
from bot.services import thanks, thanks_notices
from bot.services.deliveries import DesiredDelivery
from bot.services.thanks import THANKS, Thanks, Waiting
from bot.services.thanks_notices import THANKED, Thanked, ThanksNotice
from handlers.messages.base import post
from handlers.views import thanks as views
from handlers.views.block_kit import Message


def thanks_wanted(round_: Round, waiting: Iterable[Waiting], _now: datetime) -> Iterable[DesiredDelivery]:
    """One for each member who has something to hear; it tells of all their groups."""
    for one in waiting:
        day = one.day.isoformat()
        key = f"{THANKS}:{round_.group.id}:{one.person}:{day}"
        due, ends = telling_time(one.day, one.zone, one.hours), telling_ends(one.day, one.zone, one.hours)
        yield DesiredDelivery(
            THANKS, Operation.POST, one.person, due, ends, key, None, Thanks(one.day), scope=Scope.PERSON
        )


async def compose(context: RenderContext) -> Message:
    """What was told, from what is kept by now: an answer may be gone or changed, and so may be whoever said thanks."""
    day, who = context.arguments(Thanks).day, (context.workspace, context.recipient)
    if context.standing is not None:
        told = await thanks.told(context.session, *who, day)
        return views.build_thanks(told) if told else views.build_gone()
    thanked = await thanks.to_tell(context.session, *who, day)
    if not thanked:
        raise NothingToSend("the thanks were taken back, or told already")
    return views.build_thanks(thanked)


def thanked_wanted(round_: Round, notices: Sequence[ThanksNotice], _now: datetime) -> Iterable[DesiredDelivery]:
    """One a person and day, for all that waits by then."""
    for one in notices:
        given = Thanked(one.day, one.positions)
        yield post(THANKED, round_, one.person, one.due_at, f"{one.person}:{one.day}", given)


async def compose_thanked(context: RenderContext) -> Message:
    person, round_ = context.recipient, context.round_
    still = await thanks_notices.thanked(context.session, round_, person)
    positions = still & set(context.arguments(Thanked).positions)
    if not positions:
        raise NothingToSend("what they were thanked for is not there any more")
    return views.build_thanked_anonymous()


KIND = DeliveryType(
    THANKS,
    None,
    compose,
    plan=reading(thanks.waiting_in, thanks_wanted),
    refresh=Refresh(scope=Scope.PERSON),
    late=Late(AFTERNOON_ENDS),
)
FOR_ANONYMOUS = DeliveryType(
    THANKED, None, compose_thanked, plan=reading(thanks_notices.of_rounds, thanked_wanted), late=Late(REVIEW_ENDS)
)
