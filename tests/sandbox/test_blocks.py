"""Block Kit's limits, one by one: what fits exactly is taken, one more is refused at its place."""

import copy
from typing import Any

import pytest

from sandbox.blocks import check_blocks
from sandbox.view_check import check_suggestions, check_view, complete

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(n: int | str, text: str = "Words") -> Json:
    return {"text": plain(text), "value": str(n)}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Name"), "element": {"action_id": "a", **element}, **more}


def select(options: int, **more: Any) -> Json:
    return {"type": "static_select", "options": [option(n) for n in range(options)], **more}


def rich(*inline: Json, kind: str = "rich_text_section") -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(inline)}]}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


CONFIRM = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
TEXT = {"type": "plain_text_input"}
NUMBER = {"type": "number_input", "is_decimal_allowed": False}

GOOD: list[Json] = [
    {"type": "divider"},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}},
    {"type": "section", "fields": [plain("x" * 2000)] * 10},
    {"type": "section", "text": plain("With"), "accessory": button()},
    {"type": "context", "elements": [plain("x")] * 10},
    {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "A"},
    actions(*[button(action_id=f"b{n}") for n in range(25)]),
    actions(button(text=plain("x" * 75), value="x" * 2000, style="primary", confirm=CONFIRM)),
    actions({"type": "overflow", "options": [option(n) for n in range(5)]}),
    actions(select(100, initial_option=option(99), placeholder=plain("x" * 150))),
    field(select(3, initial_option=option(2))),
    field({"type": "external_select", "min_query_length": 0, "initial_option": option("x" * 150, "x" * 75)}),
    field({"type": "multi_users_select", "initial_users": ["U0ANA"], "max_selected_items": 2}),
    field({"type": "users_select", "initial_user": "U0ANA"}),
    field({"type": "radio_buttons", "options": [option(n) for n in range(10)]}),
    field({"type": "checkboxes", "options": [option(1)], "initial_options": [option(1)]}, optional=True),
    field({**TEXT, "multiline": True, "max_length": 3000, "min_length": 0, "initial_value": "x" * 3000}),
    field({**NUMBER, "min_value": "-1", "max_value": "10.5", "initial_value": "3"}),
    field({"type": "datepicker", "initial_date": "2026-09-08"}, dispatch_action=True, hint=plain("x" * 2000)),
    field({"type": "timepicker", "initial_time": "10:00"}),
    rich({"type": "text", "text": "x", "style": {"bold": True}}, {"type": "user", "user_id": "U0ANA"}),
    rich({"type": "date", "timestamp": 1, "format": "{date} at {time}", "fallback": "then"}),
    rich({"type": "text", "text": "x"}, kind="rich_text_quote"),
]

BAD: list[tuple[Json, str]] = [
    ({"type": "blink"}, "unsupported type: blink"),
    ({}, "missing required field: type"),
    ({"type": "divider", "text": plain("x")}, "invalid additional property: text"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type: mrkdwn"),
    ({"type": "header"}, "missing required field: text"),
    ({"type": "section"}, "missing required field: text or fields"),
    ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, "must be less than 3001 characters"),
    ({"type": "section", "text": plain("")}, "must be more than 0 characters"),
    ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items"),
    ({"type": "section", "fields": [plain("x" * 2001)]}, "must be less than 2001 characters"),
    ({"type": "section", "text": plain("x"), "accessory": TEXT}, "unsupported type: plain_text_input"),
    ({"type": "section", "text": plain("x"), "block_id": "x" * 256}, "must be less than 256 characters"),
    ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items"),
    ({"type": "context", "elements": []}, "at least 1 items"),
    ({"type": "image", "image_url": "https://example.org/a.png"}, "missing required field: alt_text"),
    (actions(), "at least 1 items"),
    (actions(*[button(action_id=f"b{n}") for n in range(26)]), "no more than 25 items"),
    (actions(button(), button()), "action_id already exists: go"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters"),
    (actions(button(style="loud")), "must be one of primary, danger"),
    (actions(button(confirm={"title": plain("x")})), "missing required field: deny"),
    (actions(button(confirm={**CONFIRM, "title": plain("x" * 101)})), "must be less than 101 characters"),
    (actions({"type": "overflow", "options": [option(n) for n in range(6)]}), "no more than 5 items"),
    (actions(select(101)), "no more than 100 items"),
    (actions(select(0)), "at least 1 items"),
    (actions({"type": "static_select"}), "either options or option_groups"),
    (actions(select(2, initial_option=option(7))), "initial option must match"),
    (actions(select(2, placeholder=plain("x" * 151))), "must be less than 151 characters"),
    (actions({"type": "static_select", "options": [option(1, "x" * 76)]}), "must be less than 76 characters"),
    (actions({"type": "static_select", "options": [option("x" * 151)]}), "must be less than 151 characters"),
    (actions(TEXT), "unsupported type: plain_text_input"),
    ({"type": "input", "label": plain("x")}, "missing required field: element"),
    ({"type": "input", "element": TEXT}, "missing required field: label"),
    (field(button()), "unsupported type: button"),
    (field(TEXT, hint=plain("x" * 2001)), "must be less than 2001 characters"),
    (field(TEXT, optional="yes"), "must be a boolean"),
    (field({**TEXT, "max_length": 3001}), "must be between 1 and 3000"),
    (field({**TEXT, "min_length": 5, "max_length": 4}), "min_length must not be greater"),
    (field({**TEXT, "initial_value": "x" * 3001}), "must be less than 3001 characters"),
    (field({**TEXT, "initial_value": None}), "must be a string"),
    (field({"type": "number_input"}), "missing required field: is_decimal_allowed"),
    (field({**NUMBER, "initial_value": "ten"}), "has an invalid format"),
    (field({"type": "radio_buttons", "options": [option(n) for n in range(11)]}), "no more than 10 items"),
    (field({"type": "checkboxes", "options": [option(1)], "initial_options": []}), "at least 1 items"),
    (field({"type": "datepicker", "initial_date": "8.9.2026"}), "must be less than|must be more than|invalid format"),
    (field({"type": "timepicker", "initial_time": "ten"}), "must be more than 4 characters"),
    (field({"type": "users_select", "initial_user": "Ana"}), "has an invalid format"),
    (rich({"type": "text", "text": ""}), "must be more than 0 characters"),
    (rich({"type": "shout", "text": "x"}), "unsupported type: shout"),
    (rich({"type": "date", "timestamp": "soon", "format": "{date}"}), "must be an integer"),
    (rich(kind="rich_text_poem"), "unsupported type: rich_text_poem"),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_what_fits_is_taken(block: Json) -> None:
    assert check_blocks([block], 50) == []


@pytest.mark.parametrize(("block", "says"), BAD, ids=lambda part: part if isinstance(part, str) else "")
def test_what_does_not_fit_is_refused_at_its_place(block: Json, says: str) -> None:
    wrong = check_blocks([block], 50)
    assert any(part in message for message in wrong for part in says.split("|")), wrong
    assert all("[json-pointer:/blocks/0" in message for message in wrong)


@pytest.mark.parametrize("most", [50, 100])
def test_so_many_blocks_fit_and_no_more(most: int) -> None:
    divider: Json = {"type": "divider"}
    assert check_blocks([divider] * most, most) == []
    assert check_blocks([divider] * (most + 1), most) == [f"no more than {most} items allowed [json-pointer:/blocks]"]


@pytest.mark.parametrize("blocks", ["text", {"type": "divider"}, 3, [["list"]], [None]])
def test_what_is_no_list_of_blocks_is_refused(blocks: Any) -> None:
    assert check_blocks(blocks, 50)


def test_a_block_id_stands_once() -> None:
    twice = [{"type": "divider", "block_id": "same"}, {"type": "divider", "block_id": "same"}]
    assert check_blocks(twice, 50) == ["block_id already exists: same [json-pointer:/blocks]"]


VIEWS: list[tuple[Json, str]] = [
    (modal(title=plain("x" * 25)), "must be less than 25 characters"),
    (modal(submit=plain("x" * 25)), "must be less than 25 characters"),
    (modal(close=plain("x" * 25)), "must be less than 25 characters"),
    (modal(private_metadata="x" * 3001), "must be less than 3001 characters"),
    (modal(callback_id="x" * 256), "must be less than 256 characters"),
    (modal(notify_on_close="yes"), "must be a boolean"),
    (modal(*[{"type": "divider"}] * 101), "no more than 100 items"),
    (modal(colour="red"), "invalid additional property: colour"),
    ({"type": "modal", "blocks": []}, "missing required field: title"),
    ({"type": "modal", "title": plain("x"), "blocks": [field(TEXT)]}, "submit is required"),
    ({"type": "home", "blocks": []}, "must be one of modal"),
]


@pytest.mark.parametrize(("view", "says"), VIEWS, ids=[says for _, says in VIEWS])
def test_a_view_that_does_not_fit_is_refused(view: Json, says: str) -> None:
    assert any(says in message for message in check_view(view, "modal"))


def test_a_view_that_fits_is_taken() -> None:
    full = modal(
        *[field(TEXT, block_id=f"f{n}") for n in range(100)],
        title=plain("x" * 24),
        close=plain("x" * 24),
        private_metadata="x" * 3000,
        callback_id="x" * 255,
    )
    assert check_view(full, "modal") == []
    assert check_view({"type": "home", "blocks": [{"type": "divider"}]}, "home") == []


@pytest.mark.parametrize(
    ("payload", "good"),
    [
        ({"options": [option(n) for n in range(100)]}, True),
        ({"options": []}, True),
        ({"option_groups": [{"label": plain("Zones"), "options": [option(1)]}]}, True),
        ({"options": [option(n) for n in range(101)]}, False),
        ({"options": [option(1)], "option_groups": []}, False),
        ({"options": [{"text": "bare", "value": "1"}]}, False),
        ({}, False),
        (None, False),
    ],
)
def test_suggestions_are_checked(payload: Json | None, good: bool) -> None:
    assert (check_suggestions(payload) == []) is good


def test_ids_that_are_missing_are_filled_in_and_the_rest_is_left_alone() -> None:
    given = [actions({"type": "button", "text": plain("Go")}), {"type": "divider", "block_id": "mine"}]
    before = copy.deepcopy(given)
    done = complete(given)
    assert given == before
    assert done[0]["block_id"]
    assert done[0]["elements"][0]["action_id"]
    assert done[1]["block_id"] == "mine"
