"""What was answered by name, in the prompt's thread, when answering has ended or its facilitator says so."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.lateness import HANDED_ON, Late
from bot.delivery.types import DeliveryType, NothingToSend, RenderContext
from bot.domain.batches import UNSHOWN
from bot.domain.rounds import Round
from bot.services import reading
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post, update
from handlers.views import summary
from handlers.views.block_kit import Message


def posted_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    due = round_.prompt.shared_at or round_.prompt.closed_at
    if due is not None and round_.thread("prompt") is not None:
        # Its subject says with which state of the answers it was planned; what changes later is brought up to date.
        want = post("summary", round_, round_.group.channel, due)
        yield replace(want, subject=str(round_.meeting.agenda_revision), earliest=round_.begun)


def edited_wanted(round_: Round, now: datetime) -> Iterable[DesiredDelivery]:
    """Once for the end of answering too, when it was posted before: only then the number who took part is said."""
    standing = round_.post("summary")
    if standing is None:
        return
    revision, closed = round_.meeting.agenda_revision, round_.prompt.closed_at
    if revision > int(standing.subject or 0):
        yield from update("summary_edited", "summary", round_, now, str(revision))
    if closed is not None and closed > standing.sent_at:
        yield from update("summary_edited", "summary", round_, closed, "closed")
    if round_.prompt.batch in UNSHOWN:
        yield from update("summary_edited", "summary", round_, now, "unshown")


async def compose(context: RenderContext) -> Message:
    round_ = context.round_
    if round_.thread("prompt") is None:
        raise NothingToSend("the thread that it belongs to is not known")
    answers = await _answers(context)
    if not answers.any:
        raise NothingToSend("nobody answered by name")
    return summary.build_summary(round_, answers)


async def compose_edited(context: RenderContext) -> Message:
    return summary.build_summary(context.round_, await _answers(context))


async def _answers(context: RenderContext) -> summary.Answers:
    named, more = await reading.first_named(context.session, context.round_, summary.MOST_EACH)
    return summary.Answers(named, more, await reading.on_scale(context.session, context.round_))


POSTED = DeliveryType("summary", posted_wanted, compose, thread_of=("prompt",), asks=True, late=Late(HANDED_ON))
EDITED = DeliveryType("summary_edited", edited_wanted, compose_edited, updates="summary", late=Late(merged=True))
