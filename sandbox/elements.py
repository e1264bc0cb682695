"""What stands in a form: initial values, what a person puts in, and what Slack's own client checks. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.view_check import acting
from sandbox.world import Json, Values

REQUIRED = "Please complete this required field."

_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}
_LISTS = {"checkboxes", "multi_users_select"}


class NotOffered(Exception):
    """A value that nobody could have put in with Slack's client."""


def find_element(blocks: Iterable[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json] | None:
    """(block, element) with this action id."""
    return next(
        ((b, e) for b, e in every_element(blocks) if e["action_id"] == action_id and block_id in {None, b["block_id"]}),
        None,
    )


def every_element(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in acting(block):
            yield block, element


def initial_values(blocks: Iterable[Json], kept: Values) -> Values:
    """The state of fresh blocks; what stood in a field with the same block, action and type stays."""
    values: Values = {}
    for block, element in every_element(blocks):
        if element["type"] not in _KEYS:
            continue
        before = kept.get(block["block_id"], {}).get(element["action_id"])
        same = before is not None and before["type"] == element["type"]
        values.setdefault(block["block_id"], {})[element["action_id"]] = before if before and same else _fresh(element)
    return values


def _fresh(element: Json) -> Json:
    key, initial = _KEYS[element["type"]]
    return {"type": element["type"], key: element.get(initial, [] if element["type"] in _LISTS else None)}


def put_in(element: Json, value: Any, suggested: Sequence[Json] = ()) -> Json:
    """The state of an element after somebody put `value` in; NotOffered when its client would not let them."""
    kind = element["type"]
    if kind not in _KEYS:
        raise NotOffered(f"nothing can be put into a {kind}")
    given: Any = value or None
    if kind in {"plain_text_input", "number_input"}:
        given = None if value in (None, "") else str(value)
    elif kind in _LISTS:
        given = list(value or [])
        given = [_pick(element, one, suggested) for one in given] if kind == "checkboxes" else given
    elif given is not None and _KEYS[kind][0] == "selected_option":
        given = _pick(element, given, suggested)
    elif given is not None and kind in {"datepicker", "timepicker"}:
        _parse(kind, given)
    return {"type": kind, _KEYS[kind][0]: given}


def _parse(kind: str, given: Any) -> None:
    try:
        (date if kind == "datepicker" else time).fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise NotOffered(f"{given} can't be picked") from error


def _pick(element: Json, value: Any, suggested: Sequence[Json]) -> Json:
    option = offered(element, str(value), suggested)
    if option is not None:
        return option
    if element["type"] == "external_select":  # somebody may have seen it in an earlier list
        return {"text": {"type": "plain_text", "text": str(value), "emoji": True}, "value": str(value)}
    raise NotOffered(f"{value} is not among the options")


def offered(element: Json, value: str, suggested: Sequence[Json] = ()) -> Json | None:
    """The option with this value, out of everything that the element shows."""
    options = [*element.get("options", []), *suggested]
    options += [option for group in element.get("option_groups", []) for option in group["options"]]
    options += [element["initial_option"]] if "initial_option" in element else []
    return next((option for option in options if option["value"] == value), None)


def what_stands(state: Json) -> Any:
    return state[_KEYS[state["type"]][0]]


def client_errors(blocks: Iterable[Json], values: Values) -> dict[str, str]:
    """What Slack's client says before anything is sent, by block."""
    errors = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            said = _wrong(block, element, what_stands(values[block["block_id"]][element["action_id"]]))
            if said:
                errors[block["block_id"]] = said
    return errors


def _wrong(block: Json, element: Json, stands: Any) -> str | None:
    if stands is None or stands == []:
        return None if block.get("optional") else REQUIRED
    if element["type"] == "plain_text_input":
        return _wrong_length(element, len(stands))
    if element["type"] == "number_input":
        return _wrong_number(element, stands)
    if len(stands) > element.get("max_selected_items", 10_000):
        return f"Please pick at most {element['max_selected_items']}."
    return None


def _wrong_length(element: Json, length: int) -> str | None:
    if length > (most := element.get("max_length", 3000)):
        return f"This is too long: {length} characters, and {most} fit."
    if length < (least := element.get("min_length", 0)):
        return f"This is too short: {length} characters, and it takes {least}."
    return None


def _wrong_number(element: Json, stands: str) -> str | None:
    try:
        number = Decimal(stands)
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite() or (number != int(number) and not element["is_decimal_allowed"]):
        return "Please enter a whole number." if number.is_finite() else "Please enter a number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number of {element['min_value']} or more."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number of {element['max_value']} or less."
    return None


def as_action(block: Json, element: Json, state: Json | None, value: str | None, ts: str) -> Json:
    """What block_actions says about the element that was used."""
    action = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    action |= {name: element[name] for name in ("text", "style", "placeholder") if name in element}
    if state is not None:
        action |= state
    elif element["type"] == "overflow":
        picked = offered(element, str(value))
        if picked is None:
            raise NotOffered(f"{value} is not among the options")
        action["selected_option"] = picked
    elif "value" in element:
        action["value"] = element["value"]
    return action | {"action_ts": ts}
