"""A run of the tick follows what was there when it began; whoever writes meanwhile does not keep it busy."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from bot.delivery.tick import Tick
from bot.domain.scopes import Scope
from bot.services.changes import Changes
from storage.written import note
from tests.bench.ticking import parts, ticking
from tests.support.groups import NOW
from tests.support.person import GENEROUS


@dataclass
class Meanwhile(Tick):
    """While it follows what was written, somebody writes again: as often as `left` says."""

    left: int = 0

    async def write(self) -> None:
        async with self.deps.sessions.begin(GENEROUS) as session:
            note(session, {("T1", Scope.PERSON, "U1")})

    async def _bring_into_line(self, found: Changes, now: datetime) -> None:
        await super()._bring_into_line(found, now)
        if self.left:
            self.left -= 1
            await self.write()


@pytest.mark.parametrize(("bounded", "left"), [(True, 4), (False, 0)])
async def test_what_is_written_meanwhile_is_left_to_the_next_run(database_url: str, bounded: bool, left: int) -> None:
    async with parts(database_url, now=lambda: NOW) as deps, asyncio.timeout(GENEROUS):
        woken: list[bool] = []
        plain = ticking(replace(deps, wake=lambda: woken.append(True)))
        tick = Meanwhile(plain.deps, plain.types, plain.steps, plain.terms, left=5)
        await tick.write()
        await tick.settle(patience=0, bounded=bounded)
        assert tick.left == left
        assert bool(woken) is bounded, "the next run is asked for, or nothing is left"
