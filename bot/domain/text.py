"""What a person typed: taken as they meant it, measured, and given back when it cannot be kept."""

import html
import re
import unicodedata
from collections.abc import Mapping
from hashlib import sha256

from bot.domain.errors import DomainError

LONGEST_ANSWER = 3000
"""Slack's own limit for one text field (slack.md), so what fits the modal fits the command."""

LONGEST_TOPIC = 300
LONGEST_REASON = 300
LONGEST_NOTES = 3000

_PERSON = re.compile(r"<[@#][A-Z0-9]+\|([^>]*)>")
_PERSON_BARE = re.compile(r"<([@#])([A-Z0-9]+)>")
_BROADCAST = re.compile(r"<!(channel|here|everyone)(?:\|[^>]*)?>")
_MARKS = re.compile(r"[<&]")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")


def as_typed(escaped: str) -> str:
    """Undo what Slack does to a command's text (`should_escape`): what comes out is what the person saw."""
    if not _MARKS.search(escaped):
        return escaped
    text = _PERSON.sub(lambda m: ("@" if m[0][1] == "@" else "#") + m[1], escaped)
    text = _PERSON_BARE.sub(r"\1\2", text)
    text = _BROADCAST.sub(r"@\1", text)
    text = _LINK.sub(lambda m: m[2] or m[1], text)
    return html.unescape(text)


def named_in(escaped: str) -> list[str]:
    """The ids of the people whom a message mentions."""
    return sorted({m[2] for m in _PERSON_BARE.finditer(escaped) if m[1] == "@"})


def with_names(escaped: str, names: Mapping[str, str]) -> str:
    """A message with its mentions as `as_typed` reads them, by name where one is known."""
    return _PERSON_BARE.sub(lambda m: f"<{m[1]}{m[2]}|{html.escape(names.get(m[2], m[2]), quote=False)}>", escaped)


def clean(text: str) -> str:
    """The text without characters that nobody can see or that break a database, and without outer blanks.

    Newlines, tabs, joiners (emoji, Persian, Indic scripts) and direction marks stay; other control characters go.
    """
    if text.isprintable():
        return text.strip()
    kept = (c for c in text if c in "\n\t\u200c\u200d" or not _is_control(c))
    return "".join(kept).strip()


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs", "Cn"}


def has_words(text: str) -> bool:
    """Whether anything is left that a reader would see (an emoji counts)."""
    return any(not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"} for c in text)


def require(text: str, field: str, empty: str, longest: int = LONGEST_ANSWER) -> str:
    """The cleaned text, or a DomainError at `field`: the words `empty`, or how much too long it is."""
    cleaned = clean(text)
    if not has_words(cleaned):
        raise DomainError(empty, field)
    if len(cleaned) > longest:
        over = len(cleaned) - longest
        raise DomainError(
            f"That is {len(cleaned):,} characters; {longest:,} fit. Take out about {over:,} and send it again.",
            field,
        )
    return cleaned


def stamp(text: str) -> str:
    """A short mark of a text, to see whether it is still the one that a form was opened with."""
    return sha256(clean(text).encode()).hexdigest()[:12]


def shorten(text: str, longest: int) -> str:
    """The text cut to `longest` characters with an ellipsis, never in the middle of a joined emoji."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1].rstrip()
    return cut.rstrip("\u200d\ufe0f") + "…"
