"""Group commit: work that arrives during a transaction is done together in the next one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from storage.engine import LONG, Sessions, StorageUnavailable

MOST = 50
"""Items in one transaction."""

Given = TypeVar("Given")
Done = TypeVar("Done")

DoAll = Callable[[AsyncSession, Sequence[Given]], Awaitable[Sequence[Done | DomainError]]]
"""Processes many items, and returns one result for each."""


@dataclass(eq=False)
class _Waiting(Generic[Given, Done]):
    given: Given
    key: Hashable
    done: asyncio.Future[Done]
    until: float


class GroupCommit(Generic[Given, Done]):
    """Runs one transaction after the other, each with all items that wait. `key`: items with the same key are never in
    one transaction; `behind`: nobody waits for them."""

    def __init__(
        self,
        sessions: Sessions,
        do_all: DoAll[Given, Done],
        key: Callable[[Given], Hashable],
        *,
        behind: bool = False,
    ) -> None:
        self._do_all = do_all
        self._key = key
        self._deadline = LONG if behind else sessions.deadline
        self._open = sessions.behind if behind else sessions.begin
        self._waiting: list[_Waiting[Given, Done]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, given: Given) -> Done:
        """Process an item; it is committed on return. Raises its DomainError, StorageUnavailable among them."""
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        one = _Waiting(given, self._key(given), done, time.monotonic() + self._deadline)
        self._waiting.append(one)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await one.done

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._do(self._next())
        finally:
            self._working = None

    def _next(self) -> list[_Waiting[Given, Done]]:
        """The items that have waited longest, the first of each key."""
        chosen: dict[Hashable, _Waiting[Given, Done]] = {}
        left = []
        for one in self._waiting:
            if one.key in chosen or len(chosen) == MOST:
                left.append(one)
            else:
                chosen[one.key] = one
        self._waiting = left
        return list(chosen.values())

    async def _do(self, batch: Sequence[_Waiting[Given, Done]]) -> None:
        try:
            async with self._open(max(0.0, batch[0].until - time.monotonic())) as session:
                results = await self._do_all(session, [one.given for one in batch])
        except StorageUnavailable as trouble:
            results = [trouble] * len(batch)
        except Exception as error:  # noqa: BLE001 - whoever asked gets it; a broken one must not take the others along
            if len(batch) > 1:
                for one in batch:
                    await self._do([one])
                return
            _settle(batch[0].done, error)
            return
        for one, result in zip(batch, results, strict=True):
            _settle(one.done, result)


def _settle(future: asyncio.Future[Done], result: Done | Exception) -> None:
    if future.done():  # whoever asked has gone
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
