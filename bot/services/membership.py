"""Who belongs to a group and who convenes it: adding people, and taking over a group without a convener."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.charter import check_newcomers
from bot.domain.errors import DomainError
from bot.domain.leading import Role, Why
from bot.domain.rounds import Group, Round
from bot.services import people, roles
from bot.services.leading import record
from storage import tables as t
from storage.engine import upsert


class NotKnownYet(DomainError):
    """Slack has not told about somebody yet; it can be asked."""


NOT_KNOWN = (
    "I don't know one of those you picked, so I'm asking Slack who is in this channel. Please try again in a moment. "
    "Whoever is not in the channel, invite first."
)


@dataclass(frozen=True)
class Care:
    """What somebody can do for a group: add people; take it over, or name a convener, if it has none."""

    add: bool = False
    take_over: bool = False
    name: bool = False

    @property
    def any(self) -> bool:
        return self.add or self.take_over or self.name


async def care_of(session: AsyncSession, group: Group, person: str) -> Care:
    """For everybody in the group's channel."""
    if not await people.is_in_channel(session, group.workspace, group.channel, person):
        return Care()
    if person in group.conveners:
        return Care(add=True)
    if not await is_left_alone(session, group):
        return Care()
    admin = await _is_admin(session, group.workspace, person)
    return Care(take_over=person in group.members, name=admin)


async def is_left_alone(session: AsyncSession, group: Group) -> bool:
    """Whether none of its conveners is here any more."""
    return not (await roles.conveners_here(session, [group]))[group.id]


async def _is_admin(session: AsyncSession, workspace: str, person: str) -> bool:
    row = await session.get(t.Person, (workspace, person))
    return row is not None and row.is_admin and not row.is_gone and not row.is_stranger


# ---- Members ----


async def is_first(session: AsyncSession, round_: Round, person: str) -> bool:
    """Whether this is the first meeting, or before it, of somebody who joined later."""
    seat = select(t.Member.joined_at_meeting).where(
        t.Member.collaborative_id == round_.group.id, t.Member.person_id == person
    )
    joined = await session.scalar(seat)
    return joined is not None and joined > 0 and joined >= (round_.meeting.number or 0)


async def require_convener(session: AsyncSession, round_: Round, person: str) -> None:
    if not (await care_of(session, round_.group, person)).add:
        raise DomainError("That is the conveners' to do. Ask one of them.")


async def add(session: AsyncSession, round_: Round, by: str, ids: Sequence[str], now: datetime) -> list[str]:
    """Make people members, last in the order of turns; existing members stay as they are.

    Returns the new ones. Raises DomainError at `members`; NotKnownYet if Slack has to be asked first.
    """
    await require_convener(session, round_, by)
    group = round_.group
    new = [person for person in dict.fromkeys(ids) if person not in group.members]
    if not new:
        raise DomainError(
            "Pick somebody who is not in the group yet." if ids else "Whom do you want to add?", "members"
        )
    await _require_known(session, group, new)
    check_newcomers(await people.candidates(session, group.workspace, group.channel, new))
    await _enrol(session, round_, new, by, now)
    return new


async def _require_known(session: AsyncSession, group: Group, ids: Sequence[str]) -> None:
    known = await session.scalars(
        select(t.Person.id).where(t.Person.workspace_id == group.workspace, t.Person.id.in_(ids))
    )
    if set(ids) - set(known):
        raise NotKnownYet(NOT_KNOWN, "members")


async def _enrol(session: AsyncSession, round_: Round, new: Sequence[str], by: str, now: datetime) -> None:
    group, meeting = round_.group, round_.meeting
    scope = {"workspace_id": group.workspace, "collaborative_id": group.id}
    last = await session.scalar(select(func.max(t.Member.seat)).where(t.Member.collaborative_id == group.id))
    first = (meeting.number or 0) + (0 if now < meeting.starts_at else 1)
    for seat, person in enumerate(new, (last or 0) + 1):
        session.add(t.Member(**scope, person_id=person, seat=seat, joined_at_meeting=first))
        record(session, group, meeting.id, role=Role.MEMBER, now=person, done_by=by, why=Why.ADDED, at=now)
    await session.flush()


# ---- Conveners ----


async def take_over(session: AsyncSession, round_: Round, person: str, now: datetime) -> None:
    """A member becomes the convener of a group without one. Idempotent."""
    if person in round_.group.conveners:
        return
    await _require_left_alone(session, round_.group)
    await _convene(session, round_, person, person, Why.TAKEN, now)


async def require_admin(session: AsyncSession, round_: Round, person: str) -> None:
    group = round_.group
    if not await _is_admin(session, group.workspace, person):
        raise DomainError("Naming a convener is for admins of the workspace.")
    if not await people.is_in_channel(session, group.workspace, group.channel, person):
        raise DomainError("Join the group's channel first.")
    await _require_left_alone(session, group)


async def name_convener(session: AsyncSession, round_: Round, admin: str, person: str | None, now: datetime) -> None:
    """A workspace admin names the convener of a group without one, who becomes a member, too.

    Raises DomainError at `convener`.
    """
    await require_admin(session, round_, admin)
    if person is None:
        raise DomainError("Who is to be the convener?", "convener")
    group = round_.group
    check_newcomers(await people.candidates(session, group.workspace, group.channel, [person]), "convener")
    if person not in group.members:
        await _enrol(session, round_, [person], admin, now)
    await _convene(session, round_, person, admin, Why.NAMED, now)


async def _require_left_alone(session: AsyncSession, group: Group) -> None:
    if not await is_left_alone(session, group):
        raise DomainError("This group has a convener again. Type `/collab` to see how things stand.")


async def _convene(session: AsyncSession, round_: Round, person: str, by: str, why: Why, now: datetime) -> None:
    group = round_.group
    row = {"workspace_id": group.workspace, "collaborative_id": group.id, "person_id": person}
    await upsert(session, t.Convener, [row])
    record(session, group, round_.meeting.id, role=Role.CONVENER, now=person, done_by=by, why=why, at=now)
    await session.flush()
