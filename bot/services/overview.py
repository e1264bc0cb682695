"""Reads somebody's Home in a fixed number of statements, however many groups they are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.overview import MeetingSummary, by_date, next_change
from bot.domain.rounds import GroupState
from storage import tables as t

MOST_PLACES = 5


@dataclass(frozen=True)
class Opportunity:
    """A channel in which somebody without a group could start one; its group, or none yet."""

    channel: str
    name: str
    group: str | None


@dataclass(frozen=True)
class Overview:
    """What somebody's Home is made of as of `now`: their meetings, by date, and where there are none, `places` to begin
    at. What capabilities show on it they read for this."""

    workspace: str
    person: str
    now: datetime
    meetings: Sequence[MeetingSummary]
    places: Sequence[Opportunity] = ()

    @property
    def next_opens(self) -> tuple[datetime, str] | None:
        """When the next questions come, and in which zone."""
        return min(((one.opens_at, one.zone) for one in self.meetings if one.opens_at > self.now), default=None)

    @property
    def changes_at(self) -> datetime | None:
        """When the content changes by itself."""
        return next_change(self.meetings, self.now)


async def overview(session: AsyncSession, workspace: str, person: str, now: datetime) -> Overview:
    """Somebody's Home as of now, but for what capabilities show on it."""
    meetings = by_date(_glimpse(row) for row in await session.execute(_groups(workspace, person)))
    places = [] if meetings else await _places(session, workspace, person)
    return Overview(workspace, person, now, meetings, places)


def _groups(workspace: str, person: str) -> Any:
    """Groups that somebody is a member of and whose channel they are in, each with its coming meeting."""
    group, meeting, prompt, inside = t.Collaborative, t.Meeting, t.Prompt, t.ChannelMember
    agenda, took_part, convenes = t.Agenda, t.Participation, t.Convener
    return (
        select(
            group.name,
            group.zone,
            meeting.id.label("meeting"),
            meeting.starts_at,
            meeting.length_minutes,
            agenda.draft_due_at,
            agenda.due_at.label("agenda_due_at"),
            meeting.handoff_due_at,
            agenda.posted_at.label("agenda_posted_at"),
            meeting.facilitator_id,
            prompt.id.label("prompt"),
            prompt.opens_at,
            prompt.closes_at,
            prompt.closed_at,
            prompt.shared_at,
            _held().label("held"),
            took_part.person_id.label("took_part"),
            convenes.person_id.label("convenes"),
            t.Member.person_id.label("viewer"),
        )
        .select_from(t.Member)
        .join(group, group.id == t.Member.collaborative_id)
        .join(
            inside,
            and_(
                inside.workspace_id == workspace,
                inside.channel_id == group.channel_id,
                inside.person_id == t.Member.person_id,
            ),
        )
        .join(meeting, and_(meeting.collaborative_id == group.id, literal_column("meeting.state = 'upcoming'")))
        .join(agenda, agenda.meeting_id == meeting.id)
        .join(prompt, prompt.meeting_id == meeting.id)
        .outerjoin(took_part, and_(took_part.prompt_id == prompt.id, took_part.person_id == t.Member.person_id))
        .outerjoin(convenes, and_(convenes.collaborative_id == group.id, convenes.person_id == t.Member.person_id))
        .where(t.Member.workspace_id == workspace, t.Member.person_id == person)
        .where(group.workspace_id == workspace, group.state == GroupState.ACTIVE)
    )


def _held() -> Any:
    """The meeting that a group handed off last."""
    other = aliased(t.Meeting)
    last = select(other.id).where(other.collaborative_id == t.Collaborative.id, other.state == literal_column("'held'"))
    return last.order_by(other.starts_at.desc()).limit(1).correlate(t.Collaborative).scalar_subquery()


def _glimpse(row: Row[Any]) -> MeetingSummary:
    leads = row.facilitator_id == row.viewer or (row.facilitator_id is None and row.convenes is not None)
    return MeetingSummary(
        name=row.name,
        zone=row.zone,
        meeting=row.meeting,
        prompt=row.prompt,
        starts_at=row.starts_at,
        ends_at=row.starts_at + timedelta(minutes=row.length_minutes),
        handoff_due_at=row.handoff_due_at,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        closed=row.closed_at is not None,
        draft_due_at=row.draft_due_at,
        agenda_due_at=row.agenda_due_at,
        agenda_posted=row.agenda_posted_at is not None,
        facilitator=row.facilitator_id,
        leads=leads,
        took_part=row.took_part is not None,
        readable=row.meeting if row.closed_at or row.shared_at else row.held,
    )


async def _places(session: AsyncSession, workspace: str, person: str) -> list[Opportunity]:
    """Channels that somebody shares with the bot, those with a group first."""
    here = and_(t.Collaborative.workspace_id == workspace, t.Collaborative.channel_id == t.Channel.id)
    rows = await session.execute(
        select(t.Channel.id, t.Channel.name, t.Collaborative.name.label("group"))
        .join(
            t.ChannelMember,
            and_(t.ChannelMember.workspace_id == workspace, t.ChannelMember.channel_id == t.Channel.id),
        )
        .outerjoin(t.Collaborative, and_(here, t.Collaborative.state == GroupState.ACTIVE))
        .where(t.Channel.workspace_id == workspace, t.ChannelMember.person_id == person)
        .where(t.Channel.has_bot, ~t.Channel.is_archived)
        .order_by(t.Collaborative.id.is_(None), t.Channel.name, t.Channel.id)
        .limit(MOST_PLACES)
    )
    return [Opportunity(channel, name, group) for channel, name, group in rows]
