"""What all attempts share: they run within their lease, record a result whatever happens, and are counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.runtime.slack_errors import Outcome, SendStatus
from bot.services import claims
from bot.services.claims import ClaimedDelivery
from bot.services.results import Record, Records, Write

log = structlog.get_logger()

MOST_PAUSE = 60.0
"""The longest pause in seconds between two attempts; attempts go on until the delivery expires."""

PERSIST = 1.0
"""Seconds between two attempts to record a result while the database is unavailable."""

MARGIN = 0.2
"""In the last seconds of a lease nothing is sent: another process may be about to take over."""


async def in_time(claimed: ClaimedDelivery, lease: float, sending: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Nothing is started, or waited for, near the end of a lease: another process may take over then."""
    left = claimed.keep_until - lease * MARGIN - time.monotonic()
    if left <= 0:
        return Outcome(SendStatus.UNCLEAR, "the process stood still for too long")
    try:
        async with asyncio.timeout(left):
            return await sending()
    except TimeoutError:
        return Outcome(SendStatus.UNCLEAR, "Slack gave no answer")


async def write_down(records: Records, claimed: ClaimedDelivery, write: Write) -> None:
    """Record the result in one transaction with whatever else is written then, and retry while the database is
    unavailable: what Slack said must not be lost."""
    while True:
        try:
            await records.do(Record(claimed, write))
        except (DomainError, SQLAlchemyError) as error:
            log.warning("could not record", error=type(error).__name__)
            await asyncio.sleep(PERSIST)
        else:
            return


async def hold(session: AsyncSession, claimed: ClaimedDelivery, outcome: Outcome) -> None:
    """If Slack asked to leave a method alone, all processes wait."""
    if outcome.held is not None:
        await claims.hold(session, claimed.workspace, outcome.held, outcome.seconds)


def count(deps: Deps, claimed: ClaimedDelivery, outcome: Outcome) -> None:
    metrics = deps.metrics
    metrics.outcomes.labels(claimed.kind, outcome.status.value).inc()
    if outcome.status is SendStatus.YES:
        metrics.lag.labels(claimed.kind).observe(max(0, (deps.now() - claimed.planned_for).total_seconds()))
    else:
        metrics.slack_errors.labels(outcome.reason).inc()


def pause_after(claimed: ClaimedDelivery, seconds: float) -> float:
    """The pause grows with each attempt."""
    return min(max(1, claimed.attempts) * seconds, MOST_PAUSE)
