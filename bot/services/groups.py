"""Finds the group in which somebody acts; explains in words if they can't."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.rounds import Actor, MeetingState, Round
from bot.services import people, roles, rounds

NO_GROUP = "There is no collaborative in this channel yet. `/collab start` sets one up."


async def require_round(session: AsyncSession, place: Actor) -> Round:
    """The current round of the channel's group, for a member. Raises DomainError."""
    group = await rounds.group_in_channel(session, place.workspace, place.channel)
    if group is None:
        if not await people.bot_is_in(session, place.workspace, place.channel):
            raise DomainError("I'm not in this channel. Type `/invite @Collab` here, and I can help.")
        raise DomainError(NO_GROUP)
    if place.person not in group.members:
        alone = not (await roles.conveners_here(session, [group]))[group.id]
        ask = "It has no convener just now: any of its members can become one and add you."
        ask = ask if alone else "Ask its convener to add you."
        raise DomainError(f"That is for the members of {group.charter.name}. {ask}")
    return await rounds.current(session, group)


async def require_meeting(session: AsyncSession, workspace: str, meeting: str, person: str) -> Round:
    """The round of a meeting that a button names, for a member of its group. Raises DomainError."""
    found = await require_known(session, workspace, meeting)
    if person not in found.group.members:
        raise DomainError("Only members of the group can do that.")
    if not await people.is_in_channel(session, workspace, found.group.channel, person):
        raise DomainError("You are no longer in the group's channel. Join it again first.")
    return found


async def require_known(session: AsyncSession, workspace: str, meeting: str) -> Round:
    """The round of a meeting, whoever asks: only for what concerns their own data."""
    found = await rounds.round_of(session, workspace, meeting)
    if found is None:
        raise DomainError("That belongs to a meeting that I no longer know. Type `/collab` to see where things stand.")
    return found


async def latest(session: AsyncSession, round_: Round) -> Round:
    """The current round of its group."""
    if round_.meeting.state == MeetingState.UPCOMING:
        return round_
    group = await rounds.group_by_id(session, round_.group.workspace, round_.group.id)
    if group is None:
        raise DomainError("This group has ended.")
    return await rounds.current(session, group)


def require_lead(round_: Round, person: str) -> None:
    if not round_.leads(person):
        raise DomainError("That is the facilitator's to do for this meeting.")


def require_reviewer(round_: Round, person: str) -> None:
    if not round_.reviews(person):
        raise DomainError("That is the facilitator's to do for this meeting.")
