"""A small workspace with groups in it, the bot's processes, and people who go on whatever happens to them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.domain.cadence import Frequency
from sandbox.faults import Fault, Faults
from sandbox.interactions import run_command
from sandbox.sandbox import Sandbox as Workspace
from sandbox.sandbox import make_sandbox
from sandbox.serializers import posted
from sandbox.server import serve
from sandbox.world import BOT_USER, Channel
from tests.faults.bots import Bot, Bots, until
from tests.faults.judge import Charter, Due, Verdict, expected, judge
from tests.faults.look import Look
from tests.support.person import Sandbox, start_group, words

BEGIN = datetime(2026, 8, 31, 14, tzinfo=UTC)
ZONES = ("America/Chicago", "America/New_York", "America/Denver", "Europe/London", "America/Bogota")
LENGTH = 240
"""Minutes of a meeting, and so the time that its agenda may be late."""

MARGIN = timedelta(minutes=30)
"""Time does not go on to within this of the moment at which something that is missing would have become pointless."""

PEOPLE = ("U0ANA", "U0BEN", "U0CHEN", "U0DEE", "U0ESI", "U0FARID")


class Ambush(Faults):
    """The sandbox's faults, and somebody who lies in wait for the next call of a method."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: tuple[str, Callable[[], Fault | None]] | None = None
        self.heard: dict[str, int] = {}

    def wait_for(self, method: str, spring: Callable[[], Fault | None]) -> None:
        """At the next call of the method, before anything else is done, `spring` says what it meets."""
        self._waiting = method, spring

    def strike(self, method: str) -> Fault | None:
        self.heard[method] = self.heard.get(method, 0) + 1
        if self._waiting is not None and self._waiting[0] == method:
            (_, spring), self._waiting = self._waiting, None
            return spring()
        return super().strike(method)

    def forget(self) -> None:
        self._waiting = None


@dataclass
class Town:
    """Everything that a trial works on."""

    workspace: Workspace
    ambush: Ambush
    hand: Sandbox
    bots: Bots
    look: Look
    chance: Random
    charters: list[Charter] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)
    url_for_bots: str = ""
    said: int = 0
    confirmed: set[str] = field(default_factory=set)
    typing: list[asyncio.Task[tuple[str, bool]]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.workspace.clock.now()

    # ---- The bot ----

    async def start(self) -> Bot:
        return await self.bots.start(self.workspace.address, self.url_for_bots or self.look.url, self.more)

    async def is_ready(self, bot: Bot, seconds: float = 30) -> bool:
        """Until it does its work; False when it ended before."""
        async with asyncio.timeout(seconds):
            await until(lambda: '"ready"' in bot.says or not bot.lives, 0.005)
        return bot.lives

    @asynccontextmanager
    async def living(self, how: signal.Signals = signal.SIGKILL) -> AsyncIterator[Bot]:
        bot = await self.start()
        try:
            if not await self.is_ready(bot):
                raise RuntimeError(f"the bot did not come up: {bot.says[-2000:]}")
            yield bot
        finally:
            await bot.end(how)

    # ---- Time ----

    def leap(self, moment: datetime) -> None:
        """It is then, at once. Whoever follows the clock hears of it; nobody waits for them."""
        clock = self.workspace.clock
        clock.offset = moment - datetime.now(UTC)
        clock.move += 1
        clock._moved.fire()

    def leap_on(self) -> bool:
        """To the next thing that is due, unless something that is missing would have become pointless by then."""
        due = self.due_next()
        if any(missing.until <= due.at + MARGIN for missing in self.verdict().missed):
            self.go_on(4)
            return False
        self.leap(due.at)
        return True

    def go_on(self, seconds: float) -> None:
        self.leap(self.now + timedelta(seconds=seconds))

    def due_next(self) -> Due:
        """What has to be posted next, by charter and clock."""
        later = [due for one in self.charters for due in expected(one, self.now + timedelta(days=15))]
        return min((due for due in later if due.at > self.now), key=lambda due: due.at)

    # ---- People ----

    def somebody_types(self, command: str | None = None) -> asyncio.Task[tuple[str, bool]]:
        """The same beside; Slack waits three seconds for who was killed, and nobody here waits for Slack."""
        self.typing.append(asyncio.create_task(self.somebody_gives(command)))
        return self.typing[-1]

    async def somebody_gives(self, command: str | None = None) -> tuple[str, bool]:
        """Somebody answers or parks a topic; what, and whether it was confirmed to them."""
        charter, person = self.chance.choice(self.charters), self.chance.choice(PEOPLE)
        self.said += 1
        given = f"thought {self.said} of {person}"
        text = f"{command or self.chance.choice(('park', 'reflect'))} {given}"
        world = self.workspace.world
        answer = await run_command(
            self.workspace, world.people[person], world.channels[charter.channel], "/collab", text
        )
        said = words((answer.get("reply") or {}).get("blocks"))
        kept = bool(answer["ok"]) and ("Parked." in said or "that is kept" in said)
        if kept:
            self.confirmed.add(given)
        return given, kept

    # ---- Judging ----

    def stands(self) -> dict[str, list[dict[str, Any]]]:
        return {name: posted(channel) for name, channel in self.workspace.world.channels.items()}

    def verdict(self, until: datetime | None = None) -> Verdict:
        return judge(self.charters, self.stands(), until or self.now)

    async def all_said(self) -> None:
        """What was still on its way has come back, or never will."""
        await asyncio.gather(*self.typing, return_exceptions=True)
        self.typing.clear()

    def lost(self) -> list[str]:
        """What was confirmed and is not there, or there twice."""
        held = self.look.column("SELECT text FROM parked_item") + self.look.column("SELECT text FROM reflection")
        return [given for given in sorted(self.confirmed) if held.count(given) != 1]

    def held_for_a_person(self) -> int:
        return self.look.number("SELECT count(*) FROM delivery WHERE kind = 'unclear'")

    async def heal(self, patience: float = 60) -> bool:
        """Let time pass, in small steps, until everything that is due is there; whether it is."""
        end = asyncio.get_running_loop().time() + patience
        while self.verdict().missed or self.open_ends():
            if asyncio.get_running_loop().time() > end:
                return False
            self.go_on(4)
            await asyncio.sleep(0.3)
        return True

    def open_ends(self) -> int:
        """Deliveries that are due and not done with, among those that go to a channel."""
        return self.look.number("SELECT count(*) FROM delivery WHERE state IN ('sending', 'unclear')")


@asynccontextmanager
async def town(
    bots: Bots, database_url: str, chance: Random, groups: int, patience: float | None = None
) -> AsyncIterator[Town]:
    """A workspace in which so many groups were founded, by a bot that is gone again. `patience` are the seconds that
    Slack waits for an acknowledgement, and the bot for the database; by themselves three, and two."""
    workspace, ambush = make_sandbox(BEGIN), Ambush()
    workspace.faults = ambush
    workspace.limits.on = False
    workspace.sockets.ack_seconds = patience or 3
    for number in range(groups):
        workspace.world.channels[channel(number)] = Channel(
            channel(number), f"circle-{number}", int(BEGIN.timestamp()), "U0ANA", members=[*PEOPLE, BOT_USER]
        )
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve("127.0.0.1", 0, address.set_result, sandbox=workspace))
    hand = Sandbox(await address)
    whole = Town(workspace, ambush, hand, bots, Look(database_url), chance)
    if patience:
        whole.more["COLLAB_SAVE_SECONDS"] = str(patience)
    try:
        async with whole.living(signal.SIGTERM):
            for number in range(groups):
                await _found(whole, number)
        yield whole
    finally:
        await bots.end_all()
        await hand.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def channel(number: int) -> str:
    return f"C0GROUP{number}"


async def _found(whole: Town, number: int) -> None:
    """Groups meet on two days of the week, within a few hours: there is something new every half an hour, and much at
    once, so that a short time has room for many deaths."""
    first, at = date(2026, 9, 8) + timedelta(days=number % 2 * 3), time(9 + number % 5, number * 20 % 60)
    zone = ZONES[number % len(ZONES)]
    charter = Charter(channel(number), Frequency.WEEKLY, first, at, zone, whole.now, LENGTH)
    ana = (await whole.hand.people())["Ana"]
    await start_group(
        *(ana, first.isoformat(), charter.channel),
        name=f"Circle {number}",
        frequency="weekly",
        at=at.isoformat("minutes"),
        zone=zone,
        length=str(LENGTH),
    )
    whole.charters.append(charter)


def fresh(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
