"""Which screens are to be looked at again: some deliveries for many changes, one a person and pause."""

from dataclasses import dataclass

from bot.deps import Deps
from bot.services import homes

AT_ONCE = 100

PAUSE = 3
"""Two publications of one person's Home are so many times as far apart as two messages in a channel, at least."""


@dataclass(frozen=True)
class Freshening:
    """One process's look at whose Home is out of date. `between` are the seconds between two messages in a channel."""

    deps: Deps
    between: float

    async def look(self) -> int:
        """Plan for some; how many."""
        now = self.deps.now()
        async with self.deps.sessions.read() as session:
            people = await homes.due(session, now, self.between * PAUSE, AT_ONCE)
        if people:
            async with self.deps.sessions.behind() as session:
                await homes.plan(session, people, now, (now - self.deps.home_for).date(), now + self.deps.home_for)
        return len(people)
