"""Somebody else leads: whoever wrote for the one before alone, and was not read yet, is asked what becomes of it.

In their own hours, by DM. Whatever they don't say leaves it where it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.lateness import HANDED_ON, Late
from bot.delivery.types import REFRESH, DeliveryType, NothingToSend, RenderContext, reading
from bot.domain.reminders import Recipient, nearest_inside
from bot.domain.rounds import Round, RoundToPlan
from bot.services import people, private_answers
from bot.services.deliveries import DesiredDelivery
from bot.services.private_answers import Former
from handlers.messages.base import post
from handlers.views import former_reader
from handlers.views.block_kit import Message

ASKED, KEPT = "former_reader", "kept_for_reader"


@dataclass(frozen=True)
class Asked:
    """Who led when it was asked (`private_answers.mark_of`)."""

    mark: str


def asked_wanted(round_: RoundToPlan, former: Sequence[Former], now: datetime) -> Iterable[DesiredDelivery]:
    readers = {reader.person: reader for reader in round_.readers}
    for one in former:
        reader = readers.get(one.author)
        due = _decent(reader, round_, now) if reader is not None and one.unread else None
        if due is not None:
            mark = private_answers.mark_of(round_)
            yield post(ASKED, round_, one.author, due, f"{one.author}:{mark}", Asked(mark))


def _decent(reader: Recipient, round_: Round, now: datetime) -> datetime | None:
    """Now, or when they work next; None where they don't before the job is handed on."""
    return nearest_inside(now, now, round_.meeting.handoff_due_at, reader.wishes.hours, reader.zone)


async def compose(context: RenderContext) -> Message:
    session, round_, person = context.session, context.round_, context.recipient
    former = await private_answers.of_author(session, round_, person)
    is_open = former is not None and context.arguments(Asked).mark == private_answers.mark_of(round_)
    if context.standing is not None and not is_open:
        return former_reader.build_settled()
    if former is None or not is_open or not former.unread:
        raise NothingToSend("it is settled, or was read meanwhile")
    ids = [one for one in (former.reader, round_.meeting.facilitator) if one]
    names = await people.names_of(session, round_.group.workspace, ids)
    return former_reader.build_asked(round_, former, names, context.now)


def kept_wanted(round_: RoundToPlan, kept_for: Collection[str], now: datetime) -> Iterable[DesiredDelivery]:
    """Whoever led before hears once that something was left for them: nothing else that they get shows it."""
    for reader in round_.readers:
        if reader.person in kept_for:
            yield post(KEPT, round_, reader.person, now, reader.person)


async def compose_kept(context: RenderContext) -> Message:
    kept = await private_answers.kept_unread(context.session, [context.round_], context.now)
    if context.recipient not in kept.get(context.round_.meeting.id, ()):
        raise NothingToSend("it was read meanwhile, or taken back")
    return former_reader.build_kept_for(context.round_, context.now)


FOR_READER = DeliveryType(
    KEPT, None, compose_kept, plan=reading(private_answers.kept_unread, kept_wanted), late=Late(HANDED_ON)
)
QUESTION = DeliveryType(
    ASKED,
    None,
    compose,
    refresh=REFRESH,
    plan=reading(private_answers.with_former, asked_wanted),
    late=Late(HANDED_ON),
)
