"""What the app asks Slack for: scopes, each with its reason, and events. The manifest and `check` come from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from handlers.capability import Capabilities, MenuEntry

OF_ALL = {
    "commands": "to answer /collab",
    "chat:write": "to post prompts, agendas and handoffs, and to write to people",
    "im:write": "to open a direct message with a member",
}
"""What every capability uses that takes commands or sends something."""


@dataclass(frozen=True)
class Permissions:
    """`scopes`: without these the bot does not work. `optional`: better with, complete without: whoever installs the
    app may leave them out. Only what is used is asked for."""

    scopes: Mapping[str, str]
    optional: Mapping[str, str]
    events: tuple[str, ...]
    menu: tuple[MenuEntry, ...]


def permissions(capabilities: Capabilities) -> Permissions:
    """What these capabilities need."""
    return Permissions(
        reduce(or_, (dict(one.scopes) for one in capabilities), OF_ALL),
        reduce(or_, (dict(one.optional_scopes) for one in capabilities), {}),
        tuple(sorted({event for one in capabilities for event in one.events})),
        tuple(entry for one in capabilities for entry in one.menu),
    )
