"""People from another organisation, as Slack shows them to an app that is not installed there."""

import re
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.conftest import BEN, CIRCLE, RANDOM, Heard, Served, connected

Json = dict[str, Any]

HUGO, GWEN, HERE, THERE = "U0HUGO", "U0GWEN", "T0SANDBOX", "T0COUNTY"
BUTTON: Json = {
    "type": "actions",
    "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
}
FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [BUTTON],
}


async def test_they_are_on_no_list_and_told_by_their_team(served: Served) -> None:
    client = served.client()
    listed = {p["id"]: p for p in (await client.users_list())["members"]}
    assert HUGO not in listed
    assert listed[GWEN]["is_restricted"]
    hugo = (await client.users_info(user=HUGO))["user"]
    assert (hugo["team_id"], hugo.get("is_stranger", False)) == (THERE, False)
    assert HUGO in (await client.conversations_members(channel=CIRCLE))["members"]
    assert (await client.conversations_info(channel=CIRCLE))["channel"]["is_ext_shared"]
    assert not (await client.conversations_info(channel=RANDOM))["channel"]["is_ext_shared"]
    await served.ask("channel", op="leave", channel=CIRCLE, person=HUGO)
    assert (await client.users_info(user=HUGO))["user"]["is_stranger"]


async def test_neither_messages_nor_a_home_reach_them(served: Served) -> None:
    client = served.client()
    home = {"type": "home", "blocks": [BUTTON]}
    for refused in (
        client.conversations_open(users=HUGO),
        client.chat_postMessage(channel=HUGO, text="Hi"),
        client.views_publish(user_id=HUGO, view=home),
    ):
        with pytest.raises(SlackApiError):
            await refused
    assert (await client.chat_postEphemeral(channel=CIRCLE, user=HUGO, text="Between us"))["ok"]
    assert "Between us" in [m["text"] for m in await served.reads(HUGO)]
    for path, more in (("command", {"text": "help"}), ("home", {})):
        assert (await served.ask(path, 403, who=HUGO, channel=CIRCLE, **more))["error"] == "restricted_action"


async def test_in_a_form_the_team_is_theirs_and_the_view_says_where_the_app_is(served: Served) -> None:
    heard = Heard()

    async def pressed(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        heard.take(body)
        if "view" not in body:
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def sent(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.take(body)

    def register(app: AsyncApp) -> None:
        app.action("go")(pressed)
        app.view(re.compile(".*"))(sent)

    async with connected(served, register):
        posted = await served.client().chat_postMessage(channel=CIRCLE, text="Go", blocks=[BUTTON])
        for person, team in ((HUGO, THERE), (BEN, HERE)):
            await served.ask("press", who=person, channel=CIRCLE, ts=posted["ts"], action_id="go")
            body = await heard.next()
            assert (body["team"]["id"], body["user"]["team_id"]) == (HERE, team)
            await served.ask("settle")
            view = (await served.state(person))["modals"][-1]["id"]
            await served.ask("press", who=person, view_id=view, action_id="go")
            await served.ask("submit", who=person, view_id=view, values={})
            for body in (await heard.next(), await heard.next()):
                assert (body["team"]["id"], body["user"]["team_id"]) == (team, team)
                assert body["view"]["app_installed_team_id"] == HERE


async def test_they_and_guests_see_the_channels_that_they_are_in(served: Served) -> None:
    seen = {who: [c["id"] for c in (await served.state(who))["channels"]] for who in (HUGO, GWEN, BEN)}
    assert seen == {HUGO: [CIRCLE], GWEN: [CIRCLE, "D0GWEN"], BEN: [CIRCLE, RANDOM, "D0BEN"]}
    await served.ask("channel", op="join", channel=RANDOM, person=GWEN)
    assert RANDOM in [c["id"] for c in (await served.state(GWEN))["channels"]]
