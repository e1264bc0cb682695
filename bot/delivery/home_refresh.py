"""Which screens are to be looked at again: some deliveries for many changes, one a person and pause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.services import homes
from bot.services.homes import Who

AT_ONCE = 100

PAUSE = 3
"""Two publications of one person's Home are so many times as far apart as two messages in a channel, at least."""


@dataclass(frozen=True)
class HomeRefresh:
    """One process's look at whose Home is out of date. `between` are the seconds between two messages in a channel."""

    deps: Deps
    between: float

    @property
    def pause(self) -> float:
        """Seconds between two publications of one Home, at least."""
        return self.between * PAUSE

    async def find(self, session: AsyncSession, now: datetime) -> list[Who]:
        """Some of them."""
        return await homes.due(session, now, self.pause, AT_ONCE)

    async def plan(self, people: Sequence[Who], now: datetime) -> None:
        if people:
            async with self.deps.sessions.behind() as session:
                await homes.plan(session, people, now, (now - self.deps.home_for).date(), now + self.deps.home_for)
