"""What a capability brings: one value, at the end of its file, that everything which is made of capabilities reads."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncAck

from bot.delivery.types import DeliveryType, DeliveryTypes, Screen
from bot.services.due_steps import DueStep
from handlers.listeners import Action, Body, Event, Shortcut, Submission
from handlers.views import anonymous_author, error_messages
from handlers.views.block_kit import Element
from handlers.views.hub import HubContext

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


@dataclass(frozen=True)
class HubButton:
    """A button of the `/collab` hub, where it makes sense now; those with a lower `place` stand before it."""

    place: int
    build: Callable[[HubContext], Element | None]


@dataclass(frozen=True)
class Capability:
    """A part of the product.

    - `subcommands` of `/collab`; `actions` are buttons and selects by action id, `forms` modals by callback id,
      `options` selects that suggest; `menu` are entries of Slack's menus;
    - `events` by Slack's names (several capabilities may hear one, in the order of the table), `scopes` that it needs
      and `optional_scopes` that it can do without, each with the reason;
    - `deliveries` and `screens`: what it sends by itself; `due`: what time makes due;
    - `hub`: its buttons behind `/collab`.
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


Capabilities = Sequence[Capability]


def subcommands(capabilities: Iterable[Capability]) -> list[Subcommand]:
    """Every subcommand, in the table's order."""
    return [subcommand for capability in capabilities for subcommand in capability.subcommands]


def delivery_types(capabilities: Iterable[Capability]) -> DeliveryTypes:
    """What the engine sends, in the table's order."""
    return DeliveryTypes(
        {kind.name: kind for one in capabilities for kind in one.deliveries},
        {screen.name: screen for one in capabilities for screen in one.screens},
        error_messages.say_late,
        anonymous_author.build_end,
    )


def due_steps(capabilities: Iterable[Capability]) -> tuple[DueStep, ...]:
    """What time makes due, in the table's order."""
    return tuple(step for one in capabilities for step in one.due)


def hub_buttons(capabilities: Iterable[Capability], context: HubContext) -> list[Element]:
    """The buttons that make sense for this person now."""
    buttons = sorted((button for one in capabilities for button in one.hub), key=lambda button: button.place)
    return [element for button in buttons if (element := button.build(context)) is not None]
