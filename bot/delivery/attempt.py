"""What every attempt at a delivery has: done within its lease, written down whatever happens, and counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.sender import Answer, Outcome
from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.services import claiming
from bot.services.claiming import Owed
from bot.services.outcomes import Record, Records, Write

log = structlog.get_logger()

MOST_PAUSE = 60.0
"""Seconds between two attempts, at most; they go on until the delivery has become pointless."""

PERSIST = 1.0
"""Seconds between two attempts to write down what became of it, while the database is away."""

MARGIN = 0.2
"""The last part of a lease, in which nothing is sent any more: another process may be about to take over."""


async def in_time(owed: Owed, lease: float, sending: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Nothing is begun, or waited for, near the end of a lease: another process may take over then."""
    left = owed.keep_until - lease * MARGIN - time.monotonic()
    if left <= 0:
        return Outcome(Answer.UNCLEAR, "the process stood still for too long")
    try:
        async with asyncio.timeout(left):
            return await sending()
    except TimeoutError:
        return Outcome(Answer.UNCLEAR, "Slack gave no answer")


async def write_down(records: Records, owed: Owed, write: Write) -> None:
    """In one transaction with what else is to be written down just then; what Slack said must not be forgotten because
    the database is away."""
    while True:
        try:
            await records.do(Record(owed, write))
        except (DomainError, SQLAlchemyError) as error:
            log.warning("could not record", error=type(error).__name__)
            await asyncio.sleep(PERSIST)
        else:
            return


async def hold(session: AsyncSession, owed: Owed, outcome: Outcome) -> None:
    """Where Slack asked to leave a method alone, every process does."""
    if outcome.held is not None:
        await claiming.hold(session, owed.workspace, outcome.held, outcome.seconds)


def count(deps: Deps, owed: Owed, outcome: Outcome) -> None:
    metrics = deps.metrics
    metrics.outcomes.labels(owed.kind, outcome.answer.value).inc()
    if outcome.answer is Answer.YES:
        metrics.lag.labels(owed.kind).observe(max(0, (deps.now() - owed.planned_for).total_seconds()))
    else:
        metrics.slack_errors.labels(outcome.reason).inc()


def pause_after(owed: Owed, seconds: float) -> float:
    """Longer from attempt to attempt."""
    return min(max(1, owed.attempts) * seconds, MOST_PAUSE)
