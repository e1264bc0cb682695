"""Finding the group somebody acts in, and saying so in words when they can't."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import COUNT_FROM
from bot.domain.errors import DomainError
from bot.domain.rounds import Group, Round
from bot.services import people, rounds
from bot.services.founding import Place
from storage import tables as t

NO_GROUP = "There is no collaborative in this channel yet. `/collab start` sets one up."


async def require_round(session: AsyncSession, place: Place) -> Round:
    """The present round of the channel's group, for one of its members; DomainError otherwise."""
    return await rounds.current(session, await _require_group(session, place))


async def require_open_round(session: AsyncSession, place: Place) -> Round:
    """The same in brief, for answering (`rounds.in_brief`)."""
    return await rounds.in_brief(session, await _require_group(session, place))


async def _require_group(session: AsyncSession, place: Place) -> Group:
    group = await rounds.group_in_channel(session, place.workspace, place.channel)
    if group is None:
        if not await people.bot_is_in(session, place.workspace, place.channel):
            raise DomainError("I'm not in this channel. Type `/invite @Collab` here, and I can help.")
        raise DomainError(NO_GROUP)
    if place.person not in group.members:
        raise DomainError(f"That is for the members of {group.charter.name}. Ask its convener to add you.")
    return group


async def require_meeting(session: AsyncSession, workspace: str, meeting: str, person: str) -> Round:
    """The round of one meeting (a button names it), for a member of its group; DomainError otherwise."""
    found = await rounds.round_of(session, workspace, meeting)
    if found is None:
        raise DomainError("That belongs to a meeting that I no longer know. Type `/collab` to see where things stand.")
    if person not in found.group.members:
        raise DomainError("Only members of the group can do that.")
    if not await people.is_in_channel(session, workspace, found.group.channel, person):
        raise DomainError("You are no longer in the group's channel. Join it again first.")
    return found


def require_lead(found: Round, person: str) -> None:
    if not found.leads(person):
        raise DomainError("That is the facilitator's to do for this meeting.")


async def want_plan(session: AsyncSession, group: str) -> None:
    """Ask for the group's deliveries to be brought into line; in the same transaction as what changed."""
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == group).values(plan_wanted=True))


async def count_changed(session: AsyncSession, found: Round) -> None:
    """One more took part. That is planned for when there are enough to say it, and it isn't planned already."""
    row, meeting = t.Delivery, found.meeting.id
    planned = select(row.id).where(row.meeting_id == meeting, row.kind == "answer_count", row.state == "planned")
    took_part = select(func.count()).where(t.Participation.prompt_id == found.prompt.id).scalar_subquery()
    await session.execute(
        update(t.Collaborative)
        .where(t.Collaborative.id == found.group.id, ~planned.exists(), took_part >= COUNT_FROM)
        .values(plan_wanted=True)
        .execution_options(synchronize_session=False)
    )


async def agenda_changed(session: AsyncSession, found: Round) -> None:
    """What the agenda shows is another thing now: where it stands already, it is brought up to date."""
    await session.execute(
        update(t.Meeting)
        .where(t.Meeting.id == found.meeting.id)
        .values(agenda_revision=t.Meeting.agenda_revision + 1)
        .execution_options(synchronize_session="fetch")
    )
    await want_plan(session, found.group.id)


async def find_round(session: AsyncSession, place: Place) -> Round | None:
    """The present round of the channel's group, when there is one and this person is a member."""
    group = await rounds.group_in_channel(session, place.workspace, place.channel)
    if group is None or place.person not in group.members:
        return None
    return await rounds.current(session, group)
