"""When answering ends, what single members were sent about it says so, all of it at once.

These are no deliveries: a row would tell for a while who had been reminded, and so who had not answered.
"""

import asyncio
from collections.abc import Sequence

import structlog

from bot.delivery.sender import Answer, change
from bot.deps import Deps
from bot.services import claiming, rounds
from bot.services.asked import Asked
from handlers.views import reminding
from handlers.views.kit import Message

log = structlog.get_logger()

BETWEEN = 60 / 45
"""Seconds between two, where there are many: Slack takes 50 a minute, and others are brought up to date meanwhile."""

AT_ONCE, ATTEMPTS = 20, 3

PATIENCE = 60.0
"""Seconds that Slack may ask to wait. Longer than that, what stands there stays as it is, and true."""

UPDATE = "chat.update"


async def close(deps: Deps, asked: Sequence[Asked]) -> None:
    """Bring them up to date."""
    async with deps.sessions.read() as session:
        found = await rounds.rounds_of(session, {(one.workspace, one.meeting) for one in asked})
    for number, one in enumerate(asked):
        if one.meeting in found and not await _close(deps, one, reminding.build_over(found[one.meeting], deps.now())):
            log.info("messages of members stay as they are", left=len(asked) - number)
            return
        if number >= AT_ONCE:
            await asyncio.sleep(BETWEEN)


async def _close(deps: Deps, one: Asked, message: Message) -> bool:
    """Whether Slack may be asked for more; what it asks every process to leave alone is left alone."""
    for _ in range(ATTEMPTS):
        async with deps.sessions.read() as session:
            seconds = await claiming.held_for(session, one.workspace, UPDATE)
        if seconds > PATIENCE:
            return False
        await asyncio.sleep(seconds)
        outcome = await change(deps.slack, one.channel, one.ts, message)
        if outcome.held is not None:
            async with deps.sessions.behind() as session:
                await claiming.hold(session, one.workspace, outcome.held, outcome.seconds)
        elif outcome.answer is not Answer.LATER:
            return True
        else:
            await asyncio.sleep(outcome.seconds)
    return False
