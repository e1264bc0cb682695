"""What a capability brings: one value, at the end of its file, that everything which is made of capabilities reads."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncAck
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.message import Message
from bot.delivery.types import DeliveryType, DeliveryTypes, RenderContext, RenderedView, Screen
from bot.domain.anonymity import CLEANUP
from bot.plugged import Button, Plugged, Slot, in_place
from bot.services.claims import ClaimedDelivery
from bot.services.due_steps import DueStep
from handlers.listeners import Action, Body, Event, Shortcut, Submission
from handlers.views import anonymous_author, error_messages
from handlers.views.block_kit import Element
from handlers.views.hub import HubContext
from handlers.views.personal import COMMANDS, MORE

Options = Callable[[AsyncAck, Body], Awaitable[None]]
"""Answers what is typed into a select with suggestions."""


@dataclass(frozen=True)
class Subcommand:
    """`usage` is what is typed behind its name, `who` may use it, `takes_text` gives that text back on trouble."""

    name: str
    usage: str
    who: str
    help: str
    run: Action
    takes_text: bool = False

    @property
    def shape(self) -> str:
        return f"{self.name} {self.usage}".strip()


@dataclass(frozen=True)
class MenuEntry:
    """An entry of Slack's own menus: a message's (“message”), or the one that is everywhere (“global”)."""

    callback: str
    kind: str
    name: str
    about: str
    run: Shortcut


HubButton = Button[HubContext]
"""A button of the `/collab` hub."""


@dataclass(frozen=True)
class Capability:
    """A part of the product.

    - `subcommands` of `/collab`; `actions` are buttons and selects by action id, `forms` modals by callback id,
      `options` selects that suggest; `menu` are entries of Slack's menus;
    - `events` by Slack's names (several capabilities may hear one, in the order of the table), `scopes` that it needs
      and `optional_scopes` that it can do without, each with the reason;
    - `deliveries` and `screens`: what it sends by itself; `due`: what time makes due;
    - `hub`: its buttons behind `/collab`; `fills`: what it puts into slots of others: sections of Home, of the agenda,
      the packet and the handover, buttons there, fields of the notes.
    """

    name: str
    subcommands: Sequence[Subcommand] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)
    forms: Mapping[str, Submission] = field(default_factory=dict)
    options: Mapping[str, Options] = field(default_factory=dict)
    menu: Sequence[MenuEntry] = ()
    events: Mapping[str, Event] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    optional_scopes: Mapping[str, str] = field(default_factory=dict)
    deliveries: Sequence[DeliveryType] = ()
    screens: Sequence[Screen] = ()
    due: Sequence[DueStep] = ()
    hub: Sequence[HubButton] = ()
    fills: Mapping[Slot[Any], Sequence[Any]] = field(default_factory=dict)


Capabilities = Sequence[Capability]


def subcommands(capabilities: Iterable[Capability]) -> list[Subcommand]:
    """Every subcommand, in the table's order."""
    return [subcommand for capability in capabilities for subcommand in capability.subcommands]


class ClashError(ValueError):
    """Two capabilities claim the same name, so that one of them would never be reached."""


OURS = {
    "subcommand": ("", "help"),
    "action": (MORE, *COMMANDS.values()),
    "delivery": (CLEANUP,),
}
"""What no capability may claim: `/collab` itself has it, and the delivery engine."""


def _claims(one: Capability) -> Iterator[tuple[str, str]]:
    """(of what kind, name) of everything by which a capability is found."""
    yield from (("subcommand", subcommand.name) for subcommand in one.subcommands)
    yield from (("action", action) for action in {*one.actions, *one.options})
    yield from (("form", form) for form in one.forms)
    yield from (("menu entry", entry.callback) for entry in one.menu)
    yield from (("delivery", kind.name) for kind in one.deliveries)
    yield from (("delivery", screen.name) for screen in one.screens)


def require_distinct(capabilities: Iterable[Capability]) -> None:
    """Raises ClashError where two claim the same name, or one that is taken."""
    owners = {(kind, name): "Collab itself" for kind, names in OURS.items() for name in names}
    for one in capabilities:
        for kind, name in _claims(one):
            if (kind, name) in owners:
                raise ClashError(f"The {kind} “{name}” belongs to {owners[kind, name]}, so {one.name} can't have it.")
            owners[kind, name] = one.name


def plug(capabilities: Iterable[Capability]) -> Plugged:
    """What there is, for views and capabilities that offer more where it is there. Raises ClashError."""
    capabilities = list(capabilities)
    require_distinct(capabilities)
    fillings: dict[Slot[Any], list[Any]] = {}
    actions = {MORE, *COMMANDS.values()}
    for one in capabilities:
        actions |= {*one.actions, *one.options}
        for slot, given in one.fills.items():
            fillings.setdefault(slot, []).extend(given)
    return Plugged(frozenset(actions), fillings)


def delivery_types(capabilities: Capabilities) -> DeliveryTypes:
    """What the engine sends, in the table's order, with buttons that lead somewhere alone."""
    plugged = plug(capabilities)

    def plugged_in(kind: DeliveryType) -> DeliveryType:
        async def compose(context: RenderContext) -> Message:
            message = await kind.compose(replace(context, plugged=plugged))
            return message.with_blocks(plugged.blocks(message.blocks))

        return replace(kind, compose=compose)

    def drawn(screen: Screen) -> Screen:
        async def draw(
            session: AsyncSession, claimed: ClaimedDelivery, others: Plugged, now: datetime
        ) -> RenderedView | None:
            rendered = await screen.draw(session, claimed, others, now)
            return rendered and replace(rendered, view=plugged.view(rendered.view))

        return replace(screen, draw=draw)

    return DeliveryTypes(
        {kind.name: plugged_in(kind) for one in capabilities for kind in one.deliveries},
        {screen.name: drawn(screen) for one in capabilities for screen in one.screens},
        error_messages.say_late,
        anonymous_author.build_end,
    )


def due_steps(capabilities: Iterable[Capability]) -> tuple[DueStep, ...]:
    """What time makes due, in the table's order."""
    return tuple(step for one in capabilities for step in one.due)


def hub_buttons(capabilities: Iterable[Capability], context: HubContext) -> list[Element]:
    """The buttons that make sense for this person now."""
    return in_place((button for one in capabilities for button in one.hub), context)
