"""The anonymous answers, once, together and shuffled, when the facilitator has read them.

In the agenda, where they were approved before it went out; else in its thread. Where that is not known, below the
questions; where nothing stands, as a message that says itself what it belongs to. They were promised to be shown, and
nobody could hand them in again.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.types import REFRESH, DeliveryType, NothingToSend, RenderContext, reading
from bot.domain.anonymous_batches import UNSHOWN
from bot.domain.rounds import Batch, Round
from bot.services import anonymous_batches
from bot.services.deliveries import DesiredDelivery
from bot.services.prompt_closing import anonymous_batch
from handlers.messages.base import post
from handlers.views import anonymous_review
from handlers.views.block_kit import Message

BELOW = ("agenda", "prompt")
JUST_AFTER = timedelta(seconds=1)


def wanted(round_: Round, agenda_stands: bool, now: datetime) -> Iterable[DesiredDelivery]:
    # Those that count as shown since somebody erased everything meanwhile are looked for still.
    claimed = {Batch.APPROVED} if round_.meeting.batch_in_agenda else {Batch.APPROVED, Batch.SHOWN}
    if round_.prompt.batch in claimed and _outside_of_agenda(round_, agenda_stands, now):
        yield replace(post("anonymous_shown", round_, round_.group.channel, now), earliest=round_.begun)


def _outside_of_agenda(round_: Round, agenda_stands: bool, now: datetime) -> bool:
    """One that may stand there counts as one that does: they are shown once."""
    meeting = round_.meeting
    if meeting.batch_in_agenda:  # unless that never came
        return not agenda_stands and meeting.ends_at <= now
    return meeting.agenda_posted_at is not None or meeting.ends_at <= now


async def compose(context: RenderContext) -> Message:
    batch = await anonymous_batch(context.session, context.round_.prompt.id, context.chooser)
    if not batch and context.standing is None:
        raise NothingToSend("too few are left to be shown")
    return anonymous_review.build_shown(context.round_, batch, context.round_.thread(*BELOW), context.now)


def unshown_wanted(round_: Round, now: datetime) -> Iterable[DesiredDelivery]:
    """The group reads that answers without a name were given, and were not shown."""
    if round_.prompt.batch in UNSHOWN and round_.prompt.voided_at is None:
        yield replace(post("anonymous_unshown", round_, round_.group.channel, now), earliest=round_.begun)


async def compose_unshown(context: RenderContext) -> Message:
    return anonymous_review.build_unshown(context.round_, context.round_.thread(*BELOW), context.now)


def voided_wanted(round_: Round, now: datetime) -> Iterable[DesiredDelivery]:
    """The group reads that such answers are to be given again. Nobody knows whether there were any, nor, where
    answering was still to end as far as the backup knew, whether they were shown since: it is true in any case."""
    at = round_.prompt.voided_at
    if at is not None:
        due = max(now, at + JUST_AFTER)  # it can't stand there since before the restore
        yield post("anonymous_voided", round_, round_.group.channel, due, f"{at:%Y%m%dT%H%M%S}")


async def compose_voided(context: RenderContext) -> Message:
    return anonymous_review.build_voided(context.round_, context.round_.thread(*BELOW), context.now)


SHOWN = DeliveryType(
    "anonymous_shown",
    None,
    compose,
    refresh=REFRESH,
    thread_of=BELOW,
    asks=True,
    plan=reading(anonymous_batches.in_agendas, wanted),
)
UNSHOWN_TOLD = DeliveryType(
    "anonymous_unshown",
    unshown_wanted,
    compose_unshown,
    thread_of=BELOW,
    asks=True,
    by_itself=lambda _found: True,  # even where somebody decided so just now: nobody waits for it
)
VOIDED = DeliveryType(
    "anonymous_voided",
    voided_wanted,
    compose_voided,
    thread_of=BELOW,
    asks=True,
    by_itself=lambda found: found.prompt.closed_at is not None,  # before that, they are to answer again in time
)
