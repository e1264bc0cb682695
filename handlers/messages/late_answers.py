"""Late answers in the prompt's thread: each a message of its own, brought up to date or deleted with the answer."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.lateness import HANDED_ON, Late
from bot.delivery.types import DeliveryType, NothingToSend, RenderContext, want_none
from bot.domain.deliveries import Operation
from bot.domain.rounds import Post, Round
from bot.services import late_answers
from bot.services.beside import Beside
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import about, post
from handlers.views import late
from handlers.views.block_kit import Message

LATE, EDITED, GONE = "late_answer", "late_edited", "late_gone"


def _messages(round_: Round) -> tuple[list[Post], int]:
    """The messages that stand in the thread, and how many stood there once."""
    gone = {post.subject for post in round_.posts.get(GONE, ())}
    sent = round_.posts.get(LATE, ())
    return [one for one in sent if f"{one.subject}/gone" not in gone], len(gone)


def _answer(subject: str | None) -> str:
    return (subject or "").partition(".")[0]


def late_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    standing, gone = _messages(round_)
    there = {_answer(one.subject) for one in standing}
    for answer in beside.late:
        if answer.id not in there:
            # An answer that was for the group, then wasn't and is again is another message.
            yield post(LATE, round_, round_.group.channel, now, f"{answer.id}.{gone}.{answer.revision}")


def edited_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    revisions = {answer.id: answer.revision for answer in beside.late}
    for one in _messages(round_)[0]:
        if (revision := revisions.get(_answer(one.subject), 0)) > _revision(one):
            yield about(EDITED, round_, one, now, str(revision))


def _revision(standing: Post) -> int:
    return int((standing.subject or "").rpartition(".")[2])


def gone_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    kept = {answer.id for answer in beside.late}
    for one in _messages(round_)[0]:
        if _answer(one.subject) not in kept:
            yield about(GONE, round_, one, now, "gone", operation=Operation.DELETE)


async def compose(context: RenderContext) -> Message:
    round_, subject = context.round_, context.claimed.subject
    seen = await late_answers.read(context.session, round_, _answer(subject))
    thread = round_.thread("prompt")
    if seen is None:
        raise NothingToSend("it is not for the group any more")
    if thread is None:  # nowhere else: the channel gets three messages a meeting
        raise NothingToSend("the thread that it belongs to is not known")
    return late.build_late(round_, seen, thread)


async def compose_gone(_situation: RenderContext) -> Message:
    return late.build_gone()


POSTED = DeliveryType(
    LATE, want_none, compose, thread_of=("prompt",), asks=True, beside=late_wanted, late=Late(HANDED_ON)
)
CHANGED = DeliveryType(EDITED, want_none, compose, updates=LATE, beside=edited_wanted)
DELETED = DeliveryType(GONE, want_none, compose_gone, updates=LATE, follows=GONE, beside=gone_wanted)
