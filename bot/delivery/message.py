"""A message and a view as the engine sees them: something that was rendered, and is sent."""

from collections.abc import Sequence
from typing import Any, Protocol

View = dict[str, Any]


class Message(Protocol):
    """`text` is for notifications and screen readers; `shows` are ids of answers in it for one person alone."""

    @property
    def blocks(self) -> Sequence[dict[str, Any]]: ...

    @property
    def thread_ts(self) -> str | None: ...

    @property
    def text(self) -> str: ...

    @property
    def shows(self) -> tuple[str, ...]: ...
