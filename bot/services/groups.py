"""Finds the group in which somebody acts; explains in words if they can't."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.rounds import Actor, MeetingState, Round
from bot.services import people, roles, rounds
from storage import tables as t
from storage.engine import run

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
    if group is None or not await rounds.goes_on(session, group):
        raise DomainError("This group has ended.")
    return await rounds.current(session, group)


def require_lead(round_: Round, person: str) -> None:
    if not round_.leads(person):
        raise DomainError("That is the facilitator's to do for this meeting.")


def require_reviewer(round_: Round, person: str) -> None:
    if not round_.reviews(person):
        raise DomainError("That is the facilitator's to do for this meeting.")


async def want_plan(session: AsyncSession, group: str) -> None:
    """Request planning of the group; in the same transaction as the change."""
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == group).values(plan_wanted=True))


_group: Any = t.Collaborative.__table__
WANTED = update(_group).where(_group.c.id.in_(bindparam("groups", expanding=True))).values(plan_wanted=True)


async def want_plans(session: AsyncSession, groups: Collection[str]) -> None:
    """`want_plan` for rows that the session has locked."""
    if groups:
        await run(session, WANTED, {"groups": list(groups)})


async def agenda_changed(session: AsyncSession, round_: Round) -> None:
    """What the group reads has changed: posted messages are updated."""
    await _changed(session, round_, "agenda_revision")


async def packet_changed(session: AsyncSession, round_: Round) -> None:
    """The same for what one person alone reads. Nothing in the channel changes: the time would tell of it."""
    await _changed(session, round_, "packet_revision")


async def notes_changed(session: AsyncSession, round_: Round) -> None:
    """The same of a meeting's notes, in its handover and in the next facilitator's packet."""
    await _changed(session, round_, "notes_revision")


async def _changed(session: AsyncSession, round_: Round, counts: str) -> None:
    revision = t.Meeting.__table__.c[counts]
    await session.execute(
        update(t.Meeting)
        .where(t.Meeting.id == round_.meeting.id)
        .values({counts: revision + 1, "mend_wanted": t.Meeting.state == MeetingState.HELD})
        .execution_options(synchronize_session="fetch")
    )
    await want_plan(session, round_.group.id)
