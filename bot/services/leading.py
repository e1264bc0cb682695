"""Who leads a group's next meeting: whose turn it is, and a new decision when its premises change.

All changes of a meeting's facilitator go through `change_facilitator`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, and_, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.audit import Audited
from bot.domain.charter import Facilitation, check_facilitation, check_newcomers
from bot.domain.deliveries import DeliveryState
from bot.domain.errors import DomainError
from bot.domain.leading import FOR_GOOD, Availability, Role, Why, hindrance
from bot.domain.rotation import Seat, Turn, next_facilitator
from bot.domain.rounds import Group, Round
from bot.services import people, preferences
from storage import tables as t

TOLD = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCLEAR)


# ---- Whose turn it is ----


async def who_leads(session: AsyncSession, group: Group, number: int, day: date) -> str | None:
    """Whose turn it is at a meeting. Who can't lead it is passed over, and comes first when they can.

    A designated facilitator leads if they can; else, and if the app could not write to them, members take turns.
    """
    able, reachable = await _able(session, group, day)
    if group.charter.facilitation is Facilitation.DESIGNATED and group.charter.designated in able:
        return group.charter.designated
    seats = await session.scalars(select(t.Member).where(t.Member.collaborative_id == group.id).order_by(t.Member.seat))
    roster = [Seat(m.person_id, m.joined_at_meeting, away=m.person_id not in reachable) for m in seats]
    return next_facilitator(roster, await _turns(session, group, number), number, group.starter)


async def _able(session: AsyncSession, group: Group, day: date) -> tuple[set[str], set[str]]:
    """Those in the channel who are not away on a day, and those of them whom the app can write to."""
    known, inside = t.Person, t.ChannelMember
    rows = await session.execute(
        select(known.id, known.is_stranger)
        .join(inside, and_(inside.workspace_id == known.workspace_id, inside.person_id == known.id))
        .where(inside.workspace_id == group.workspace, inside.channel_id == group.channel)
        .where(~known.is_bot, ~known.is_gone)
    )
    strangers = dict(rows.all())
    chosen = await preferences.of_people(session, group.workspace, group.members)
    able = {person for person in strangers if person not in chosen or not chosen[person].away_on(day)}
    return able, {person for person in able if not strangers[person]}


async def _turns(session: AsyncSession, group: Group, before: int) -> list[Turn]:
    meeting = t.Meeting
    led = await session.execute(
        select(meeting.number, meeting.facilitator_id).where(
            meeting.collaborative_id == group.id, meeting.number < before, meeting.facilitator_id.is_not(None)
        )
    )
    return [Turn(number, who) for number, who in led if number is not None and who is not None]


# ---- Following the facts ----


async def settle(session: AsyncSession, groups: Sequence[Group], now: datetime) -> bool:
    """Decide again who leads the next meetings of these groups, if the facilitator can't; returns whether anything
    changed.

    The facilitator of a meeting that has begun stays. Groups that can't be posted to wait.
    """
    by_id = {group.id: group for group in groups}
    rows = (await session.execute(_to_come(by_id))).all() if by_id else ()
    changed = [await _settle(session, by_id[row.collaborative_id], row, now) for row in rows]
    return any(changed)


async def _settle(session: AsyncSession, group: Group, row: Row[Any], now: datetime) -> bool:
    day, designated = row.slot.date(), group.charter.designated
    lost = designated is not None and hindrance(_standing(row, "designated"), day, chosen=True) in FOR_GOOD
    if lost:
        group = await _take_turns(session, group, row.id, now)
    if row.starts_at <= now:
        return lost
    leads = row.facilitator_id
    is_chosen = leads is not None and leads == group.charter.designated
    why = hindrance(_standing(row, "leader") if leads else None, day, chosen=is_chosen)
    if why is None and row.lead_turn and not await _may_stay(session, row.id, row.lead_turn, leads):
        why = Why.UNTOLD
    if why is None:
        return lost
    person = await who_leads(session, group, row.number or 1, day)
    return await change_facilitator(session, group, row.id, Change(person, why, now)) or lost


async def _may_stay(session: AsyncSession, meeting: str, turn: int, leads: str) -> bool:
    """Who was told, or chosen by a person, is not replaced without need."""
    told = (t.Delivery.meeting_id == meeting, t.Delivery.kind == "packet", t.Delivery.recipient == leads)
    if await session.scalar(select(t.Delivery.id).where(*told, t.Delivery.state.in_(TOLD)).limit(1)) is not None:
        return True
    row = t.AuditEntry
    by_people = (row.meeting_id == meeting, row.what == Audited.ROLE_CHANGED, row.done_by.is_not(None))
    details = (await session.scalars(select(row.details).where(*by_people))).all()
    return any((one["role"], one["turn"]) == (Role.FACILITATOR, turn) for one in details)


async def _take_turns(session: AsyncSession, group: Group, meeting: str, now: datetime) -> Group:
    """The designated facilitator is gone: from now on members take turns."""
    values = {"facilitation": Facilitation.ROTATING, "designated_id": None}
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == group.id).values(**values))
    record(session, group, meeting, role=Role.DESIGNATED, was=group.charter.designated, why=Why.GONE, at=now)
    charter = replace(group.charter, facilitation=Facilitation.ROTATING, designated=None)
    return replace(group, charter=charter)


@dataclass(frozen=True)
class Change:
    """The new facilitator, None for nobody; `done_by` is who decided, None if the bot did.

    `forgotten`: the previous facilitator is not recorded, since they erased everything about themselves.
    """

    person: str | None
    why: Why
    at: datetime
    done_by: str | None = None
    forgotten: bool = False


async def change_facilitator(session: AsyncSession, group: Group, meeting: str, change: Change) -> bool:
    """Change a meeting's facilitator; the only function that does so after it was planned. Returns whether it
    changed.

    The next and the previous facilitator and the conveners are told by deliveries planned from this.
    """
    row = await session.get_one(t.Meeting, meeting, populate_existing=True)
    if row.facilitator_id == change.person:
        return False
    was = None if change.forgotten else row.facilitator_id
    row.facilitator_id, row.lead_turn, row.led_since = change.person, row.lead_turn + 1, change.at
    record(
        session,
        group,
        meeting,
        role=Role.FACILITATOR,
        was=was,
        now=change.person,
        done_by=change.done_by,
        why=change.why,
        turn=row.lead_turn,
        at=change.at,
    )
    await session.flush()
    return True


def record(  # noqa: PLR0913 — the columns of one row
    session: AsyncSession,
    group: Group,
    meeting: str,
    *,
    role: Role,
    why: Why,
    at: datetime,
    was: str | None = None,
    now: str | None = None,
    done_by: str | None = None,
    turn: int = 0,
) -> None:
    """Record a role change."""
    session.add(
        t.AuditEntry(
            workspace_id=group.workspace,
            collaborative_id=group.id,
            meeting_id=meeting,
            what=Audited.ROLE_CHANGED,
            done_by=done_by,
            done_at=at,
            person_id=now,
            former_id=was,
            details={"role": role, "why": why, "turn": turn},
        )
    )


# ---- Choosing ----


async def choose(
    session: AsyncSession, round_: Round, by: str, facilitation: Facilitation, designated: str | None, now: datetime
) -> None:
    """A convener decides whether one person leads every meeting, including the coming one, or members take turns.

    Raises DomainError at `designated`.
    """
    group, meeting = round_.group, round_.meeting
    if by not in group.conveners:
        raise DomainError("Who leads is the conveners' to choose. Ask one of them.")
    designated = check_facilitation(facilitation, designated, group.members)
    if designated is not None:
        there = await people.candidates(session, group.workspace, group.channel, [designated])
        check_newcomers(there, "designated")
    values = {"facilitation": facilitation, "designated_id": designated}
    await session.execute(update(t.Collaborative).where(t.Collaborative.id == group.id).values(**values))
    if designated is not None and now < meeting.starts_at:
        await change_facilitator(session, group, meeting.id, Change(designated, Why.NAMED, now, done_by=by))


# ---- What is known of those who are to lead ----


def _to_come(groups: Collection[str]) -> Any:
    """Coming meetings of groups that can be posted to, with the facts about their facilitators, in one statement."""
    meeting, group, channel = t.Meeting, t.Collaborative, t.Channel
    columns = [meeting.id, meeting.collaborative_id, meeting.number, meeting.slot, meeting.starts_at]
    return (
        select(
            *columns,
            meeting.facilitator_id,
            meeting.lead_turn,
            *_known_of("leader", meeting.facilitator_id),
            *_known_of("designated", group.designated_id),
        )
        .join(group, group.id == meeting.collaborative_id)
        .join(channel, and_(channel.workspace_id == group.workspace_id, channel.id == group.channel_id))
        .where(group.id.in_(groups), meeting.state == literal_column("'upcoming'"), group.stopped.is_(None))
        .where(channel.has_bot, ~channel.is_archived)
    )


def _known_of(name: str, who: Any) -> list[Any]:
    group, member, inside, known, setting = t.Collaborative, t.Member, t.ChannelMember, t.Person, t.PersonSetting
    here = group.workspace_id

    def one(column: Any, *where: Any) -> ScalarSelect[Any]:
        return select(column).where(*where).correlate(group, t.Meeting).scalar_subquery()

    them = (known.workspace_id == here, known.id == who)
    return [
        one(member.person_id, member.collaborative_id == group.id, member.person_id == who).label(f"{name}_member"),
        one(known.id, *them, ~known.is_gone, ~known.is_bot).label(f"{name}_here"),
        one(known.is_stranger, *them).label(f"{name}_stranger"),
        one(
            inside.person_id,
            inside.workspace_id == here,
            inside.channel_id == group.channel_id,
            inside.person_id == who,
        ).label(f"{name}_inside"),
        one(setting.away_until, setting.workspace_id == here, setting.person_id == who).label(f"{name}_away"),
    ]


def _standing(row: Row[Any], name: str) -> Availability:
    def known(what: str) -> Any:
        return getattr(row, f"{name}_{what}")

    return Availability(
        is_member=known("member") is not None,
        is_gone=known("here") is None,
        in_channel=known("inside") is not None,
        is_stranger=bool(known("stranger")),
        away_until=known("away"),
    )
