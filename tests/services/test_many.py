"""Three thousand answers to one prompt: every message that shows them is one that Slack takes."""

from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.rounds import Batch, Round
from bot.services import agenda as services
from bot.services import anonymous_batches, prompt_closing, responses, rounds
from handlers.views import agenda, anonymous_review, block_kit, facilitator, summary
from sandbox.blocks import check_blocks
from sandbox.view_check import check_view
from storage import tables as t
from storage.engine import upsert
from tests.support.groups import ASKER, NOW
from tests.support.person import buttons

NAMED, UNSHOWN_ANONYMOUS = 2000, 1000


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def row(round_: Round, number: int) -> dict[str, object]:
    sees = Visibility.NAMED if number < NAMED else Visibility.ANONYMOUS
    return {
        "id": t.new_id(),
        "workspace_id": "T1",
        "prompt_id": round_.prompt.id,
        "position": 0,
        "respondent": f"{number}",
        "text": f"Words {number} " + "and more " * 40,
        "visibility": sees,
        "author_id": f"U{number}" if sees is Visibility.NAMED else None,
        "reader_id": None,
        "given_on": NOW.date(),
        "edited": False,
        "late": False,
    }


async def again(session: AsyncSession, round_: Round) -> Round:
    session.expire_all()
    fresh = await rounds.round_of(session, "T1", round_.meeting.id)
    assert fresh is not None
    return fresh


async def test_every_message_that_shows_them_fits(session: AsyncSession, round_: Round) -> None:
    await upsert(session, t.Reflection, [row(round_, number) for number in range(NAMED + UNSHOWN_ANONYMOUS)])
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
    round_ = await again(session, round_)
    batch = await prompt_closing.anonymous_texts(session, round_.prompt.id, Random(7))
    assert len(batch[0]) == UNSHOWN_ANONYMOUS
    review = anonymous_review.build_review(round_, batch, round_.prompt.closes_at)
    assert check_view(review, "modal") == []
    assert await anonymous_batches.decide(session, round_, round_.prompt.closes_at, show=True) is Batch.APPROVED

    round_ = await again(session, round_)
    now = round_.prompt.closes_at
    contents = await services.contents(session, round_, "U1", ASKER.chooser)
    assert len(contents.answers) == NAMED
    named, more = await responses.first_named(session, round_, summary.MOST_EACH)
    shown = await prompt_closing.anonymous_batch(session, round_.prompt.id, Random(7))
    messages = {
        "agenda": agenda.build_posted(round_, contents, now),
        "draft": block_kit.Message(agenda.build_draft(round_, contents, now)),
        "packet": facilitator.build_packet(facilitator.Packet(round_, contents), now),
        "summary": summary.build_summary(
            round_, summary.Answers(named, more, await responses.on_scale(session, round_))
        ),
        "batch": anonymous_review.build_shown(round_, shown, "1.2", now),
    }
    for name, message in messages.items():
        assert check_blocks(message.blocks, block_kit.MOST_BLOCKS) == [], name
        assert len(message.text) <= block_kit.LONGEST_FALLBACK, name
        assert "Words" in message.text, name
    (bullets,) = [b for b in messages["batch"].blocks if b["elements"][0]["type"] == "rich_text_list"]
    texts = [item["elements"][0]["text"] for item in bullets["elements"][0]["elements"]]
    assert len(texts) == anonymous_review.MOST_SHOWN
    assert all(len(text) > 150 for text in texts)  # something that can be read
    assert "responses" in buttons(messages["batch"].blocks)  # and the way to all of them
