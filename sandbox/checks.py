"""The parts that checks of Block Kit are made of.

A check takes a value and its JSON pointer, and gives a message for everything that is wrong, as Slack words it. Pure.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]

PLAIN = ("plain_text",)
EITHER = ("plain_text", "mrkdwn")


def say(words: str, path: str) -> str:
    return f"{words} [json-pointer:{path}]"


def string(longest: int, shortest: int = 0, pattern: str = "") -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield say("must be a string", path)
        elif len(value) < shortest:
            yield say(f"must be more than {shortest - 1} characters", path)
        elif len(value) > longest:
            yield say(f"must be less than {longest + 1} characters", path)
        elif pattern and not re.fullmatch(pattern, value):
            yield say("has an invalid format", path)

    return check


def boolean(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield say("must be a boolean", path)


def whole(least: int, most: int) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield say("must be an integer", path)
        elif not least <= value <= most:
            yield say(f"must be between {least} and {most}", path)

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if value not in allowed:
            yield say(f"must be one of {', '.join(allowed)}", path)

    return check


def array(item: Check, least: int, most: int) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield say("must be an array", path)
            return
        if len(value) < least:
            yield say(f"must have at least {least} items", path)
        if len(value) > most:
            yield say(f"no more than {most} items allowed", path)
        for at, part in enumerate(value):
            yield from item(part, f"{path}/{at}")

    return check


def obj(required: Mapping[str, Check], optional: Mapping[str, Check], *more: Check) -> Check:
    """An object with these properties and no others; `more` look at the whole once its parts are well."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield say("must be an object", path)
            return
        wrong = [say(f"missing required field: {name}", path) for name in required if name not in value]
        for name, part in value.items():
            known = required.get(name) or optional.get(name)
            if known is not None:
                wrong += known(part, f"{path}/{name}")
            elif name != "type":
                wrong.append(say(f"invalid additional property: {name}", path))
        yield from wrong
        if not wrong:
            for further in more:
                yield from further(value, path)

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind is None:
            yield say("missing required field: type", path)
        elif kind not in table:
            yield say(f"unsupported type: {kind}", f"{path}/type")
        else:
            yield from table[kind](value, path)

    return check


def text(longest: int, kinds: tuple[str, ...] = EITHER) -> Check:
    words = {"text": string(longest, 1)}
    table = {"plain_text": obj(words, {"emoji": boolean}), "mrkdwn": obj(words, {"verbatim": boolean})}
    return by_type({kind: table[kind] for kind in kinds})


def plain(longest: int) -> Check:
    return text(longest, PLAIN)
