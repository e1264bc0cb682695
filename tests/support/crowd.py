"""A large workspace in the sandbox, and a time that passes as soon as somebody waits for it."""

import asyncio

from sandbox.limits import Limits
from sandbox.sandbox import Sandbox, make_sandbox
from sandbox.world import BOT_USER, Channel, Person
from tests.support.running import MONDAY

TOWN_HALL = "C0HALL"
"""The channel that very many are in."""


class ShortTime:
    """Seconds that only pass while somebody sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)


def large_workspace(accounts: int, channels: int, crowd: int, time: ShortTime | None = None) -> Sandbox:
    """So many accounts more, so many channels with the bot and a few people each, and one that a crowd is in.

    With a `time`, Slack's limits go by it.
    """
    whole = make_sandbox(MONDAY)
    if time is not None:
        whole.limits = Limits(timer=time)
    world, created = whole.world, int(MONDAY.timestamp())
    people = [f"U1{number:05}" for number in range(accounts)]
    world.people |= {name: Person(name, f"Account {name}", "America/Chicago", "", "777777") for name in people}
    ana = next(iter(world.people))
    for number in range(channels):
        few = [ana, BOT_USER, *people[number % 7 : number % 7 + 3]]
        name = f"C1{number:03}"
        world.channels[name] = Channel(name, f"channel-{number}", created, ana, members=few)
    world.channels[TOWN_HALL] = Channel(TOWN_HALL, "town-hall", created, ana, members=[ana, BOT_USER, *people[:crowd]])
    return whole


def with_the_bot(whole: Sandbox) -> set[str]:
    """Everybody who shares a channel with the bot, itself too."""
    shared = (c for c in whole.world.channels.values() if BOT_USER in c.members and not c.dm_with)
    return {person for channel in shared for person in channel.members}
