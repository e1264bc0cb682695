"""What the group reads of answers without a name: on working days, and what is so where there is nothing to read."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.composing import waits_for_working_day
from bot.delivery.types import RenderContext
from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.rounds import Batch, Round
from bot.services.claims import ClaimedDelivery
from bot.services.forgetting import ErasurePreview
from bot.services.responses import AnswerPage
from handlers.messages import anonymous_review
from handlers.views import mydata, responses
from handlers.views.responses import Meetings, Shelf
from tests.support.groups import OPEN

SATURDAY = datetime(2026, 9, 19, 20, tzinfo=UTC)
MONDAY = datetime(2026, 9, 21, 14, tzinfo=UTC)
"""At nine in Chicago."""


def owed(round_: Round, at: datetime) -> ClaimedDelivery:
    group, meeting = round_.group, round_.meeting.id
    of_group = ("D1", "T1", group.id, "anonymous_unshown", Operation.POST, group.channel, meeting)
    return ClaimedDelivery(*of_group, {}, at, None, None, DeliveryState.SENDING, 1, 0, "n", "me", 0.0)


async def test_that_nothing_was_shown_is_said_on_a_working_day(session: AsyncSession, round_: Round) -> None:
    lapsed = replace(round_, prompt=replace(round_.prompt, batch=Batch.LAPSED, closed_at=OPEN))
    for now, expected in ((SATURDAY, MONDAY), (MONDAY, None)):
        delivery = owed(round_, now)
        context = RenderContext(session, lapsed, "T1", delivery.recipient, {}, None, now, Random(1))
        assert waits_for_working_day(context, delivery, anonymous_review.UNSHOWN_TOLD) == expected
        assert waits_for_working_day(context, delivery, anonymous_review.SHOWN) is None  # somebody decided so just now


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (Batch.WAITING, "the group reads them when whoever leads has seen them first"),
        (Batch.LAPSED, "nothing was decided about them in time"),
        (Batch.NONE, "There is no answer to these questions that you can read"),
    ],
)
async def test_where_nothing_can_be_read_no_yet_is_promised_that_never_comes(
    round_: Round, batch: Batch, said: str
) -> None:
    over = replace(round_, prompt=replace(round_.prompt, batch=batch, closed_at=OPEN))
    view = responses.build_responses(over, Shelf(round_.meeting.id), AnswerPage((), 0, more=False), Meetings(()), OPEN)
    assert said in str(view["blocks"])
    assert "read yet" not in str(view["blocks"])


def test_who_erases_everything_reads_what_others_may_notice_of_answers_without_a_name() -> None:
    anonymous_review, none = (ErasurePreview(answers=0, anonymous=n, topics=0, led=0, groups=()) for n in (1, 0))
    said = "may notice that one is gone"
    assert said in str(mydata.build_erase(anonymous_review))
    assert said not in str(mydata.build_erase(none))
