"""Commands, buttons and response URLs, with a real Bolt app on the other side."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.sandbox import RESPONSE_URL_SECONDS
from tests.sandbox.conftest import ANA, BEN, CIRCLE, Heard, Served, connected

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


SELECT = {"type": "static_select", "action_id": "pick", "options": [option("one"), option("two")]}
BUTTON = {"type": "button", "action_id": "go", "text": plain("Go"), "value": "42", "style": "primary"}
BLOCKS = [{"type": "actions", "block_id": "row", "elements": [BUTTON, SELECT]}]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def answering(heard: Heard, **ack_with: Any) -> Any:
    """Registers an app that keeps what it hears and acknowledges with `ack_with`."""

    async def listen(ack: AsyncAck, body: Json) -> None:
        await ack(**ack_with)
        heard.take(body)

    def register(app: AsyncApp) -> None:
        app.command("/collab")(listen)
        app.action(re.compile(".*"))(listen)

    return register


async def test_a_command_carries_what_slack_says_and_is_answered_privately(served: Served, heard: Heard) -> None:
    text = "reflect hi <@U0BEN> in <#C0RANDOM> <b> & https://example.org/?a=1&b=2 <!here>"
    async with connected(served, answering(heard, text="Hello", blocks=[{"type": "divider"}])):
        answer = await served.types(text)
    body = await heard.next()
    assert body["text"] == (
        "reflect hi <@U0BEN|ben.okafor> in <#C0RANDOM|random> &lt;b&gt; &amp; "
        "<https://example.org/?a=1&amp;b=2> <!here>"
    )
    assert (body["command"], body["channel_id"], body["channel_name"]) == ("/collab", CIRCLE, "learning-circle")
    assert (body["user_id"], body["team_id"], body["user_name"]) == (ANA, "T0SANDBOX", "ana.ruiz")
    assert answer["ok"]
    assert (answer["reply"]["text"], answer["reply"]["ephemeral"]) == ("Hello", True)
    assert [m["text"] for m in await served.reads()] == ["Hello"]
    assert await served.reads(BEN) == []


async def test_private_names_are_not_told(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard)):
        for channel, name in (("G0SUPERS", "privategroup"), ("D0ANA", "directmessage")):
            assert (await served.types(channel=channel)) == {"ok": True, "reply": None}
            assert (await heard.next())["channel_name"] == name


async def test_an_answer_may_be_for_everybody(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard, text="All", response_type="in_channel")):
        await served.types()
    assert [(m["text"], m["ephemeral"]) for m in await served.reads(BEN)] == [("All", False)]


async def test_an_answer_that_slack_would_not_take_is_an_error(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard, text="x", blocks=[{"type": "blink"}])):
        answer = await served.types()
    assert (answer["ok"], answer["error"]) == (False, "invalid_command_response")


async def test_who_is_not_acknowledged_hears_of_it(served: Served) -> None:
    assert (await served.types())["error"] == "dispatch_failed"
    served.inside.sockets.ack_seconds = 0.05

    async def silent(body: Json) -> None:
        pass

    def register(app: AsyncApp) -> None:
        app.command("/collab")(silent)

    async with connected(served, register):
        assert await served.types() == {"ok": False, "error": "operation_timeout"}
    assert (await served.state())["notices"][-1] == '/collab failed with the error "operation_timeout"'


async def test_only_those_who_may_type_there_can(served: Served) -> None:
    assert (await served.ask("command", 403, who=BEN, channel="G0SUPERS", text=""))["error"] == "restricted_action"
    assert (await served.ask("command", 403, who="U0GREG", channel=CIRCLE, text=""))["error"] == "restricted_action"
    wrong = await served.ask("command", 404, who=ANA, channel=CIRCLE, text="", command="/else")
    assert wrong["error"] == "unknown_command"


async def test_a_pressed_button_says_where_it_stands_and_what_is_picked_beside_it(served: Served, heard: Heard) -> None:
    ts = (await served.client().chat_postMessage(channel=CIRCLE, text="x", blocks=BLOCKS))["ts"]
    async with connected(served, answering(heard)):
        here = {"who": ANA, "channel": CIRCLE, "ts": ts}
        assert (await served.ask("press", action_id="pick", value="two", **here))["ok"]
        assert (await heard.next())["actions"][0]["selected_option"] == option("two")
        assert (await served.ask("press", action_id="go", block_id="row", **here))["ok"]
        body = await heard.next()
        assert body["actions"][0]["value"] == "42"
        assert body["container"] == {
            "type": "message",
            "message_ts": ts,
            "channel_id": CIRCLE,
            "is_ephemeral": False,
        }
        assert body["message"]["blocks"][0]["block_id"] == "row"
        assert body["state"]["values"]["row"]["pick"]["selected_option"]["value"] == "two"
        await served.ask("press", **{**here, "who": BEN}, action_id="go")
        assert (await heard.next())["state"]["values"]["row"]["pick"]["selected_option"] is None
        assert (await served.ask("press", 404, action_id="gone", **here))["error"] == "no_such_element"
        assert (await served.ask("press", 400, action_id="pick", value="ten", **here))["error"] == "no_such_option"
        assert (await served.ask("press", 404, **{**here, "ts": "1.0"}, action_id="go"))["error"] == "no_such_message"


async def test_a_button_that_is_gone_can_be_pressed_blindly(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard)):
        await served.ask("press", who=ANA, channel=CIRCLE, ts="1.0", action_id="old", value="7", blind=True)
        body = await heard.next()
    assert (body["actions"][0]["action_id"], body["actions"][0]["value"]) == ("old", "7")
    assert "message" not in body


async def test_a_response_url_replaces_and_deletes_what_was_pressed(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard, text="Draft", blocks=BLOCKS)):
        private = (await served.types())["reply"]
        await heard.next()
        await served.ask("press", who=ANA, channel=CIRCLE, ts=private["ts"], action_id="go")
        body = await heard.next()
    assert body["container"]["is_ephemeral"]
    assert "message" not in body
    webhook = AsyncWebhookClient(body["response_url"])
    assert (await webhook.send(text="Instead", replace_original=True)).body == "ok"
    assert [(m["text"], m["ephemeral"]) for m in await served.reads()] == [("Instead", True)]
    await webhook.send(text="Beside")
    await webhook.send(text="For all", response_type="in_channel")
    await webhook.send(delete_original=True)
    assert [(m["text"], m["ephemeral"]) for m in await served.reads()] == [("Beside", True), ("For all", False)]
    assert [m["text"] for m in await served.reads(BEN)] == ["For all"]


async def test_a_response_url_is_good_five_times_and_for_half_an_hour(served: Served, heard: Heard) -> None:
    later = 0.0
    timer = served.inside.timer
    served.inside.timer = lambda: timer() + later
    async with connected(served, answering(heard)):
        await served.types()
        await served.types()
        used, kept = [AsyncWebhookClient((await heard.next())["response_url"]) for _ in range(2)]
    assert (await used.send(text="x", blocks=[{"type": "blink"}])).status_code == 400
    statuses = [(await used.send(text=str(n))).status_code for n in range(6)]
    assert statuses == [200] * 5 + [404]
    later = RESPONSE_URL_SECONDS + 1
    expired = await kept.send(text="late")
    assert (expired.status_code, "expired_url" in expired.body) == (404, True)


async def test_a_response_url_can_fail_too(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard)):
        await served.types()
        url = (await heard.next())["response_url"]
    await served.ask("faults", method="response_url", kind="http_500")
    assert (await AsyncWebhookClient(url).send(text="x")).status_code == 500
    assert await served.reads() == []


async def test_the_last_payload_can_come_once_more(served: Served, heard: Heard) -> None:
    assert (await served.ask("replay", 409))["error"] == "not_acknowledged"
    async with connected(served, answering(heard)):
        await served.types("once")
        await served.ask("replay")
        first, second = await heard.next(), await heard.next()
    assert first == second


async def test_a_person_can_talk_where_they_are_and_nobody_in_the_apps_dm(served: Served) -> None:
    said = await served.ask("message", who=ANA, channel=CIRCLE, text="Hello all")
    await served.ask("message", who=BEN, channel=CIRCLE, text="Hello", thread_ts=said["ts"])
    assert [m["reply_count"] for m in await served.reads()] == [1, 0]
    assert (await served.ask("message", 403, who=ANA, channel="D0ANA", text="x"))["error"] == "restricted_action"
    assert (await served.ask("message", 403, who=BEN, channel="G0SUPERS", text="x"))["error"] == "restricted_action"
    assert (await served.ask("message", 400, who=BEN, channel=CIRCLE, text=" "))["error"] == "no_text"
    assert (await served.ask("message", 404, who="U0NOBODY", channel=CIRCLE, text="x"))["error"] == "no_such_person"


async def test_a_socket_that_was_cut_or_renewed_carries_on(served: Served, heard: Heard) -> None:
    async with connected(served, answering(heard, text="Here")):
        for op in ("refresh", "cut"):
            await served.ask("sockets", op=op)
            await served.ask("sockets", op="wait")
            assert (await served.types())["reply"]["text"] == "Here"


async def test_a_ticket_opens_one_connection(served: Served) -> None:
    async with connected(served) as handler:
        used = str(handler.client.wss_uri)
        async with aiohttp.ClientSession() as session, session.ws_connect(used) as second:
            closed = await asyncio.wait_for(second.receive(), 60)
        assert closed.data == 4001


# ---- Shortcuts ----


def shortcuts(heard: Heard) -> Any:
    """Registers an app that keeps the shortcuts that it hears."""

    async def listen(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.take(body)

    def register(app: AsyncApp) -> None:
        app.shortcut("use_as_reflection")(listen)
        app.shortcut("answer_anywhere")(listen)

    return register


async def test_a_message_shortcut_carries_the_message_as_slack_does(served: Served, heard: Heard) -> None:
    said = await served.ask("message", who=ANA, channel=CIRCLE, text="Hi <@U0BEN>")
    async with connected(served, shortcuts(heard)):
        await served.ask("shortcut", who=BEN, callback_id="use_as_reflection", channel=CIRCLE, ts=said["ts"])
        body = await heard.next()
    assert (body["type"], body["callback_id"], body["message_ts"]) == (
        "message_action",
        "use_as_reflection",
        said["ts"],
    )
    assert (body["user"]["id"], body["team"]["id"], body["channel"]["id"]) == (BEN, "T0SANDBOX", CIRCLE)
    assert (body["message"]["user"], body["message"]["text"]) == (ANA, "Hi <@U0BEN>")
    assert body["trigger_id"]
    assert body["response_url"].startswith(served.address)


async def test_a_global_shortcut_knows_no_channel(served: Served, heard: Heard) -> None:
    async with connected(served, shortcuts(heard)):
        await served.ask("shortcut", who=BEN, callback_id="answer_anywhere")
        body = await heard.next()
    assert (body["type"], body["callback_id"], body["user"]["id"]) == ("shortcut", "answer_anywhere", BEN)
    assert body["trigger_id"]
    assert not {"channel", "message", "response_url"} & body.keys()


async def test_shortcuts_are_where_slack_has_them(served: Served) -> None:
    said = await served.ask("message", who=ANA, channel=CIRCLE, text="Hi")
    on = {"channel": CIRCLE, "ts": said["ts"]}
    assert (await served.ask("shortcut", 404, who=BEN, callback_id="unheard_of"))["error"] == "unknown_shortcut"
    wrong = await served.ask("shortcut", 404, who=BEN, callback_id="answer_anywhere", **on)
    assert wrong["error"] == "unknown_shortcut"
    gone = await served.ask("shortcut", 404, who=BEN, callback_id="use_as_reflection", channel=CIRCLE, ts="1.0")
    assert gone["error"] == "no_such_message"
    nobody = await served.ask("shortcut", who=BEN, callback_id="answer_anywhere")
    assert nobody == {"ok": False, "error": "dispatch_failed"}
    await served.ask("people", op="stranger", person=BEN)
    assert (await served.ask("shortcut", 403, who=BEN, callback_id="use_as_reflection", **on))["ok"] is False
    assert [s["callback_id"] for s in (await served.state())["shortcuts"]] == ["use_as_reflection", "answer_anywhere"]
