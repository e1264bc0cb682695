"""What a delivery is about beside its meeting: small frozen values, kept as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter

A = TypeVar("A")


@dataclass(frozen=True)
class NoArguments:
    """It is about its meeting, or its recipient, and nothing else."""


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
"""Made once for each kind: that takes a thousand times as long as using it."""


def as_json(arguments: object | None) -> dict[str, Any]:
    """As it is kept."""
    return {} if arguments is None else dict(_adapter(type(arguments)).dump_python(arguments, mode="json"))


def read(kind: type[A], kept: Mapping[str, Any]) -> A:
    """From what is kept. Raises ValueError where that is something else."""
    found: A = _adapter(kind).validate_python(dict(kept))
    return found
