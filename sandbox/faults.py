"""Slack in trouble, on demand: which calls fail, how, and how often."""

from dataclasses import dataclass, field
from random import Random

KINDS = {
    *("ratelimited", "http_500", "hang", "reset", "taken_late"),
    *("served_then_reset", "served_then_500", "served_late"),
}
ERROR = "error:"
SERVED = {"served_then_reset", "served_then_500", "served_late"}
SPARED = {"auth.test", "apps.connections.open"}
"""A fault of every method by chance leaves these alone: without them no app begins at all."""
RESPONSE_URL = "response_url"
"""The name under which posts to a response_url are made to fail."""


@dataclass
class Fault:
    """`seconds` is how long a hanging call is held, None for until the caller gives up, or how late it is taken or
    answered.

    `times` 0 is until it is cleared; `chance` is how likely it meets a call, drawn by `random`.
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float | None = None
    chance: float = 1
    random: Random = field(default_factory=Random)

    def meets(self, method: str) -> bool:
        if self.method not in {"*", method} or (self.chance < 1 and self.method == "*" and method in SPARED):
            return False
        return self.chance >= 1 or self.random.random() < self.chance


class UnknownKind(Exception):
    """No such way to fail."""


@dataclass
class Faults:
    planned: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS and not fault.kind.startswith(ERROR):
            raise UnknownKind(fault.kind)
        self.planned.append(fault)

    def clear(self) -> None:
        self.planned.clear()

    def strike(self, method: str) -> Fault | None:
        """The fault that this call meets, counted."""
        for fault in self.planned:
            if fault.meets(method):
                fault.times -= 1
                if fault.times == 0:
                    self.planned.remove(fault)
                return fault
        return None
