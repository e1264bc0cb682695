"""Who has which role in a group, role changes, and whom of them the app can write to."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.audit import Audited
from bot.domain.deliveries import DeliveryState
from bot.domain.leading import Role, RoleChange, Why
from bot.domain.reminders import Recipient
from bot.domain.rounds import Group, Round
from bot.services import preferences
from storage import tables as t


async def conveners_here(session: AsyncSession, groups: Sequence[Group]) -> defaultdict[str, list[Recipient]]:
    """Conveners with an account who are in the channel, by group. Those from another organisation are included,
    although the app can't write to them."""
    convener, known, inside, group, setting = t.Convener, t.Person, t.ChannelMember, t.Collaborative, t.PersonSetting
    here, person = convener.workspace_id, convener.person_id
    rows = await session.execute(
        select(convener.collaborative_id, known.id, known.zone, setting)
        .join(group, group.id == convener.collaborative_id)
        .join(known, and_(known.workspace_id == here, known.id == person))
        .join(
            inside,
            and_(inside.workspace_id == here, inside.channel_id == group.channel_id, inside.person_id == person),
        )
        .outerjoin(setting, and_(setting.workspace_id == here, setting.person_id == person))
        .where(convener.collaborative_id.in_([one.id for one in groups]), ~known.is_bot, ~known.is_gone)
        .order_by(convener.collaborative_id, known.id)
    )
    found: defaultdict[str, list[Recipient]] = defaultdict(list)
    for owner, who, zone, row in rows:
        found[owner].append(preferences.reader(who, zone, row))
    return found


JUST = timedelta(hours=4)


async def is_being_welcomed(session: AsyncSession, meeting: str, person: str, now: datetime) -> bool:
    """Whether somebody who was added is told with the questions just now, if they are open."""
    row = t.Delivery
    theirs = (row.meeting_id == meeting, row.kind == "welcome", row.recipient == person)
    just = or_(
        row.state.in_((DeliveryState.PLANNED, DeliveryState.SENDING)),
        and_(row.state == DeliveryState.SENT, row.sent_at > now - JUST),
    )
    return await session.scalar(select(row.id).where(*theirs, just).limit(1)) is not None


async def changes(session: AsyncSession, rounds: Sequence[Round], _now: datetime) -> defaultdict[str, list[RoleChange]]:
    """Role changes in these rounds, by meeting, the latest last."""
    row, found = t.AuditEntry, defaultdict[str, list[RoleChange]](list)
    channels = {one.meeting.id: (one.group.workspace, one.group.channel) for one in rounds}
    query = select(row).where(row.meeting_id.in_(channels), row.what == Audited.ROLE_CHANGED)
    rows = sorted(await session.scalars(query), key=lambda one: (one.done_at, one.details["turn"], one.id))
    if not rows:
        return found
    ids = {person for one in rows for person in (one.former_id, one.person_id) if person}
    reachable, inside = await _known(session, {one.workspace_id for one in rows}, ids)
    for one in rows:
        workspace, channel = channels[one.meeting_id]
        both = {person for person in (one.former_id, one.person_id) if person}
        found[one.meeting_id].append(
            RoleChange(
                id=one.id,
                role=Role(one.details["role"]),
                was=one.former_id,
                now=one.person_id,
                done_by=one.done_by,
                why=Why(one.details["why"]),
                turn=int(one.details["turn"]),
                at=one.done_at,
                reachable={person: reachable[workspace, person] for person in both if (workspace, person) in reachable},
                inside=frozenset(person for person in both if (workspace, channel, person) in inside),
            )
        )
    return found


async def _known(
    session: AsyncSession, workspaces: set[str], ids: set[str]
) -> tuple[dict[tuple[str, str], Recipient], set[tuple[str, str, str]]]:
    """(workspace, person) of those whom the app can write to, and (workspace, channel, person) of memberships."""
    known, inside, setting = t.Person, t.ChannelMember, t.PersonSetting
    here = (known.workspace_id.in_(workspaces), known.id.in_(ids), ~known.is_gone, ~known.is_bot, ~known.is_stranger)
    of_them = and_(setting.workspace_id == known.workspace_id, setting.person_id == known.id)
    people = await session.execute(
        select(known.workspace_id, known.id, known.zone, setting).outerjoin(setting, of_them).where(*here)
    )
    reachable = {(workspace, who): preferences.reader(who, zone, row) for workspace, who, zone, row in people}
    query = select(inside.workspace_id, inside.channel_id, inside.person_id)
    rows = await session.execute(query.where(inside.workspace_id.in_(workspaces), inside.person_id.in_(ids)))
    return reachable, {(workspace, channel, person) for workspace, channel, person in rows}
