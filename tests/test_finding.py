"""Looking for our own message: there, surely not there, or nobody can tell and a person is asked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.finder import MOST_PAGES, find
from bot.domain.deliveries import DeliveryState, Operation
from bot.runtime.slack_errors import Outcome, SendStatus
from bot.services.claims import ClaimedDelivery
from tests.support.person import CIRCLE, Sandbox, buttons, start_group, words
from tests.support.running import running, sandbox_settings
from tests.support.servers import serving

MARK, US = "the-mark", "UBOT"
NOW = datetime(2026, 9, 5, 14, tzinfo=UTC)
OWED = ClaimedDelivery(
    "1",
    "T1",
    "g",
    "prompt",
    Operation.POST,
    "C1",
    None,
    {},
    NOW,
    None,
    None,
    DeliveryState.UNCLEAR,
    1,
    0,
    MARK,
    "me",
    0.0,
)

Json = dict[str, Any]


def metadata(mark: str) -> Json:
    return {"metadata": {"event_type": "collab_delivery", "event_payload": {"delivery": mark}}}


OTHERS: Json = {"ts": "1.1", "user": "U1", "text": "Good morning"}
ANOTHER_BOTS: Json = {"ts": "1.2", "user": "UOTHER", "bot_id": "B2", "text": "Standup!"}
OURS: Json = {"ts": "1.3", "user": US, "bot_id": "B1", "app_id": "A1", "text": "Questions"}
NAMELESS: Json = {"ts": "1.4", "subtype": "bot_message", "bot_id": "B1", "text": "Questions"}
STRIPPED = OURS | {"metadata": {"event_type": "collab_delivery", "event_payload": {}}}
BARE = OURS | {"metadata": {"event_type": "collab_delivery"}}


def page(*messages: Json, cursor: str = "", **more: Any) -> Json:
    return {"ok": True, "messages": list(messages), "response_metadata": {"next_cursor": cursor}, **more}


SLOWLY: Json = {"ok": False, "error": "ratelimited"}

CASES: dict[str, tuple[Sequence[Json], SendStatus]] = {
    "it is there": ([page(OTHERS, OURS | metadata(MARK))], SendStatus.YES),
    "it is on a later page": ([page(OTHERS, cursor="2"), page(OURS | metadata(MARK))], SendStatus.YES),
    "it is there, and another of ours has lost its mark": ([page(OURS, NAMELESS | metadata(MARK))], SendStatus.YES),
    "it is behind one of ours without a mark": ([page(OURS, cursor="2"), page(OURS | metadata(MARK))], SendStatus.YES),
    "nothing is there": ([page()], SendStatus.LATER),
    "others wrote, people and bots": ([page(OTHERS, ANOTHER_BOTS)], SendStatus.LATER),
    "another post of ours": ([page(OURS | metadata("another"))], SendStatus.LATER),
    "the mark in somebody's words": ([page(OTHERS | {"text": MARK})], SendStatus.LATER),
    "one of ours without metadata": ([page(OTHERS, OURS)], SendStatus.REFUSED),
    "one whose metadata is empty": ([page(STRIPPED)], SendStatus.REFUSED),
    "one whose metadata has no payload": ([page(BARE)], SendStatus.REFUSED),
    "an app's, with no user": ([page(NAMELESS)], SendStatus.REFUSED),
    "one of ours without metadata on a later page": ([page(cursor="2"), page(OURS)], SendStatus.REFUSED),
    "more is there than is shown": ([page(OTHERS, has_more=True)], SendStatus.REFUSED),
    "no messages at all": ([{"ok": True}], SendStatus.REFUSED),
    "it never ends": ([page(OTHERS, cursor="more")] * MOST_PAGES, SendStatus.REFUSED),
    "the first page has to wait": ([SLOWLY], SendStatus.LATER),
    "a later page has to wait": ([page(OTHERS, cursor="2"), SLOWLY], SendStatus.REFUSED),
    "we may not look": ([{"ok": False, "error": "missing_scope"}], SendStatus.REFUSED),
    "Slack is in trouble": ([{"ok": False, "error": "internal_error"}], SendStatus.UNCLEAR),
}


@pytest.mark.parametrize("thread", [None, "1.0"], ids=["channel", "thread"])
@pytest.mark.parametrize("case", CASES)
async def test_it_is_posted_again_only_where_it_is_surely_not_there(case: str, thread: str | None) -> None:
    pages, expected = CASES[case]
    outcome = await looked_for(pages, thread)
    assert outcome.status is expected
    if case == "the first page has to wait":
        assert outcome.seconds == 60
    else:
        assert (outcome.seconds > 0) == (case == "a later page has to wait")


async def looked_for(
    pages: Sequence[Json], thread: str | None = None, known: Mapping[str, str] | None = None
) -> Outcome:
    """What `find` says of a channel, or a thread, that has these pages."""
    left = list(pages)

    async def answer(request: web.Request) -> web.Response:
        form = {**request.query, **await request.post()}
        assert form["include_all_metadata"] in {"1", "true"}
        said = left.pop(0)
        slow = said is SLOWLY
        return web.json_response(said, status=429 if slow else 200, headers={"Retry-After": "60"} if slow else {})

    method = "conversations.history" if thread is None else "conversations.replies"
    async with serving([web.route("*", f"/{method}", answer)]) as address:
        client = AsyncWebClient("xoxb-1", f"{address}/", retry_handlers=[])
        return await find(client, OWED, "C1", thread, US, known or {})


async def test_a_message_of_another_delivery_is_known_by_where_it_stands() -> None:
    """Bringing a message up to date may have cost it its metadata."""
    assert (await looked_for([page(OURS)], known={"1.3": "another delivery"})).status is SendStatus.LATER


@pytest.mark.parametrize("there", [True, False])
async def test_where_history_leaves_marks_out_a_person_is_asked_and_nothing_stands_there_twice(
    sandbox: Sandbox, sqlite_url: str, *, there: bool
) -> None:
    async with running(sandbox_settings(sandbox, sqlite_url)):
        ana = next(iter((await sandbox.people()).values()))
        await start_group(ana)
        await sandbox.must("history", metadata=False)
        await sandbox.fail("chat.postMessage", "served_then_500" if there else "http_500")
        await sandbox.go_to(NOW)
        for _ in range(4):
            await sandbox.go_on(4)
        questions = [m for m in await sandbox.posted(CIRCLE) if "Before we meet" in words(m["blocks"])]
        asked = [m for m in await ana.dms() if "post_is_there" in buttons(m["blocks"])]
        assert len(questions) == 1
        assert len(asked) == int(there)  # our other posts are known, so that nothing else stands in doubt
