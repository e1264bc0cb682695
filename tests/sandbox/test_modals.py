"""Forms: opening, state, client-side checks, what an acknowledgement does, the stack, type-ahead; and Home."""

import re
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.elements import REQUIRED
from sandbox.interactions import TROUBLE
from tests.sandbox.conftest import ANA, Heard, Served, connected

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def field(name: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": name, "label": plain(name), "element": {"action_id": name, **element}, **more}


TEXT = {"type": "plain_text_input"}
FIELDS = [
    field("name", {**TEXT, "min_length": 2, "max_length": 5, "initial_value": "Anna"}),
    field("note", TEXT, optional=True),
    field("length", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}),
    field("often", {"type": "static_select", "options": [option("weekly"), option("monthly")]}, optional=True),
    field("way", {"type": "radio_buttons", "options": [option("a"), option("b")], "initial_option": option("b")}),
    field("more", {"type": "checkboxes", "options": [option("x"), option("y")]}, optional=True),
    field("day", {"type": "datepicker", "initial_date": "2026-09-08"}),
    field("at", {"type": "timepicker"}, optional=True),
    field("who", {"type": "users_select", "initial_user": ANA}),
    field("all", {"type": "multi_users_select", "initial_users": [ANA]}),
    field("zone", {"type": "external_select", "min_query_length": 2}, optional=True),
]
FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Form"),
    "submit": plain("Send"),
    "private_metadata": "about",
    "blocks": FIELDS,
}
NOTICE: Json = {"type": "modal", "title": plain("Done"), "blocks": [{"type": "divider"}]}


class Desk:
    """An app that opens a form on /collab and acknowledges as it is told to."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.form = FORM
        self.ack: Json = {}
        self.found: list[Json] = []

    def register(self, app: AsyncApp) -> None:
        app.command("/collab")(self._open)
        app.view(re.compile(".*"))(self._take)
        app.view_closed(re.compile(".*"))(self._closed)
        app.action(re.compile(".*"))(self._pressed)
        app.options(re.compile(".*"))(self._look)

    async def _open(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=self.form)
        await ack()

    async def _take(self, ack: AsyncAck, body: Json) -> None:
        self.heard.take(body)
        await ack(**self.ack)

    async def _closed(self, ack: AsyncAck, body: Json) -> None:
        self.heard.take(body)
        await ack()

    async def _pressed(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        self.heard.take(body)
        if body["actions"][0]["action_id"] == "push":
            await client.views_push(trigger_id=body["trigger_id"], view=self.form)
        await ack()

    async def _look(self, ack: AsyncAck, body: Json) -> None:
        self.heard.take(body)
        await ack(options=self.found)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def top(served: Served) -> Json:
    return dict((await served.state())["modals"][-1])


async def send(served: Served, **values: Any) -> Json:
    view = (await top(served))["id"]
    return await served.ask("submit", who=ANA, view_id=view, values=values)


async def test_a_form_has_slacks_state_from_the_start(served: Served, desk: Desk) -> None:
    async with connected(served, desk.register):
        await served.types()
        view = await top(served)
    assert view["state"]["values"] == {
        "name": {"name": {"type": "plain_text_input", "value": "Anna"}},
        "note": {"note": {"type": "plain_text_input", "value": None}},
        "length": {"length": {"type": "number_input", "value": None}},
        "often": {"often": {"type": "static_select", "selected_option": None}},
        "way": {"way": {"type": "radio_buttons", "selected_option": option("b")}},
        "more": {"more": {"type": "checkboxes", "selected_options": []}},
        "day": {"day": {"type": "datepicker", "selected_date": "2026-09-08"}},
        "at": {"at": {"type": "timepicker", "selected_time": None}},
        "who": {"who": {"type": "users_select", "selected_user": ANA}},
        "all": {"all": {"type": "multi_users_select", "selected_users": [ANA]}},
        "zone": {"zone": {"type": "external_select", "selected_option": None}},
    }
    assert view["root_view_id"] == view["id"]
    assert {"hash", "previous_view_id", "team_id", "app_id", "bot_id", "app_installed_team_id"} <= set(view)


async def test_what_is_sent_arrives_and_an_empty_acknowledgement_closes_the_form(served: Served, desk: Desk) -> None:
    async with connected(served, desk.register):
        await served.types()
        answer = await send(
            served,
            name="Ben",
            length="5",
            often="monthly",
            more=["x", "y"],
            at="10:00",
            zone="Europe/Rome",
            all={"all": ["U0BEN", ANA]},
        )
    assert answer == {"ok": True, "errors": None, "error": None}
    view = (await desk.heard.next())["view"]
    values = {block: next(iter(actions.values())) for block, actions in view["state"]["values"].items()}
    assert (view["callback_id"], view["private_metadata"]) == ("form", "about")
    assert (values["name"]["value"], values["length"]["value"], values["note"]["value"]) == ("Ben", "5", None)
    assert values["often"]["selected_option"] == option("monthly")
    assert values["more"]["selected_options"] == [option("x"), option("y")]
    assert values["way"]["selected_option"]["value"] == "b"
    assert values["zone"]["selected_option"]["value"] == "Europe/Rome"
    assert (values["at"]["selected_time"], values["day"]["selected_date"]) == ("10:00", "2026-09-08")
    assert values["all"]["selected_users"] == ["U0BEN", ANA]
    assert (await served.state())["modals"] == []


@pytest.mark.parametrize(
    ("values", "block", "says"),
    [
        ({"name": ""}, "name", REQUIRED),
        ({"name": "A"}, "name", "too short"),
        ({"name": "Anastasia"}, "name", "too long"),
        ({"length": None}, "length", REQUIRED),
        ({"length": "many"}, "length", "number"),
        ({"length": "1.5"}, "length", "whole number"),
        ({"length": "NaN"}, "length", "number"),
        ({"length": "0"}, "length", "1 or more"),
        ({"length": "10"}, "length", "9 or less"),
        ({"all": []}, "all", REQUIRED),
        ({"day": ""}, "day", REQUIRED),
    ],
)
async def test_slacks_client_checks_first(served: Served, desk: Desk, values: Json, block: str, says: str) -> None:
    async with connected(served, desk.register):
        await served.types()
        answer = await send(served, **({"length": "5"} | values))
        assert not answer["ok"]
        assert says in answer["errors"][block]
        assert (await top(served))["errors"] == answer["errors"]
    assert desk.heard.bodies == []


@pytest.mark.parametrize(
    ("values", "status", "error"),
    [
        ({"nothing": "x"}, 404, "no_such_element"),
        ({"often": "yearly"}, 400, "no_such_option"),
        ({"more": ["z"]}, 400, "no_such_option"),
        ({"day": "soon"}, 400, "no_such_option"),
    ],
)
async def test_what_no_client_could_send_is_refused(
    served: Served, desk: Desk, values: Json, status: int, error: str
) -> None:
    async with connected(served, desk.register):
        await served.types()
        view = (await top(served))["id"]
        answer = await served.ask("submit", status, who=ANA, view_id=view, values=values)
    assert answer == {"ok": False, "error": error}


async def test_errors_keep_the_form_open_with_what_was_typed(served: Served, desk: Desk) -> None:
    desk.ack = {"response_action": "errors", "errors": {"name": "Taken."}}
    async with connected(served, desk.register):
        await served.types()
        answer = await send(served, name="Ben", length="5")
    assert answer == {"ok": False, "errors": {"name": "Taken."}, "error": None}
    view = await top(served)
    assert view["errors"] == {"name": "Taken."}
    assert view["state"]["values"]["name"]["name"]["value"] == "Ben"


@pytest.mark.parametrize(
    "ack",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {"name": ""}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "push", "view": {**NOTICE, "title": plain("x" * 25)}},
    ],
    ids=["unknown block", "empty error", "bad view", "long title"],
)
async def test_an_answer_that_slack_would_not_take_is_trouble(served: Served, desk: Desk, ack: Json) -> None:
    desk.ack = ack
    async with connected(served, desk.register):
        await served.types()
        assert await send(served, length="5") == {"ok": False, "errors": None, "error": TROUBLE}
        desk.ack = {}
        assert (await send(served))["ok"]


async def test_without_an_answer_the_form_stays(served: Served, desk: Desk) -> None:
    async with connected(served, desk.register):
        await served.types()
    assert await send(served, name="Ben", length="5") == {"ok": False, "errors": None, "error": TROUBLE}
    view = await top(served)
    assert (view["error"], view["state"]["values"]["name"]["name"]["value"]) == (TROUBLE, "Ben")


async def test_a_form_can_be_replaced_stacked_and_cleared(served: Served, desk: Desk) -> None:
    async with connected(served, desk.register):
        await served.types()
        first = await top(served)
        desk.ack = {"response_action": "update", "view": {**FORM, "title": plain("Two")}}
        await send(served, length="5", note="kept")
        second = await top(served)
        assert (second["id"], second["title"]["text"]) == (first["id"], "Two")
        assert second["hash"] != first["hash"]
        assert second["state"]["values"]["note"]["note"]["value"] == "kept"
        desk.ack = {"response_action": "push", "view": FORM}
        for size in (2, 3, 3):  # a fourth is one too many
            answer = await send(served, length="5")
            assert len((await served.state())["modals"]) == size
        assert answer["error"] == TROUBLE
        third = await top(served)
        assert third["root_view_id"] == first["id"]
        desk.ack = {"response_action": "clear"}
        await send(served, length="5")
    assert (await served.state())["modals"] == []


async def test_closing_tells_the_app_where_it_asked_to_be_told(served: Served, desk: Desk) -> None:
    desk.form = {**FORM, "notify_on_close": True}
    async with connected(served, desk.register):
        await served.types()
        view = (await top(served))["id"]
        await served.ask("close", who=ANA, view_id=view)
        body = await desk.heard.next()
        assert (body["type"], body["view"]["id"], body["is_cleared"]) == ("view_closed", view, False)
        await served.ask("close", 404, who=ANA, view_id=view)


async def test_a_modal_without_a_button_to_send_cannot_be_sent(served: Served, desk: Desk) -> None:
    desk.form = NOTICE
    async with connected(served, desk.register):
        await served.types()
        view = (await top(served))["id"]
        assert (await served.ask("submit", 404, who=ANA, view_id=view))["error"] == "no_submit_button"


async def test_a_button_in_a_form_knows_what_was_typed_and_may_push(served: Served, desk: Desk) -> None:
    button = {"type": "button", "action_id": "push", "text": plain("More")}
    desk.form = {**FORM, "blocks": [*FIELDS, {"type": "actions", "elements": [button]}]}
    async with connected(served, desk.register):
        await served.types()
        view = (await top(served))["id"]
        await served.ask("press", who=ANA, view_id=view, action_id="push", values={"note": "so far"})
        body = await desk.heard.next()
        assert body["view"]["state"]["values"]["note"]["note"]["value"] == "so far"
        assert body["container"] == {"type": "view", "view_id": view}
        assert "response_url" not in body
        assert (await top(served))["previous_view_id"] == view
        await served.ask("press", who=ANA, view_id=view, action_id="note", value="quiet")
        assert len(desk.heard.bodies) == 1  # an input says nothing unless it asked to


async def test_a_trigger_opens_one_modal_and_for_three_seconds(served: Served) -> None:
    later, timer = 0.0, served.inside.timer
    served.inside.timer = lambda: timer() + later
    fresh, old = served.inside.new_trigger(ANA), served.inside.new_trigger(ANA)
    client = served.client()
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_open(trigger_id=fresh, view={"type": "modal"})
    await client.views_open(trigger_id=fresh, view=FORM)
    for trigger, error in ((fresh, "exchanged_trigger_id"), (old, "expired_trigger_id")):
        later = 3.1 if trigger == old else 0.0
        with pytest.raises(SlackApiError, match=error):
            await client.views_open(trigger_id=trigger, view=FORM)


async def test_onto_a_modal_one_pushes_up_to_three_and_opening_takes_the_place_of_all(served: Served) -> None:
    client, stack = served.client(), served.inside.world.stack(ANA)
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_push(trigger_id=served.inside.new_trigger(ANA), view=FORM)
    await client.views_open(trigger_id=served.inside.new_trigger(ANA), view=FORM)
    for below in range(2):
        pushed = await client.views_push(trigger_id=served.inside.new_trigger(ANA, stack[-1]), view=FORM)
        assert (pushed["view"]["root_view_id"], pushed["view"]["previous_view_id"]) == (stack[0].id, stack[below].id)
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=served.inside.new_trigger(ANA, stack[-1]), view=FORM)
    await client.views_open(trigger_id=served.inside.new_trigger(ANA, stack[-1]), view=NOTICE)
    assert [view["title"]["text"] for view in (await served.state())["modals"]] == ["Done"]


async def test_views_update_wants_the_view_as_it_was_read(served: Served) -> None:
    client = served.client()
    opened = (await client.views_open(trigger_id=served.inside.new_trigger(ANA), view=FORM))["view"]
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=NOTICE)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=opened["id"], hash=opened["hash"], view=NOTICE)
    assert (await top(served))["title"]["text"] == "Done"


async def test_typing_ahead_asks_the_app(served: Served, desk: Desk) -> None:
    desk.found = [option("rome"), option("berlin")]
    async with connected(served, desk.register):
        await served.types()
        here = {"who": ANA, "view_id": (await top(served))["id"], "block_id": "zone", "action_id": "zone"}
        assert await served.ask("suggest", query="r", **here) == {"ok": True, "options": []}
        answer = await served.ask("suggest", query="ro", **here)
        assert answer["options"][0] == {"text": "Rome", "value": "rome"}
        body = await desk.heard.next()
        assert (body["type"], body["value"], body["view"]["callback_id"]) == ("block_suggestion", "ro", "form")
        desk.found = [option(str(n)) for n in range(101)]
        assert (await served.ask("suggest", query="ro", **here))["error"] == "invalid_options"
        await send(served, length="5", zone="rome")
    sent = (await desk.heard.next(), await desk.heard.next())[-1]
    assert sent["view"]["state"]["values"]["zone"]["zone"]["selected_option"] == option("rome")


async def test_home_is_seen_and_pressed_by_its_person_alone(served: Served, desk: Desk) -> None:
    button = {"type": "button", "action_id": "go", "text": plain("Go"), "value": "7"}
    home = {"type": "home", "blocks": [{"type": "actions", "block_id": "row", "elements": [button]}]}
    await served.client().views_publish(user_id=ANA, view=home)
    async with connected(served, desk.register):
        assert (await served.ask("press", who=ANA, home=True, action_id="go"))["ok"]
        body = await desk.heard.next()
    assert (body["view"]["type"], body["actions"][0]["value"]) == ("home", "7")
    assert (await served.state("U0BEN"))["home"] is None
    assert (await served.ask("press", 404, who="U0BEN", home=True, action_id="go"))["error"] == "no_such_view"
