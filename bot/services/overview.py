"""Reads somebody's Home in a fixed number of statements, however many groups they are in."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.overview import MeetingSummary, Page, Pages, Task, Work, by_date, leaf, next_change, open_now, tasks
from bot.domain.rounds import GroupState
from bot.services import reflections
from bot.services.reflections import Written
from storage import tables as t

MOST_HISTORY = 3
OPEN_A_PAGE, MEETINGS_A_PAGE, TASKS_A_PAGE = 8, 8, 6
"""With these limits a Home stays below Slack's hundred blocks."""

MOST_PLACES = 5


@dataclass(frozen=True)
class Opportunity:
    """A channel in which somebody without a group could start one; its group, or none yet."""

    channel: str
    name: str
    group: str | None


@dataclass(frozen=True)
class Overview:
    """The content of somebody's Home. `questions` are those of the prompts shown; `history` their latest answers.

    `next_opens` is when the next questions come; `changes_at` when the content changes by itself.
    """

    pages: Pages
    open: Page[MeetingSummary]
    meetings: Page[MeetingSummary]
    tasks: Page[Task]
    questions: dict[str, list[str]]
    history: Sequence[Written]
    places: Sequence[Opportunity]
    next_opens: tuple[datetime, str] | None
    changes_at: datetime | None


async def overview(session: AsyncSession, workspace: str, person: str, pages: Pages, now: datetime) -> Overview:
    """Somebody's Home as of now, at these pages."""
    glimpses = [_glimpse(row) for row in await session.execute(_groups(workspace, person))]
    shown = leaf(open_now(glimpses, now), pages.open, OPEN_A_PAGE)
    to_do = [*await _batches(session, workspace, person), *tasks(glimpses, now)]
    ahead = [(g.opens_at, g.zone) for g in glimpses if g.opens_at > now]
    return Overview(
        pages=pages,
        open=shown,
        meetings=leaf(by_date(glimpses), pages.meetings, MEETINGS_A_PAGE),
        tasks=leaf(to_do, pages.tasks, TASKS_A_PAGE),
        questions=await _questions(session, [g.prompt for g in shown.items]),
        history=await reflections.recent_named(session, workspace, person, MOST_HISTORY),
        places=[] if glimpses else await _places(session, workspace, person),
        next_opens=min(ahead, default=None),
        changes_at=next_change(glimpses, now),
    )


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


async def _batches(session: AsyncSession, workspace: str, person: str) -> list[Task]:
    """Anonymous answers that wait for this facilitator's review; also of a meeting that was handed off."""
    rows = await session.execute(
        select(t.Collaborative.name, t.Collaborative.zone, t.Meeting.id, t.AnonymousBatch.review_ends_at)
        .select_from(t.Member)
        .join(t.Collaborative, t.Collaborative.id == t.Member.collaborative_id)
        .join(t.AnonymousBatch, and_(t.AnonymousBatch.collaborative_id == t.Member.collaborative_id, t.WAITING))
        .join(t.Prompt, t.Prompt.id == t.AnonymousBatch.prompt_id)
        .join(t.Meeting, t.Meeting.id == t.Prompt.meeting_id)
        .where(t.Member.workspace_id == workspace, t.Member.person_id == person)
        .where(t.Meeting.facilitator_id == person, t.Collaborative.state == GroupState.ACTIVE)
        .order_by(t.Prompt.closed_at, t.Meeting.id)
    )
    return [Task(Work.BATCH, name, zone, meeting, until) for name, zone, meeting, until in rows if until]


async def _questions(session: AsyncSession, prompts: Sequence[str]) -> dict[str, list[str]]:
    rows = await session.execute(
        select(t.PromptQuestion.prompt_id, t.PromptQuestion.text)
        .where(t.PromptQuestion.prompt_id.in_(prompts))
        .order_by(t.PromptQuestion.prompt_id, t.PromptQuestion.position)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for prompt, text in rows:
        found[prompt].append(text)
    return dict(found)


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
