"""Groups as they stand for one person, for `/collab` outside their channels."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import membership, reflections, rounds
from handlers.views.hub import MOST_ELSEWHERE, GroupStatus


async def standings(session: AsyncSession, workspace: str, person: str) -> list[GroupStatus]:
    """Every group that somebody is in, as it stands for them; one more than is shown."""
    groups = await rounds.groups_of(session, workspace, person)
    made = []
    for round_ in await rounds.currents(session, groups[: MOST_ELSEWHERE + 1]):
        took_part = await reflections.has_taken_part(session, round_.prompt, person)
        made.append(GroupStatus(round_, took_part, await membership.care_of(session, round_.group, person)))
    return made
