"""What is plugged in, for those who must not know it by name: which buttons lead somewhere, and what fills a slot."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
Context = TypeVar("Context")
Read = TypeVar("Read")
Block = dict[str, Any]


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A place in one capability that others can fill with something of their own."""

    name: str


@dataclass(frozen=True)
class Button(Generic[Context]):
    """A button on a screen, where it makes sense there; those with a lower `place` stand before it."""

    place: int
    build: Callable[[Context], Block | None]


def in_place(buttons: Iterable[Button[Context]], context: Context) -> list[Block]:
    """Those that make sense there, each in its place."""
    placed = sorted(buttons, key=lambda button: button.place)
    return [element for button in placed if (element := button.build(context)) is not None]


@dataclass(frozen=True)
class Section(Generic[Context, Read]):
    """What a capability shows on a screen of another: what it reads for it, in as many statements however much there
    is, and the blocks that it builds from that; none where there is nothing to show. Those with a lower `place` stand
    before it."""

    place: int
    read: Callable[[AsyncSession, Context], Awaitable[Read]]
    build: Callable[[Context, Read], list[Block]]

    async def render(self, session: AsyncSession, context: Context) -> list[Block]:
        return self.build(context, await self.read(session, context))


@dataclass(frozen=True)
class Plugged:
    """`actions` are the action ids that somebody listens to, None: all of them. `fillings` by slot, in the order of the
    table."""

    actions: frozenset[str] | None = None
    fillings: Mapping[Slot[Any], Sequence[Any]] = field(default_factory=dict)

    def into(self, slot: Slot[T]) -> Sequence[T]:
        """What was plugged into a slot."""
        return self.fillings.get(slot, ())

    def buttons(self, slot: Slot[Button[Context]], context: Context) -> list[Block]:
        """The buttons in a slot that make sense there, each in its place."""
        return in_place(self.into(slot), context)

    async def sections(self, slot: Slot[Section[Context, Any]], session: AsyncSession, context: Context) -> list[Block]:
        """What the sections in a slot show, each in its place."""
        filled = sorted(self.into(slot), key=lambda section: section.place)
        return [block for section in filled for block in await section.render(session, context)]

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
