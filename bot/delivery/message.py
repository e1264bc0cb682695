"""A message and a view as the engine sees them: something that was rendered, and is sent."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

View = dict[str, Any]


class Message(Protocol):
    """`text` is for notifications and screen readers; `shows` are ids of answers in it for one person alone. `says` is
    one word for what it says, of a message that is to leave nothing else behind."""

    @property
    def blocks(self) -> Sequence[dict[str, Any]]: ...

    @property
    def thread_ts(self) -> str | None: ...

    @property
    def text(self) -> str: ...

    @property
    def shows(self) -> tuple[str, ...]: ...

    @property
    def says(self) -> str: ...

    def with_blocks(self, blocks: list[dict[str, Any]]) -> "Message":
        """The same message with other blocks."""


def looks(message: Message) -> str:
    """How a message looks: a digest, or its word. The wording of moments changes from day to day and does not count."""
    return message.says or digest(message.blocks)


def says_the_same(message: Message, text: str | None) -> bool:
    """Whether that is what it says, apart from the wording of moments."""
    return text is not None and _without_wording(text) == _without_wording(message.text)


def _without_wording(text: str) -> str:
    return re.sub(r"(<!date\^[^|>]*)\|[^>]*>", r"\1>", text)


def digest(shown: object) -> str:
    """A digest of blocks or of a view, without the fallbacks of dates."""
    return hashlib.sha256(json.dumps(_without_fallbacks(shown), sort_keys=True).encode()).hexdigest()


def _without_fallbacks(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _without_fallbacks(part) for name, part in node.items() if name != "fallback"}
    return [_without_fallbacks(part) for part in node] if isinstance(node, list | tuple) else node
