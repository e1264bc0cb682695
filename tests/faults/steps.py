"""The named moments in a process's life at which it is killed, each found from outside: by what the sandbox hears, by
what the database shows, or by a lock held in the process's way."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.faults import Fault
from tests.faults.bots import Bot, until
from tests.faults.judge import AGENDA, ASKED, HANDOFF
from tests.faults.town import Town

POST = "chat.postMessage"
PATIENCE = 3.0
"""Seconds that a moment is waited for; then the process is killed wherever it is."""

SENDING = "SELECT count(*) FROM delivery WHERE state = 'sending'"
SENT = "SELECT count(*) FROM delivery WHERE state = 'sent'"
ANSWERS = "SELECT (SELECT count(*) FROM parked_item) + (SELECT count(*) FROM reflection)"

Step = Callable[[Town, Bot], Coroutine[Any, Any, None]]
"""Waits for the moment and kills; the process is dead, or dying, when it returns."""


@dataclass(frozen=True)
class Named:
    """A step by its name. `heading` says what has to be due for it, where that matters; `typing`: people answer."""

    name: str
    step: Step
    heading: str = ""
    typing: bool = False


# ---- While it posts ----


def _at_call(method: str, *, is_served: bool) -> Step:
    """The moment in which Slack hears a call: it does, or doesn't do, what it is asked, and nobody hears of it."""

    async def step(town: Town, bot: Bot) -> None:
        struck = asyncio.Event()

        def spring() -> Fault | None:
            bot.tell(signal.SIGKILL)
            struck.set()
            return None if is_served else Fault(method, "hang", seconds=0)

        town.ambush.wait_for(method, spring)
        await struck.wait()

    return step


async def _replied(town: Town, bot: Bot) -> None:
    """Slack's yes has come, and the record of it stands in line behind somebody else's lock."""
    struck = asyncio.Event()

    def spring() -> Fault:
        struck.set()
        return Fault(POST, "served_late", seconds=0.06)

    town.ambush.wait_for(POST, spring)
    await struck.wait()
    with town.look.held("delivery"):
        await asyncio.sleep(0.12)
        await bot.end()


def _shows(question: str, more: int = 1) -> Step:
    """The moment in which the database shows more of something than before."""

    async def step(town: Town, bot: Bot) -> None:
        with town.look.open() as connection:
            before = _number(connection, question)
            await until(lambda: _number(connection, question) >= before + more or not bot.lives)
            bot.tell(signal.SIGKILL)

    return step


def _number(connection: Any, question: str) -> int:
    return int(connection.execute(question).fetchone()[0])


# ---- While it writes ----


def _writing(table: str, mode: str = "SHARE") -> Step:
    """The middle of a transaction: on PostgreSQL before a table that it can't write to, on SQLite somewhere in it."""

    async def step(town: Town, bot: Bot) -> None:
        if town.look.on_sqlite:
            await town.is_ready(bot)  # what is written before is not it
            await until(lambda: town.look.somebody_writes() or not bot.lives, 0.0005)
            await asyncio.sleep(town.chance.uniform(0, 0.02))
            bot.tell(signal.SIGKILL)
            return
        with town.look.held(table, mode), town.look.open() as connection:
            await until(lambda: town.look.somebody_waits(connection) or not bot.lives, 0.002)
            await bot.end()

    return step


# ---- While people answer ----


async def _storing(town: Town, bot: Bot) -> None:
    await town.is_ready(bot)
    with town.look.held("parked_item"):
        town.somebody_types("park")
        await asyncio.sleep(0.1)
        await bot.end()


async def _stored(town: Town, bot: Bot) -> None:
    await town.is_ready(bot)
    waiting = asyncio.create_task(_shows(ANSWERS)(town, bot))
    while not waiting.done():  # some answers are refused: their questions are not open
        await asyncio.wait({town.somebody_types(), waiting}, return_when=asyncio.FIRST_COMPLETED)
    await bot.end()


async def _confirmed(town: Town, bot: Bot) -> None:
    await town.is_ready(bot)
    while not (await town.somebody_types())[1] and bot.lives:
        pass
    bot.tell(signal.SIGKILL)


async def _many(town: Town, bot: Bot) -> None:
    """Anywhere, while everybody answers at once."""
    await town.is_ready(bot)
    typing = [town.somebody_types() for _ in range(12)]
    for task in typing[: town.chance.randint(0, 11)]:
        await task
    await bot.end()


# ---- Anywhere ----


def _after(least: float, most: float) -> Step:
    async def step(town: Town, bot: Bot) -> None:
        await asyncio.sleep(town.chance.uniform(least, most))
        bot.tell(signal.SIGKILL)

    return step


STEPS = (
    Named("starting", _after(0, 0.25)),
    Named("claimed, not yet called", _shows(SENDING)),
    Named("call on its way, not served", _at_call(POST, is_served=False)),
    Named("served, reply lost", _at_call(POST, is_served=True)),
    Named("replied, not recorded", _replied),
    Named("recorded", _shows(SENT)),
    Named("bringing up to date", _at_call("chat.update", is_served=True), AGENDA),
    Named("looking whether it is there", _at_call("conversations.history", is_served=True)),
    Named("planning", _writing("delivery"), ASKED),
    Named("ending answering", _writing("participation", "EXCLUSIVE"), AGENDA),
    Named("handing over", _writing("prompt_question"), HANDOFF),
    Named("storing an answer", _storing, typing=True),
    Named("answer stored, not acknowledged", _stored, typing=True),
    Named("answer acknowledged", _confirmed, typing=True),
    Named("while many answer", _many, typing=True),
    Named("anywhere", _after(0.15, 1.2)),
)


@contextmanager
def forgotten(town: Town) -> Iterator[None]:
    """Nobody lies in wait any longer when the block ends."""
    try:
        yield
    finally:
        town.ambush.forget()


async def die_at(named: Named, town: Town, bot: Bot) -> bool:
    """Have it die at the step; False when the moment did not come and it died anywhere."""
    with forgotten(town):
        try:
            async with asyncio.timeout(PATIENCE):
                await named.step(town, bot)
        except TimeoutError:
            return False
        finally:
            await bot.end()
    return True
