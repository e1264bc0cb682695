"""The rooms of the house, the imports between them, and for each capability who knows it by name."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"

PUTS_TOGETHER = "bot.app, bot.cli, bot.check, bot.db, bot.manifest"
ROOMS = {
    "bot.__main__": PUTS_TOGETHER,
    "bot.app": PUTS_TOGETHER,
    "bot.cli": PUTS_TOGETHER,
    "bot.check": PUTS_TOGETHER,
    "bot.db": PUTS_TOGETHER,
    "bot.manifest": PUTS_TOGETHER,
    "handlers.capabilities": "handlers.capabilities",
    "handlers.register": "handlers.register, commands, scopes",
    "handlers.commands": "handlers.register, commands, scopes",
    "handlers.scopes": "handlers.register, commands, scopes",
    "handlers.group_status": "handlers.register, commands, scopes",
    "handlers.capability": "handlers.capability, listeners, requests",
    "handlers.listeners": "handlers.capability, listeners, requests",
    "handlers.requests": "handlers.capability, listeners, requests",
    "handlers.messages": "handlers.messages",
    "handlers.views": "handlers.views",
    "handlers": "a capability: handlers.‹its name›",
    "bot.delivery": "bot.delivery",
    "bot.deps": "bot.deps",
    "bot.plugged": "bot.plugged",
    "bot.runtime": "bot.runtime",
    "bot.config": "bot.config",
    "bot.services": "bot.services",
    "bot.domain": "bot.domain",
    "storage": "storage",
    "prompts": "prompts",
    "sandbox": "sandbox",
}
"""By the beginning of a module's name; the longest that fits."""

Arrows = Mapping[tuple[str, str], int]


@cache
def imports() -> list[tuple[str, str]]:
    """(importer, imported) of all our modules, packages and migrations aside."""
    graph = grimp.build_graph("bot", "handlers", "storage", "prompts", "sandbox", cache_dir=None)
    modules = sorted(name for name in graph.modules if "migrations" not in name)
    return [(name, other) for name in modules for other in sorted(graph.find_modules_directly_imported_by(name))]


def room_of(module: str) -> str | None:
    """None: a package, which only bears a docstring."""
    fitting = [start for start in ROOMS if module == start or module.startswith(f"{start}.")]
    if not fitting or module in {"bot", "handlers"}:
        return None
    return ROOMS[max(fitting, key=len)]


def arrows() -> Arrows:
    """How many imports lead from room to room."""
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for importer, imported in imports():
        source, target = room_of(importer), room_of(imported)
        if source and target and source != target:
            found[source, target] += 1
    return found


def without_shortcuts(all_arrows: Arrows) -> Arrows:
    """Those alone that no other way through the house stands for: all of them would be a thicket."""
    onward: defaultdict[str, set[str]] = defaultdict(set)
    for source, target in all_arrows:
        onward[source].add(target)

    @cache
    def reached(room: str) -> frozenset[str]:
        return frozenset(onward[room].union(*(reached(other) for other in onward[room])))

    return {
        (source, target): count
        for (source, target), count in all_arrows.items()
        if not any(target in reached(other) for other in onward[source] - {target})
    }


def draw() -> str:
    """In Mermaid's words, which code hosts show as a picture."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for module in {one for pair in imports() for one in pair}:
        if room := room_of(module):
            sizes[room] += 1
    names = {room: f"r{number}" for number, room in enumerate(dict.fromkeys(ROOMS.values()))}
    rooms = [f'  {names[room]}["{room}<br/>{sizes[room]} modules"]' for room in names]
    lines = [
        f"  {names[source]} -->|{count}| {names[target]}"
        for (source, target), count in sorted(without_shortcuts(arrows()).items())
    ]
    return "\n".join(["```mermaid", "flowchart TD", *rooms, *lines, "```"])


# ---- Who knows a capability ----


def capabilities() -> list[str]:
    """Their modules' names, in the order of the table."""
    return sorted(
        imported.removeprefix("handlers.")
        for importer, imported in imports()
        if importer == "handlers.capabilities" and imported.startswith("handlers.")
    )


def is_of(module: str, capability: str) -> bool:
    """Whether a module bears a capability's name: in the singular or the plural, alone or before another word. The
    sandbox is another program's."""
    if module.startswith("sandbox."):
        return False
    noun, name = capability.rstrip("s"), module.rpartition(".")[2]
    return name.rstrip("s") == noun or name.startswith((f"{noun}_", f"{capability}_"))


def known_by(capability: str) -> list[str]:
    """The modules outside its own name that import one of it; the table aside."""
    return sorted(
        {
            importer
            for importer, imported in imports()
            if is_of(imported, capability) and not is_of(importer, capability)
            if importer != "handlers.capabilities"
        }
    )


def count() -> str:
    """A table of it."""
    rows = [f"| {name} | {len(known)} | {_listed(known)} |" for name in capabilities() for known in [known_by(name)]]
    return "\n".join(["| capability | known by | modules |", "|---|--:|---|", *rows])


def _listed(modules: list[str]) -> str:
    return ", ".join(f"`{module}`" for module in modules) or "the table alone"


# ---- On the page ----


def filled_in(page: str) -> str:
    """The page, with what is made of the code between its marks."""
    for mark, made in (("the house", draw()), ("who knows whom", count())):
        begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n{made}\n{end}{after}"
    return page
