"""Planning as the tick does it, with every kind of delivery."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import planning
from bot.domain.rounds import Round
from bot.services.deliveries import DesiredDelivery
from handlers.capabilities import CAPABILITIES
from handlers.capability import delivery_types, due_steps

TYPES, STEPS = delivery_types(CAPABILITIES), due_steps(CAPABILITIES)


async def plan_group(session: AsyncSession, workspace: str, group: str, now: datetime) -> None:
    await planning.plan_group(session, TYPES, workspace, group, now)


def wanted_of(round_: Round, now: datetime) -> list[DesiredDelivery]:
    return planning.wanted_of(round_, TYPES, now)
