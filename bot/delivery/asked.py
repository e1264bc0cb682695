"""When answering ends, what single members were sent about it says so, all of it at once.

These are no deliveries: a row would tell for a while who had been reminded, and so who had not answered.
"""

import asyncio
from collections.abc import Sequence

import structlog

from bot.delivery.sender import Answer, change
from bot.deps import Deps
from bot.services import rounds
from bot.services.asked import Asked
from handlers.views import reminding

log = structlog.get_logger()

BETWEEN = 60 / 45
"""Seconds between two, where there are many: Slack takes 50 a minute, and others are brought up to date meanwhile."""

AT_ONCE, ATTEMPTS = 20, 3


async def close(deps: Deps, asked: Sequence[Asked]) -> None:
    """Bring them up to date. One that Slack doesn't take stays as it is, and true."""
    async with deps.sessions.read() as session:
        found = await rounds.rounds_of(session, {(one.workspace, one.meeting) for one in asked})
    for number, one in enumerate(asked):
        if one.meeting in found:
            message = reminding.build_over(found[one.meeting], deps.now())
            for _ in range(ATTEMPTS):
                outcome = await change(deps.slack, one.channel, one.ts, message)
                if outcome.answer is not Answer.LATER:
                    break
                await asyncio.sleep(outcome.seconds)
        if number >= AT_ONCE:
            await asyncio.sleep(BETWEEN)
