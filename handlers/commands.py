"""One table of subcommands: help, README's table, the manifest's hint and completion are made from it."""

import difflib
from dataclasses import dataclass, replace

from bot.deps import Deps
from bot.domain.text import as_typed
from bot.services import groups, membership, people, reflections, rounds
from handlers import agendas, answering, founding, handoffs, mine, mydata, responses, settings
from handlers.group_status import standings
from handlers.listeners import Action, Listeners, Shown
from handlers.requests import Interaction
from handlers.views import charter, hub, personal
from handlers.views import membership as views
from handlers.views.block_kit import Notice

COMMAND = "/collab"


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


async def show_hub(deps: Deps, request: Interaction) -> Shown:
    """What you can do here, now, as who you are."""
    async with deps.sessions.read() as session:
        group = await rounds.group_in_channel(session, request.workspace, request.channel)
        if group is None:
            here = await people.bot_is_in(session, request.workspace, request.channel)
            offer = charter.build_start_offer() if here else hub.build_nothing_here()
            mine = await standings(session, request.workspace, request.person)
            return Notice([*offer, *hub.build_elsewhere(mine, request.person, deps.now())])
        care = await membership.care_of(session, group, request.person)
        if request.person not in group.members and care.any:
            return Notice(views.build_from_outside(await rounds.current(session, group), care))
        found = await groups.require_round(session, request.place)
        took_part = await reflections.has_taken_part(session, found.prompt, request.person)
    *shown, own = hub.build_hub(found, request.person, deps.now(), took_part=took_part)
    return Notice([*shown, *views.build_care(found, care), own])


async def show_help(_deps: Deps, _ask: Interaction) -> Shown:
    return Notice(hub.build_help(rows()))


TABLE: tuple[Subcommand, ...] = (
    Subcommand("", "", "everyone", "what you can do here, now", show_hub),
    Subcommand("help", "", "everyone", "this list", show_help),
    Subcommand("start", "", "anyone in the channel", "set a collaborative up", founding.start),
    Subcommand("reflect", "[text]", "members", "answer the open question", answering.reflect, takes_text=True),
    Subcommand("pass", "", "members", "pass this time; nobody sees who did", answering.pass_turn),
    Subcommand("mine", "", "everyone", "my answers: edit, withdraw, who sees them", mine.show),
    Subcommand("responses", "", "members", "what was answered, as each author allowed", responses.show),
    Subcommand("agenda", "", "members; facilitator edits", "the agenda, or your draft of it", agendas.show),
    Subcommand("park", "[topic]", "members", "keep a topic for later", agendas.park, takes_text=True),
    Subcommand("notes", "", "facilitator", "notes after the meeting, and hand over", handoffs.notes),
    Subcommand("settings", "", "each for themselves", "reminders, days away, working hours", settings.open_form),
    Subcommand("mydata", "", "each for themselves", "all that is kept about me: get it, erase it", mydata.show),
)
BY_NAME = {subcommand.name: subcommand for subcommand in TABLE}


def rows() -> list[tuple[str, str]]:
    """(usage, what it does) of every subcommand that is built."""
    return [(subcommand.shape, subcommand.help) for subcommand in TABLE]


def usage_hint() -> str:
    """What Slack shows while somebody types the command."""
    return " | ".join(subcommand.shape for subcommand in TABLE if subcommand.name)


def register(listeners: Listeners) -> None:
    listeners.command(COMMAND, run, typed)
    listeners.action(personal.MORE, show_hub)
    for name, action in personal.COMMANDS.items():
        listeners.action(action, _pressing(name))


async def run(deps: Deps, request: Interaction) -> Shown:
    word, rest = _split(request.value)
    subcommand = BY_NAME.get(word)
    if subcommand is None:
        nearest = difflib.get_close_matches(word, [name for name in BY_NAME if name], n=1, cutoff=0.5)
        return Notice(hub.build_help(rows(), unknown=request.value, nearest=nearest[0] if nearest else ""))
    return await subcommand.run(deps, _with(request, rest))


def _pressing(name: str) -> Action:
    """The same as to type that subcommand."""

    async def press(deps: Deps, request: Interaction) -> Shown:
        return await BY_NAME[name].run(deps, _with(request, ""))

    return press


def typed(text: str) -> str:
    """What somebody wrote behind a subcommand that takes text."""
    word, rest = _split(text)
    subcommand = BY_NAME.get(word)
    return as_typed(rest) if subcommand and subcommand.takes_text else ""


def _split(text: str) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1) or [""]
    return word.casefold(), rest[0] if rest else ""


def _with(request: Interaction, text: str) -> Interaction:
    return replace(request, value=text)
