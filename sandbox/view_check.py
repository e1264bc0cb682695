"""A modal or a Home as Slack checks it, and the ids that Slack fills in. Pure."""

import copy
import json
import secrets
from collections.abc import Iterator
from typing import Any

from sandbox.blocks import GROUPS, OPTION, check_blocks
from sandbox.checks import Check, array, boolean, obj, one_of, plain, string
from sandbox.world import Json

LARGEST_VIEW = 250_000
MOST_BLOCKS = {"message": 50, "view": 100}


def _any(_value: Any, _path: str) -> Iterator[str]:
    """Looked at elsewhere."""
    yield from ()


_COMMON: dict[str, Check] = {
    "callback_id": string(255),
    "private_metadata": string(3000),
    "external_id": string(255),
}
_VIEWS: dict[str, Check] = {
    "modal": obj(
        {"title": plain(24), "blocks": _any},
        {
            **_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": obj({"blocks": _any}, _COMMON),
}


def check_view(view: Any, *kinds: str) -> list[str]:
    """What Slack would say about this view; `kinds` are the types that may stand here."""
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    wrong = list(one_of(*kinds)(view.get("type"), "/view/type"))
    if not wrong:
        wrong += _VIEWS[view["type"]](view, "/view")
    if not wrong:
        wrong += check_blocks(view["blocks"], MOST_BLOCKS["view"], "/view/blocks")
    if not wrong and view["type"] == "modal" and "submit" not in view:
        wrong += [
            f"submit is required when an input block is within the blocks array [json-pointer:/view/blocks/{at}]"
            for at, block in enumerate(view["blocks"])
            if block["type"] == "input"
        ]
    return wrong


def is_too_large(view: Any) -> bool:
    return len(json.dumps(view).encode()) > LARGEST_VIEW


def check_suggestions(payload: Any) -> list[str]:
    """The answer to a type-ahead: options or option_groups, at most 100 of them."""
    if not isinstance(payload, dict) or ("options" in payload) == ("option_groups" in payload):
        return ["needs either options or option_groups [json-pointer:/]"]
    if "options" in payload:
        return list(array(OPTION, 0, 100)(payload["options"], "/options"))
    return list(GROUPS(payload["option_groups"], "/option_groups"))


def complete(blocks: list[Json]) -> list[Json]:
    """A copy in which every block and every element that acts has an id."""
    done = copy.deepcopy(blocks)
    for block in done:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in acting(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return done


def acting(block: Json) -> Iterator[Json]:
    """The elements of a block that a person can act on."""
    inside = [block.get("element"), block.get("accessory")]
    if block["type"] == "actions":
        inside += block["elements"]
    yield from (e for e in inside if e is not None and e["type"] != "image")
