"""Block Kit as Slack checks it: which properties there are, and how large they may be. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.checks import EITHER, Check, array, boolean, by_type, obj, one_of, plain, say, string, text, whole

# ---- Elements ----

_ACTION = {"action_id": string(255, 1)}
_CONFIRM = {
    "confirm": obj(
        {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
        {"style": one_of("primary", "danger")},
    )
}
_FOCUS = {"focus_on_load": boolean}
_PLACEHOLDER = {"placeholder": plain(150)}


def _option(words: Check) -> Check:
    return obj({"text": words, "value": string(150, 1)}, {"description": text(75), "url": string(3000)})


OPTION = _option(plain(75))
_RICH_OPTION = _option(text(75))
GROUPS = array(obj({"label": plain(75), "options": array(OPTION, 1, 100)}, {}), 1, 100)


def _options_or_groups(element: Any, path: str) -> Iterator[str]:
    if ("options" in element) == ("option_groups" in element):
        yield say("needs either options or option_groups", path)


def _initial_is_offered(element: Any, path: str) -> Iterator[str]:
    offered = list(element.get("options", []))
    offered += [option for group in element.get("option_groups", []) for option in group["options"]]
    initial = element.get("initial_options", [])
    if "initial_option" in element:
        initial = [element["initial_option"]]
    if any(option not in offered for option in initial):
        yield say("initial option must match one of the options", path)


def _lengths_agree(element: Any, path: str) -> Iterator[str]:
    if element.get("min_length", 0) > element.get("max_length", 3000):
        yield say("min_length must not be greater than max_length", path)


def _choices(words: Check, initial: Mapping[str, Check]) -> Check:
    optional = {**_ACTION, **_CONFIRM, **_FOCUS, **initial}
    return obj({"options": array(words, 1, 10)}, optional, _initial_is_offered)


_SELECT = {**_ACTION, **_CONFIRM, **_FOCUS, **_PLACEHOLDER}
_PICKER = {**_ACTION, **_CONFIRM, **_FOCUS, **_PLACEHOLDER}
_NUMBER = string(100, 1, r"-?\d+(\.\d+)?")
_USER = string(30, 1, r"[UW][A-Z0-9]+")
_DISPATCH = {
    "dispatch_action_config": obj(
        {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}, {}
    )
}
_IMAGE = obj({"image_url": string(3000, 1), "alt_text": string(2000, 1)}, {})

SELECTS: dict[str, Check] = {
    "static_select": obj(
        {},
        {
            **_SELECT,
            "options": array(OPTION, 1, 100),
            "option_groups": GROUPS,
            "initial_option": OPTION,
        },
        _options_or_groups,
        _initial_is_offered,
    ),
    "external_select": obj({}, {**_SELECT, "initial_option": OPTION, "min_query_length": whole(0, 100)}),
    "users_select": obj({}, {**_SELECT, "initial_user": _USER}),
    "multi_users_select": obj(
        {}, {**_SELECT, "initial_users": array(_USER, 0, 100), "max_selected_items": whole(1, 1000)}
    ),
    "radio_buttons": _choices(_RICH_OPTION, {"initial_option": _RICH_OPTION}),
    "checkboxes": _choices(_RICH_OPTION, {"initial_options": array(_RICH_OPTION, 1, 10)}),
    "datepicker": obj({}, {**_PICKER, "initial_date": string(10, 10, r"\d{4}-\d\d-\d\d")}),
    "timepicker": obj({}, {**_PICKER, "initial_time": string(5, 5, r"\d\d:\d\d"), "timezone": string(100, 1)}),
}
PRESSED: dict[str, Check] = {
    "button": obj(
        {"text": plain(75)},
        {
            **_ACTION,
            **_CONFIRM,
            "value": string(2000),
            "url": string(3000),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
    "overflow": obj({"options": array(OPTION, 1, 5)}, {**_ACTION, **_CONFIRM}),
}
TYPED: dict[str, Check] = {
    "plain_text_input": obj(
        {},
        {
            **_ACTION,
            **_FOCUS,
            **_PLACEHOLDER,
            **_DISPATCH,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
        },
        _lengths_agree,
    ),
    "number_input": obj(
        {"is_decimal_allowed": boolean},
        {
            **_ACTION,
            **_FOCUS,
            **_PLACEHOLDER,
            **_DISPATCH,
            "initial_value": _NUMBER,
            "min_value": _NUMBER,
            "max_value": _NUMBER,
        },
    ),
}

# ---- Rich text ----

_STYLE = {"style": obj({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))}
_INLINE = by_type(
    {
        "text": obj({"text": string(100_000, 1)}, _STYLE),
        "user": obj({"user_id": _USER}, _STYLE),
        "channel": obj({"channel_id": string(30, 1)}, _STYLE),
        "emoji": obj({"name": string(100, 1)}, {"unicode": string(100)}),
        "link": obj({"url": string(3000, 1)}, {**_STYLE, "text": string(3000), "unsafe": boolean}),
        "date": obj(
            {"timestamp": whole(0, 2**40), "format": string(500, 1)}, {"fallback": string(500, 1), "url": string(3000)}
        ),
        "broadcast": obj({"range": one_of("here", "channel", "everyone")}, {}),
    }
)
_BORDER = {"border": whole(0, 1)}
_SECTION = obj({"elements": array(_INLINE, 0, 10_000)}, {})
_RICH: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": obj({"elements": array(_INLINE, 0, 10_000)}, _BORDER),
    "rich_text_preformatted": obj({"elements": array(_INLINE, 0, 10_000)}, _BORDER),
    "rich_text_list": obj(
        {
            "style": one_of("bullet", "ordered"),
            "elements": array(by_type({"rich_text_section": _SECTION}), 0, 10_000),
        },
        {**_BORDER, "indent": whole(0, 8), "offset": whole(0, 10_000)},
    ),
}

# ---- Blocks ----

_ID = {"block_id": string(255, 1)}


def _text_or_fields(block: Any, path: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield say("missing required field: text or fields", path)


def _actions_are_unique(block: Any, path: str) -> Iterator[str]:
    yield from _unique((e.get("action_id") for e in block["elements"]), "action_id", path)


def _unique(names: Iterable[str | None], what: str, path: str) -> Iterator[str]:
    for name, times in Counter(n for n in names if n is not None).items():
        if times > 1:
            yield say(f"{what} already exists: {name}", path)


_BLOCKS: dict[str, Check] = {
    "section": obj(
        {},
        {
            **_ID,
            "text": text(3000),
            "fields": array(text(2000), 1, 10),
            "accessory": by_type({**SELECTS, **PRESSED, "image": _IMAGE}),
            "expand": boolean,
        },
        _text_or_fields,
    ),
    "header": obj({"text": plain(150)}, _ID),
    "divider": obj({}, _ID),
    "image": obj(
        {"image_url": string(3000, 1), "alt_text": string(2000, 1)},
        {**_ID, "title": plain(2000)},
    ),
    "actions": obj({"elements": array(by_type({**SELECTS, **PRESSED}), 1, 25)}, _ID, _actions_are_unique),
    "context": obj(
        {"elements": array(by_type({"image": _IMAGE, **dict.fromkeys(EITHER, text(3000))}), 1, 10)},
        _ID,
    ),
    "input": obj(
        {"label": plain(2000), "element": by_type({**SELECTS, **TYPED})},
        {**_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": obj({"elements": array(by_type(_RICH), 1, 10_000)}, _ID),
}


def check_blocks(blocks: Any, most: int, path: str = "/blocks") -> list[str]:
    """What Slack would say about these blocks: at most 50 in a message, 100 in a view."""
    wrong = list(array(by_type(_BLOCKS), 0, most)(blocks, path))
    if not wrong:
        wrong += _unique((block.get("block_id") for block in blocks), "block_id", path)
    return wrong
