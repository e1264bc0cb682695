"""`/collab`: help, the hub, and every subcommand of the capabilities."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.domain.text import as_typed
from bot.services import groups, membership, people, reflections, rounds
from handlers.capability import Capabilities, Subcommand, hub_buttons, subcommands
from handlers.group_status import standings
from handlers.listeners import Action, Listeners, Shown
from handlers.requests import Interaction
from handlers.views import charter, hub, personal
from handlers.views import membership as views
from handlers.views.block_kit import Block, Element, Notice
from handlers.views.hub import GroupStatus, HubContext

COMMAND = "/collab"


class Commands:
    """The command, as the capabilities make it. `table` are its subcommands, the hub and help first."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self.table: tuple[Subcommand, ...] = (
            Subcommand("", "", "everyone", "what you can do here, now", self.show_hub),
            Subcommand("help", "", "everyone", "this list", self.show_help),
            *subcommands(capabilities),
        )
        self._by_name = {subcommand.name: subcommand for subcommand in self.table}

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(usage, what it does) of every subcommand."""
        return [(subcommand.shape, subcommand.help) for subcommand in self.table]

    @property
    def usage_hint(self) -> str:
        """What Slack shows while somebody types the command."""
        return " | ".join(subcommand.shape for subcommand in self.table if subcommand.name)

    def register(self, listeners: Listeners) -> None:
        listeners.command(COMMAND, self.run, self.typed)
        listeners.action(personal.MORE, self.show_hub)
        for name, action in personal.COMMANDS.items():
            listeners.action(action, self._pressing(name))

    async def show_hub(self, deps: Deps, request: Interaction) -> Shown:
        """What you can do here, now, as who you are."""
        async with deps.sessions.read() as session:
            group = await rounds.group_in_channel(session, request.workspace, request.channel)
            if group is None:
                here = await people.bot_is_in(session, request.workspace, request.channel)
                offer = charter.build_start_offer() if here else hub.build_nothing_here()
                mine = await standings(session, request.workspace, request.person)
                return Notice([*offer, *self._elsewhere(mine, request.person, deps.now())])
            care = await membership.care_of(session, group, request.person)
            if request.person not in group.members and care.any:
                return Notice(views.build_from_outside(await rounds.current(session, group), care))
            round_ = await groups.require_round(session, request.place)
            took_part = await reflections.has_taken_part(session, round_.prompt, request.person)
            now = deps.now()
        buttons = self._buttons(round_, request.person, now, took_part=took_part)
        *shown, own = hub.build_hub(round_, request.person, now, buttons)
        return Notice([*shown, *views.build_care(round_, care), own])

    def _elsewhere(self, mine: Sequence[GroupStatus], person: str, now: datetime) -> list[Block]:
        def buttons(one: GroupStatus) -> list[Element]:
            return self._buttons(one.found, person, now, took_part=one.took_part)

        return hub.build_elsewhere(mine, person, now, buttons)

    def _buttons(self, round_: Round, person: str, now: datetime, *, took_part: bool) -> list[Element]:
        return hub_buttons(self._capabilities, HubContext(round_, person, now, took_part))

    async def show_help(self, _deps: Deps, _request: Interaction) -> Shown:
        return Notice(hub.build_help(self.rows))

    async def run(self, deps: Deps, request: Interaction) -> Shown:
        """What was typed: a subcommand, or the nearest that there is."""
        word, rest = _split(request.value)
        subcommand = self._by_name.get(word)
        if subcommand is None:
            nearest = difflib.get_close_matches(word, [name for name in self._by_name if name], n=1, cutoff=0.5)
            return Notice(hub.build_help(self.rows, unknown=request.value, nearest=nearest[0] if nearest else ""))
        return await subcommand.run(deps, _with(request, rest))

    def typed(self, text: str) -> str:
        """What somebody wrote behind a subcommand that takes text."""
        word, rest = _split(text)
        subcommand = self._by_name.get(word)
        return as_typed(rest) if subcommand and subcommand.takes_text else ""

    def _pressing(self, name: str) -> Action:
        """The same as to type that subcommand."""

        async def press(deps: Deps, request: Interaction) -> Shown:
            return await self._by_name[name].run(deps, _with(request, ""))

        return press


def _split(text: str) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1) or [""]
    return word.casefold(), rest[0] if rest else ""


def _with(request: Interaction, text: str) -> Interaction:
    return replace(request, value=text)
