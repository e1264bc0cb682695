"""Which Homes are out of date: plans one publication a person and pause, however many changes there were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.services import home
from bot.services.home import Who

AT_ONCE = 100

PAUSE = 3
"""The shortest time between two publications of one Home, as a multiple of the time between two messages in a channel.
"""


@dataclass(frozen=True)
class HomeRefresh:
    """Finds Homes that are out of date. `between` is the time in seconds between two messages in a channel."""

    deps: Deps
    between: float

    @property
    def pause(self) -> float:
        """Seconds between two publications of one Home, at least."""
        return self.between * PAUSE

    async def find(self, session: AsyncSession, now: datetime) -> list[Who]:
        """Plan a limited number of them."""
        return await home.due(session, now, self.pause, AT_ONCE)

    async def plan(self, people: Sequence[Who], now: datetime) -> None:
        if people:
            async with self.deps.sessions.behind() as session:
                await home.plan(session, people, now, (now - self.deps.home_for).date(), now + self.deps.home_for)
