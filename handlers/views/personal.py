"""The buttons for what is everybody's own, and the one that leads to them from a message in the channel."""

from collections.abc import Iterable

from handlers.views import block_kit
from handlers.views.block_kit import Block, Element

COMMANDS = {"mine": "home_mine", "settings": "home_settings", "mydata": "home_mydata", "help": "home_help"}
"""What the button for a subcommand does."""

LABELS = {"mine": "My answers", "settings": "My settings", "mydata": "My data", "help": "Help"}

MORE = "more"
"""Shows the hub to whoever presses it: the only way there for somebody whose organisation doesn't have the app."""


def build_buttons(names: Iterable[str] = COMMANDS) -> Block:
    return block_kit.actions(*(block_kit.button(LABELS[name], COMMANDS[name]) for name in names))


def more(meeting: str) -> Element:
    return block_kit.button("More…", MORE, meeting)
