"""What time makes due for groups: each step says for which of them, when next, and what is then done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.round_opening import QuestionSource
from storage.types import Moment

NOW = timedelta()

At = Callable[[timedelta], Moment]
"""The moment so much after now, or before it."""


@dataclass(frozen=True)
class StepContext:
    """A group for which something is due, in a transaction that holds it alone."""

    session: AsyncSession
    questions: QuestionSource
    group: str
    now: datetime


@dataclass(frozen=True)
class DueStep:
    """`groups` are queries for the ids of groups for which it is due, `next` for the earliest time at which it will be
    (for a display; None: it is not shown). `run` does it, and returns whether something was erased for good.
    """

    groups: Callable[[At], Sequence[Select[str]]]
    run: Callable[[StepContext], Awaitable[bool]]
    next: Callable[[], Select[datetime | None]] | None = None
