"""What is plugged in, for those who must not know it by name: which buttons lead somewhere, and what fills a slot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Block = dict[str, Any]


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A place in one capability that others can fill with something of their own."""

    name: str


@dataclass(frozen=True)
class Plugged:
    """`actions` are the action ids that somebody listens to, None: all of them. `fillings` by slot, in the order of the
    table."""

    actions: frozenset[str] | None = None
    fillings: Mapping[Slot[Any], Sequence[Any]] = field(default_factory=dict)

    def into(self, slot: Slot[T]) -> Sequence[T]:
        """What was plugged into a slot."""
        return self.fillings.get(slot, ())

    def blocks(self, blocks: Sequence[Block]) -> list[Block]:
        """The same without buttons and selects that lead nowhere, so that views may offer whatever there may be."""
        return list(blocks) if self.actions is None else list(self._leading_somewhere(blocks))

    def view(self, view: Block) -> Block:
        """The same of a modal or a Home."""
        return view | {"blocks": self.blocks(view["blocks"])}

    def _leading_somewhere(self, blocks: Sequence[Block]) -> Iterator[Block]:
        for block in blocks:
            if block["type"] == "actions":
                elements = [element for element in block["elements"] if self._leads(element)]
                if elements:
                    yield block | {"elements": elements}
            elif "accessory" in block and not self._leads(block["accessory"]):
                yield {name: part for name, part in block.items() if name != "accessory"}
            else:
                yield block

    def _leads(self, element: Mapping[str, Any]) -> bool:
        return self.actions is None or element.get("action_id") in self.actions or "action_id" not in element
