"""The few shapes that screens are made of. What a person typed goes in as rich text: nothing in it takes effect."""

import copy
import html
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.domain.formatting import say_when
from bot.domain.text import shorten

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]

MOST_BLOCKS, MOST_MODAL_BLOCKS = 50, 100
LONGEST_TEXT, LONGEST_IN_ALL, LONGEST_FALLBACK, LONGEST_BUTTON, LONGEST_TITLE, LONGEST_OPTION = (
    3000,
    9000,
    4000,
    75,
    24,
    75,
)
# Slack refuses a message with some 12,000 characters in its blocks, counted in ways that it doesn't publish
# (slackapi/bolt-js issues 2509 and 2867), so a message stays well below.
NO_CLIENTS = "Please leave out anything that could identify a client."


@dataclass(frozen=True)
class Message:
    """What goes into a channel or a DM. `text` is what screen readers and notifications say; `shows` are the answers
    in it that are for one person alone; `says` is one word for what it says, where nothing else may be remembered of
    it."""

    blocks: list[Block]
    thread_ts: str | None = None
    text: str = field(default="")
    shows: tuple[str, ...] = ()
    says: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", fit(self.blocks[:MOST_BLOCKS]))
        object.__setattr__(self, "text", self.text or say(self.blocks))

    def with_blocks(self, blocks: list[Block]) -> "Message":
        """The same message with other blocks."""
        return replace(self, blocks=blocks)


@dataclass(frozen=True)
class Notice:
    """Something shown to one person alone: an ephemeral message, or a modal where there is no channel to say it in.

    `then` is what is left to do with Slack once it was acknowledged and shown.
    """

    blocks: list[Block]
    title: str = "Collab"
    then: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Form:
    """A modal to open. `in_place`: where it was asked for in a modal, it is put in the place of that one."""

    view: View
    in_place: bool = False


def text(words: str, *, bold: bool = False, italic: bool = False) -> Element:
    """Literal text."""
    element: Element = {"type": "text", "text": shorten(words, LONGEST_TEXT) or " "}
    style = {name: True for name, on in (("bold", bold), ("italic", italic)) if on}
    return element | ({"style": style} if style else {})


def bold(words: str) -> Element:
    return text(words, bold=True)


def mention(person: str) -> Element:
    """A mention by us of a person that we mean."""
    return {"type": "user", "user_id": person}


def timestamp(moment: datetime, zone: str, now: datetime) -> Element:
    """A moment in each reader's own zone; the fallback names it in the group's."""
    return {
        "type": "date",
        "timestamp": int(moment.timestamp()),
        "format": "{date_long_pretty} at {time}",
        "fallback": say_when(moment, zone, now),
    }


def paragraph(*elements: Element) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def quote(words: str, *after: Element) -> Block:
    """Somebody's words, set apart."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [text(words), *after]}]}


def bullets(rows: Iterable[Sequence[Element]]) -> Block:
    items = [{"type": "rich_text_section", "elements": list(row)} for row in rows]
    return {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}]}


def heading(text: str) -> Block:
    return {"type": "header", "text": plain(shorten(text, 150))}


def small(text: str) -> Block:
    """A quiet line of our own words."""
    return {"type": "context", "elements": [plain(text)]}


def divider() -> Block:
    return {"type": "divider"}


def plain(text: str) -> Element:
    return {"type": "plain_text", "text": text or " ", "emoji": False}


def button(
    label: str, action: str, value: str = "", *, style: str | None = None, confirm: tuple[str, str] | None = None
) -> Element:
    """`confirm` is the question asked before anything happens, and the word on its yes."""
    element: Element = {"type": "button", "text": plain(shorten(label, LONGEST_BUTTON)), "action_id": action}
    if value:
        element["value"] = value
    if style:
        element["style"] = style
    if confirm:
        question, yes = confirm
        element["confirm"] = {
            "title": plain("Are you sure?"),
            "text": plain(question),
            "confirm": plain(yes),
            "deny": plain("Keep it"),
        }
    return element


def actions(*elements: Element, block: str | None = None) -> Block:
    made: Block = {"type": "actions", "elements": list(elements)}
    return made | ({"block_id": block} if block else {})


def option(text: str, value: str) -> Element:
    return {"text": plain(shorten(text, LONGEST_OPTION)), "value": value}


def field_input(name: str, label: str, element: Element, *, hint: str = "", optional: bool = False) -> Block:
    """An input whose block bears the field's name, so that errors find their place."""
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(shorten(label, 2000)),
        "element": {"action_id": name, **element},
        "optional": optional,
    }
    return made | ({"hint": plain(shorten(hint, 2000))} if hint else {})


def text_input(
    initial: str = "", *, lines: bool = False, longest: int = LONGEST_TEXT, placeholder: str = ""
) -> Element:
    element: Element = {"type": "plain_text_input", "multiline": lines, "max_length": longest}
    if initial:
        element["initial_value"] = shorten(initial, longest)
    if placeholder:
        element["placeholder"] = plain(placeholder)
    return element


def choice(kind: str, options: Sequence[Element], initial: str | None) -> Element:
    """A radio or select with the option `initial` picked."""
    element: Element = {"type": kind, "options": list(options)}
    picked = next((o for o in options if o["value"] == initial), None)
    return element | ({"initial_option": picked} if picked else {})


def modal(
    callback: str, title: str, blocks: list[Block], *, submit: str | None = None, close: str = "Close", meta: str = ""
) -> View:
    view: View = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(shorten(title, LONGEST_TITLE)),
        "close": plain(close),
        "blocks": blocks[:MOST_MODAL_BLOCKS],
        "private_metadata": meta,
    }
    return view | ({"submit": plain(submit)} if submit else {})


def fit(blocks: list[Block], longest: int = LONGEST_IN_ALL) -> list[Block]:
    """The blocks with their longest texts cut, so that all together are no more than `longest` characters."""
    lengths = sorted(len(e["text"]) for e in _rich_texts(blocks))
    if sum(lengths) <= longest:
        return blocks
    left, cap = longest, 0
    for number, length in enumerate(lengths):
        cap = left // (len(lengths) - number)
        if length > cap:
            break
        left -= length
    made = copy.deepcopy(blocks)
    for element in _rich_texts(made):
        element["text"] = shorten(element["text"], max(cap, 2))
    return made


def _rich_texts(node: Any) -> Iterator[Element]:
    """Every literal text of rich text, however deep."""
    if isinstance(node, list):
        for part in node:
            yield from _rich_texts(part)
    elif node.get("type") == "text":
        yield node
    else:
        yield from _rich_texts(node.get("elements") or [])


_HALF = re.compile("(?:<[^<>]*|&[a-z]{0,3})…$")
"""A moment, a mention or a harmless sign that was cut in the middle: it is left out whole."""


def say(blocks: Sequence[Block]) -> str:
    """Everything that the blocks say, for screen readers and notifications, with nothing typed taking effect."""
    lines = [line for block in blocks for line in _lines(block) if line.strip()]
    return _HALF.sub("…", shorten("\n".join(lines), LONGEST_FALLBACK)) or "Collab"


def _lines(block: Block) -> list[str]:
    kind = block["type"]
    if kind == "rich_text":
        return [_spoken(part) for part in block["elements"]]
    if kind == "header":
        return [_escape(block["text"]["text"])]
    if kind == "context":
        return [_escape(e["text"]) for e in block["elements"]]
    return []


def _spoken(part: Element) -> str:
    if part["type"] == "rich_text_list":
        return "\n".join("• " + _spoken(item) for item in part["elements"])
    return "".join(_word(element) for element in part["elements"])


def _word(element: Element) -> str:
    if element["type"] == "user":
        return f"<@{element['user_id']}>"
    if element["type"] == "date":
        return f"<!date^{element['timestamp']}^{element['format']}|{_escape(element['fallback'])}>"
    return _escape(element["text"])


def _escape(text: str) -> str:
    return html.escape(text, quote=False)
