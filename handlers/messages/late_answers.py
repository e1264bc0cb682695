"""Late answers in the prompt's thread: each a message of its own, kept up to date or deleted with the answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.lateness import HANDED_ON, Late
from bot.delivery.types import REFRESH, DeliveryType, NothingToSend, RenderContext, Vanished, reading
from bot.domain.rounds import Round
from bot.services import late_answers
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import late_answers as views
from handlers.views.block_kit import Message

LATE = "late_answer"


@dataclass(frozen=True)
class LateAnswer:
    """Which answer."""

    answer: str


def wanted(round_: Round, late: Sequence[str], now: datetime) -> Iterable[DesiredDelivery]:
    for answer in late:
        yield post(LATE, round_, round_.group.channel, now, answer, LateAnswer(answer))


async def compose(context: RenderContext) -> Message:
    round_ = context.round_
    seen = await late_answers.read(context.session, round_, context.arguments(LateAnswer).answer)
    thread = round_.thread("prompt")
    if seen is None:
        raise Vanished("it is not for the group any more")
    if thread is None:  # nowhere else: the channel gets three messages a meeting
        raise NothingToSend("the thread that it belongs to is not known")
    return views.build_late(round_, seen, thread)


POSTED = DeliveryType(
    LATE,
    None,
    compose,
    refresh=REFRESH,
    thread_of=("prompt",),
    asks=True,
    plan=reading(late_answers.of_rounds, wanted),
    late=Late(HANDED_ON),
)
