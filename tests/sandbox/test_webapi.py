"""The Web API: tokens, scopes, membership, paging, pace and errors, through Slack's own client and bare HTTP."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.methods import APP_TOKEN
from tests.sandbox.conftest import ANA, CIRCLE, RANDOM, SUPERVISORS, Served

Json = dict[str, Any]
DIVIDER: Json = {"type": "divider"}
LONG: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2500}}] * 5
HOME: Json = {"type": "home", "blocks": [DIVIDER]}


async def test_slacks_client_reads_the_workspace(served: Served) -> None:
    client = served.client()
    me = await client.auth_test()
    assert (me["team_id"], me["user_id"]) == ("T0SANDBOX", "U0COLLAB")
    assert "chat:write" in me.headers["x-oauth-scopes"]
    people = {p["id"]: p for p in (await client.users_list())["members"]}
    assert people[ANA]["tz"] == "America/Chicago"
    assert people[ANA]["is_admin"]
    assert people["U0GREG"]["deleted"]
    assert people["U0CALENDAR"]["is_bot"]
    channels = (await client.users_conversations(types="public_channel,private_channel"))["channels"]
    assert [c["id"] for c in channels] == [CIRCLE, SUPERVISORS]
    info = (await client.conversations_info(channel=RANDOM))["channel"]
    assert (info["is_member"], info["is_private"]) == (False, False)
    assert len((await client.conversations_members(channel=CIRCLE))["members"]) == 9
    assert (await client.users_info(user=ANA))["user"]["profile"]["display_name"] == "Ana Ruiz"


async def test_lists_come_in_pages(served: Served) -> None:
    found, cursor = [], ""
    while True:
        page = await served.client().conversations_members(channel=CIRCLE, limit=3, cursor=cursor)
        assert len(page["members"]) <= 3
        found += page["members"]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert len(found) == len(set(found)) == 9
    assert (await served.api("users.list", cursor="nonsense!"))["error"] == "invalid_cursor"
    assert (await served.api("users.list", limit=-1))["error"] == "invalid_limit"


async def test_a_post_is_kept_with_its_metadata_and_can_be_found_changed_and_deleted(served: Served) -> None:
    client = served.client()
    metadata = {"event_type": "delivery", "event_payload": {"id": "abc"}}
    posted = await client.chat_postMessage(channel=CIRCLE, text="Hello", blocks=[DIVIDER], metadata=metadata)
    reply = await client.chat_postMessage(channel=CIRCLE, text="In the thread", thread_ts=posted["ts"])
    page = await client.conversations_history(channel=CIRCLE, include_all_metadata=True)
    assert [(m["ts"], m["metadata"]) for m in page["messages"]] == [(posted["ts"], metadata)]
    assert "metadata" not in (await client.conversations_history(channel=CIRCLE))["messages"][0]
    thread = (await client.conversations_replies(channel=CIRCLE, ts=posted["ts"]))["messages"]
    assert [m["ts"] for m in thread] == [posted["ts"], reply["ts"]]
    await client.chat_update(channel=CIRCLE, ts=posted["ts"], text="Changed")
    first, second = await served.reads()
    assert (first["text"], first["blocks"], first["edited"], first["reply_count"]) == ("Changed", [], True, 1)
    assert (second["ts"], second["thread_ts"]) == (reply["ts"], posted["ts"])
    await client.chat_delete(channel=CIRCLE, ts=reply["ts"])
    answer = (await served.http.get("/sandbox/messages", params={"channel": CIRCLE})).json()
    assert [m["metadata"] for m in answer["messages"]] == [metadata]


async def test_a_person_is_written_to_in_their_dm(served: Served) -> None:
    client = served.client()
    opened = await client.conversations_open(users=[ANA])
    by_person = await client.chat_postMessage(channel=ANA, text="One")
    assert opened["channel"]["id"] == by_person["channel"] == "D0ANA"
    assert [m["text"] for m in await served.reads(channel="D0ANA")] == ["One"]
    channel = next(c for c in (await served.state())["channels"] if c["id"] == "D0ANA")
    assert (channel["kind"], channel["read_only"], channel["unread"]) == ("dm", True, 1)
    await served.ask("read", who=ANA, channel="D0ANA")
    assert not any(c["unread"] for c in (await served.state())["channels"])


async def test_a_whisper_is_seen_by_one_person(served: Served) -> None:
    await served.client().chat_postEphemeral(channel=CIRCLE, user=ANA, text="For you")
    assert [(m["text"], m["ephemeral"]) for m in await served.reads()] == [("For you", True)]
    assert await served.reads("U0BEN") == []
    assert (await served.http.get("/sandbox/messages", params={"channel": CIRCLE})).json() == {"messages": []}
    page = await served.client().conversations_history(channel=CIRCLE)
    assert page["messages"] == []


REFUSALS: list[tuple[str, Json, str]] = [
    ("chat.postMessage", {"channel": RANDOM, "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "U0GREG", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": CIRCLE}, "no_text"),
    ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x" * 40_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x", "blocks": [{"type": "blink"}]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x", "blocks": [DIVIDER] * 51}, "invalid_blocks"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x", "blocks": LONG}, "msg_blocks_too_long"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x", "blocks": "no json"}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
    ("chat.postMessage", {"channel": CIRCLE, "text": "x", "thread_ts": "1.0"}, "thread_not_found"),
    ("chat.update", {"channel": CIRCLE, "ts": "1.0", "text": "x"}, "message_not_found"),
    ("chat.delete", {"channel": CIRCLE, "ts": "1.0"}, "message_not_found"),
    ("chat.postEphemeral", {"channel": SUPERVISORS, "user": "U0BEN", "text": "x"}, "user_not_in_channel"),
    ("conversations.history", {"channel": RANDOM}, "not_in_channel"),
    ("conversations.history", {"channel": "D0ANA"}, "missing_scope"),
    ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
    ("conversations.open", {"users": "U0GREG"}, "user_disabled"),
    ("conversations.open", {"users": "U0CALENDAR"}, "cannot_dm_bot"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("users.conversations", {"types": "im"}, "missing_scope"),
    ("users.conversations", {"types": "secret"}, "invalid_types"),
    ("views.open", {"trigger_id": "1.2.x", "view": HOME}, "invalid_trigger_id"),
    ("views.update", {"view_id": "V0", "view": HOME}, "not_found"),
    ("views.publish", {"user_id": "U0GREG", "view": HOME}, "user_not_found"),
    ("views.publish", {"user_id": ANA, "view": {"type": "modal"}}, "invalid_arguments"),
    ("views.publish", {"user_id": ANA, "view": {**HOME, "private_metadata": "x" * 3001}}, "invalid_arguments"),
    ("files.upload", {}, "unknown_method"),
]


@pytest.mark.parametrize(("method", "args", "error"), REFUSALS, ids=[f"{m}-{e}" for m, _, e in REFUSALS])
async def test_what_slack_refuses_is_refused_by_its_name(served: Served, method: str, args: Json, error: str) -> None:
    answer = await served.api(method, **args)
    assert (answer["ok"], answer["error"]) == (False, error)


async def test_what_is_wrong_with_blocks_is_said(served: Served) -> None:
    answer = await served.api("chat.postMessage", channel=CIRCLE, text="x", blocks=[{"type": "header"}])
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: text [json-pointer:/blocks/0]"]


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-else", "invalid_auth"),
        ("chat.postMessage", APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", "xoxb-sandbox", "not_allowed_token_type"),
    ],
)
async def test_the_token_has_to_fit(served: Served, method: str, token: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await served.http.post(f"/api/{method}", headers=headers)
    assert answer.json()["error"] == error


async def test_archived_and_private_channels_keep_out(served: Served) -> None:
    await served.ask("channel", op="archive", channel=CIRCLE)
    assert (await served.api("chat.postMessage", channel=CIRCLE, text="x"))["error"] == "is_archived"
    await served.ask("channel", op="leave", channel=SUPERVISORS, person="U0COLLAB")
    assert (await served.api("chat.postMessage", channel=SUPERVISORS, text="x"))["error"] == "channel_not_found"
    assert (await served.api("conversations.info", channel=SUPERVISORS))["error"] == "channel_not_found"
    assert SUPERVISORS not in (await served.state("U0BEN"))["messages"]


async def test_scopes_can_be_left_out(served: Served) -> None:
    await served.ask("scopes", without=["channels:history", "groups:history"])
    answer = await served.api("conversations.history", channel=CIRCLE)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert "channels:history" not in (await served.client().auth_test()).headers["x-oauth-scopes"]
    await served.ask("scopes", 400, without=["pins:write"])  # never asked for
    await served.ask("scopes", without=["chat:write"])  # an app that was set up wrong
    assert (await served.api("chat.postMessage", channel=CIRCLE, text="x"))["needed"] == "chat:write"
    await served.ask("scopes", without=[])
    assert (await served.api("conversations.history", channel=CIRCLE))["ok"]


async def test_a_home_that_changed_meanwhile_is_not_overwritten(served: Served) -> None:
    client = served.client()
    first = await client.views_publish(user_id=ANA, view=HOME)
    second = await client.views_publish(user_id=ANA, view=HOME, hash=first["view"]["hash"])
    assert second["view"]["id"] == first["view"]["id"]
    again = await served.api("views.publish", user_id=ANA, view=HOME, hash=first["view"]["hash"])
    assert again["error"] == "hash_conflict"


# ---- Pace ----


async def test_a_channel_takes_a_small_burst_and_then_one_message_a_second(served: Served) -> None:
    now = 0.0
    served.inside.limits.timer = lambda: now
    client = served.client()
    for n in range(4):
        await client.chat_postMessage(channel=CIRCLE, text=str(n))
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=CIRCLE, text="too fast")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel=ANA, text="elsewhere")
    now = 1.0
    await client.chat_postMessage(channel=CIRCLE, text="later")
    await served.ask("limits", on=False)
    await client.chat_postMessage(channel=CIRCLE, text="without limits")


async def test_a_method_has_its_calls_a_minute(served: Served) -> None:
    now = 0.0
    served.inside.limits.timer = lambda: now
    answers = [await served.api("users.list") for _ in range(21)]
    assert [a.get("error") for a in answers[19:]] == [None, "ratelimited"]
    now = 3.0
    assert (await served.api("users.list"))["ok"]


# ---- Trouble ----


@pytest.mark.parametrize(
    ("kind", "status", "there"),
    [("ratelimited", 429, 0), ("http_500", 500, 0), ("served_then_500", 500, 1), ("error:fatal_error", 200, 0)],
)
async def test_a_planned_fault_is_met_once(served: Served, kind: str, status: int, there: int) -> None:
    await served.ask("faults", method="chat.postMessage", kind=kind, retry_after=7)
    with pytest.raises(SlackApiError) as refused:
        await served.client().chat_postMessage(channel=CIRCLE, text="x")
    assert refused.value.response.status_code == status
    assert refused.value.response.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert len(await served.reads()) == there
    await served.client().chat_postMessage(channel=CIRCLE, text="x")


@pytest.mark.parametrize(("kind", "there"), [("reset", 0), ("served_then_reset", 1)])
async def test_a_dropped_connection_is_one(served: Served, kind: str, there: int) -> None:
    await served.ask("faults", method="*", kind=kind)
    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await served.client().chat_postMessage(channel=CIRCLE, text="x")
    assert len(await served.reads()) == there


async def test_a_hanging_call_takes_nothing_and_says_nothing(served: Served) -> None:
    await served.ask("faults", method="chat.postMessage", kind="hang", times=2)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(served.client().chat_postMessage(channel=CIRCLE, text="x"), 0.1)
    await served.http.delete("/sandbox/faults")
    await served.client().chat_postMessage(channel=CIRCLE, text="x")
    assert len(await served.reads()) == 1
    await served.ask("faults", 400, method="chat.postMessage", kind="flood")


async def test_calls_are_written_down_without_the_token(served: Served) -> None:
    await served.client().chat_postMessage(channel=CIRCLE, text="x")
    calls = (await served.http.get("/sandbox/calls")).json()
    assert [(c["method"], c["args"]["text"], c["answer"]["ok"]) for c in calls] == [("chat.postMessage", "x", True)]
    assert "xoxb" not in str(calls)
    await served.http.delete("/sandbox/calls")
    assert (await served.http.get("/sandbox/calls")).json() == []


async def test_after_uninstalling_the_token_is_worth_nothing(served: Served) -> None:
    await served.ask("app", op="uninstall")
    assert (await served.api("auth.test"))["error"] == "account_inactive"
    await served.ask("app", op="install")
    assert (await served.api("auth.test"))["ok"]
