"""Bringing what is planned into line with what should be, group by group."""

from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.kinds import KINDS
from bot.delivery.kinds.troubles import unclear_wanted
from bot.domain.rounds import Round
from bot.services import deliveries, rounds, wishes
from bot.services.deliveries import Wanted

log = structlog.get_logger()


async def plan_group(session: AsyncSession, workspace: str, group_id: str, now: datetime) -> None:
    """Plan one group; doing it twice plans once."""
    group = await rounds.group_by_id(session, workspace, group_id)
    if group is None:
        return
    found = await rounds.recent(session, group)
    found[-1] = replace(found[-1], readers=await wishes.readers(session, group))
    wanted = [w for one in found for w in wanted_of(one, now)]
    wanted += unclear_wanted(found[-1], await deliveries.asked(session, group.id), now)
    for delivery, want in await deliveries.bring_into_line(session, workspace, group.id, wanted):
        log.info("delivery planned", delivery=delivery, kind=want.kind, group=group.id, due_at=want.due_at)


def wanted_of(found: Round, now: datetime) -> list[Wanted]:
    """What a round owes, of every kind."""
    if found.group.stopped:
        return list(KINDS["stopped"].wanted(found, now))
    return [w for kind in KINDS.values() for w in kind.wanted(found, now) if _current(w, now)]


def _current(wanted: Wanted, now: datetime) -> bool:
    """What has expired before it was ever planned is not planned any more."""
    return wanted.expires_at is None or wanted.expires_at > now
