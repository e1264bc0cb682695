"""Slack in trouble, on demand: which calls fail, how, and how often."""

from dataclasses import dataclass, field

KINDS = {"ratelimited", "http_500", "hang", "served_then_reset", "reset", "served_then_500"}
ERROR = "error:"
SERVED = {"served_then_reset", "served_then_500"}
RESPONSE_URL = "response_url"
"""The name under which posts to a response_url are made to fail."""


@dataclass
class Fault:
    """`seconds` is how long a hanging call is held, None for until the caller gives up."""

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float | None = None


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
            if fault.method in {"*", method}:
                fault.times -= 1
                if fault.times <= 0:
                    self.planned.remove(fault)
                return fault
        return None
