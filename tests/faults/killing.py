"""Life after life, each ended by SIGKILL at a named step or anywhere, while Slack is in trouble by chance."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.faults import Fault
from tests.faults.judge import Verdict
from tests.faults.steps import POST, STEPS, Named, die_at
from tests.faults.town import Town

TROUBLES = ("served_then_reset", "served_then_500", "served_late", "taken_late", "http_500", "reset", "ratelimited")
"""Replies lost, delayed and refused; what people send comes twice now and then as well."""


@dataclass
class Tally:
    """What came of it. `kills` are by step, `elsewhere` those whose moment did not come."""

    kills: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0
    lost: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    held: int = 0
    healed: bool = True


async def kill_again_and_again(town: Town, kills: int, say: Callable[[str], None] = print) -> Tally:
    """So many lives, and one that ends well."""
    tally = Tally()
    steps: list[Named] = []
    while sum(tally.kills.values()) < kills:
        steps = steps or town.chance.sample(STEPS, len(STEPS))
        await _one_life(town, tally, _choose(town, steps))
        done = sum(tally.kills.values())
        if done % 10 == 0:
            _make_room(town)
        if done % 100 == 0:
            say(f"{done} kills, it is {town.now:%F}")
    return await conclude(town, tally)


def _choose(town: Town, steps: list[Named]) -> Named:
    """Each step as often as every other; those that need something particular to be due, when it is."""
    heading = town.due_next().heading
    named = next((n for n in steps if n.heading in {"", heading}), None)
    if named is None:
        return town.chance.choice([n for n in STEPS if not n.heading])
    steps.remove(named)
    return named


async def _one_life(town: Town, tally: Tally, named: Named) -> None:
    if named.typing or (town.open_ends() and town.chance.random() < 0.5):
        town.go_on(4)
    elif not town.leap_on():
        await _heal(town)
        town.leap_on()
    _trouble(town, tally)
    bot = await town.start()
    if not await die_at(named, town, bot):
        tally.elsewhere += 1
    tally.kills[named.name] += 1


def _trouble(town: Town, tally: Tally) -> None:
    """By chance, what Slack does to one of the next calls."""
    town.ambush.clear()
    town.workspace.way_in.twice = town.chance.random() < 0.2
    if town.chance.random() < 0.3:
        kind = town.chance.choice(TROUBLES)
        method = town.chance.choice((POST, POST, "chat.update", "conversations.history"))
        town.ambush.add(Fault(method, kind, seconds=town.chance.uniform(0.05, 0.8)))
        tally.troubles[kind] += 1
    tally.troubles["twice"] += town.workspace.way_in.twice


def _make_room(town: Town) -> None:
    """Parked topics are limited, and so is what a minute may hold; here a week takes a minute."""
    town.look.write("UPDATE parked_item SET state = 'done'")
    town.look.write("UPDATE delivery SET lease_until = NULL WHERE state = 'sent'")


async def _heal(town: Town) -> None:
    """Without trouble, until everything is there that is due."""
    _make_room(town)
    town.ambush.clear()
    town.workspace.way_in.twice = False
    async with town.living():
        await town.heal()


async def conclude(town: Town, tally: Tally) -> Tally:
    """A last life without trouble, and the judgement."""
    town.ambush.clear()
    town.workspace.way_in.twice = False
    async with town.living():
        tally.healed = await town.heal()
    await town.all_said()
    tally.verdict, tally.lost = town.verdict(), town.lost()
    tally.held, tally.confirmed = town.held_for_a_person(), len(town.confirmed)
    return tally
