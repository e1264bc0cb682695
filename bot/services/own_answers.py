"""Somebody's own answers over all their groups, and the questions that are open for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.anonymity import Visibility, respondent
from bot.domain.overview import Entry
from bot.domain.questions import Wants
from bot.domain.rounds import GroupState, MeetingState, PromptQuestion
from bot.domain.visibility_changes import YOURSELF
from bot.services.overview import Overview
from bot.services.reflections import Own, Written, answers_with, recent_named
from storage import tables as t
from storage.engine import MOST_ROWS

A_PAGE = 8
MOST_ON_HOME = 3


@dataclass(frozen=True)
class OwnAnswers:
    """One of a person's own answers, with its context. `facilitator` is the name of the meeting's facilitator,
    `YOURSELF` if that is them; a private answer may have another reader."""

    group: str
    zone: str
    meeting: str
    meeting_at: datetime
    facilitator: str | None
    own: Own
    is_open: bool
    is_member: bool


@dataclass(frozen=True)
class MinePage:
    """A page of them, the latest first; `start` is how many come before, `more` whether others follow."""

    some: tuple[OwnAnswers, ...]
    start: int
    more: bool


@dataclass(frozen=True)
class OpenQuestions:
    """What a group asks somebody now."""

    meeting: str
    group: str
    zone: str
    closes_at: datetime
    questions: tuple[str, ...]
    took_part: bool


async def mine(session: AsyncSession, workspace: str, person: str, start: int, now: datetime) -> MinePage:
    """A page of somebody's own answers: named ones, and anonymous ones while the questions are open."""
    by_name = select(t.Reflection.id).where(t.Reflection.workspace_id == workspace, t.Reflection.author_id == person)
    anonymous = select(t.Reflection.id).where(t.Reflection.id.in_(await _anonymous(session, workspace, person, now)))
    theirs = union_all(by_name, anonymous)  # each by its own index, which one condition with “or” in it is not
    is_member = exists(
        select(t.Member.person_id).where(
            t.Member.collaborative_id == t.Prompt.collaborative_id, t.Member.person_id == person
        )
    )
    reader = aliased(t.Person)
    rows = await session.execute(
        answers_with(
            t.Reflection.text,
            t.Reflection.visibility,
            t.Reflection.edited,
            t.Reflection.late,
            t.Reflection.public,
            t.Reflection.reader_id,
            t.Meeting.facilitator_id,
            or_(t.Prompt.closed_at.is_not(None), t.Prompt.shared_at.is_not(None)).label("can_be_read"),
            case((reader.id == person, YOURSELF), else_=reader.name).label("reader"),
            t.Collaborative.name.label("group"),
            t.Collaborative.zone,
            t.Meeting.id.label("meeting"),
            t.Meeting.starts_at,
            t.Meeting.state.label("meeting_state"),
            case((t.Person.id == person, YOURSELF), else_=t.Person.name).label("facilitator"),
            t.PromptQuestion,
            and_(t.Prompt.closed_at.is_(None), t.Prompt.opens_at <= now, t.Prompt.closes_at > now).label("is_open"),
            is_member.label("is_member"),
        )
        .join(t.Collaborative, t.Collaborative.id == t.Prompt.collaborative_id)
        .join(t.Meeting, t.Meeting.id == t.Prompt.meeting_id)
        .outerjoin(
            t.Person,
            and_(t.Person.workspace_id == t.Meeting.workspace_id, t.Person.id == t.Meeting.facilitator_id),
        )
        .outerjoin(reader, and_(reader.workspace_id == t.Reflection.workspace_id, reader.id == t.Reflection.reader_id))
        .where(t.Reflection.id.in_(theirs))
        .order_by(t.Prompt.opens_at.desc(), t.Prompt.id, t.Reflection.position)
        .offset(start)
        .limit(A_PAGE + 1)
    )
    found = [_mine(row) for row in rows]
    return MinePage(tuple(found[:A_PAGE]), start, len(found) > A_PAGE)


def _mine(row: Any) -> OwnAnswers:
    question = row.PromptQuestion
    asked = PromptQuestion(question.position, question.question_id, question.text, question.why, Wants(question.wants))
    sees = Visibility(row.visibility)
    own = Own(
        asked,
        row.text,
        sees,
        row.edited,
        row.late,
        bool(row.can_be_read),
        row.public,
        row.reader_id,
        row.reader,
        is_with_former=sees is Visibility.FACILITATOR and row.reader_id != row.facilitator_id,
        can_be_given=sees is Visibility.FACILITATOR
        and row.reader_id != row.facilitator_id
        and row.meeting_state == MeetingState.UPCOMING
        and row.facilitator is not None
        and row.facilitator != YOURSELF,
    )
    where = (row.group, row.zone, row.meeting, row.starts_at, row.facilitator)
    return OwnAnswers(*where, own, is_open=bool(row.is_open), is_member=bool(row.is_member))


async def _anonymous(session: AsyncSession, workspace: str, person: str, now: datetime) -> Sequence[str]:
    """Their anonymous answers to open questions: only the prompts' keys tell which they are."""
    rows = await session.execute(
        _open(workspace, person, now)
        .with_only_columns(t.Prompt.id, t.Prompt.key, t.PromptQuestion.position)
        .join(t.PromptQuestion, t.PromptQuestion.prompt_id == t.Prompt.id)
        .where(t.Prompt.key.is_not(None))
    )
    names = [(prompt, respondent(key, position, person)) for prompt, key, position in rows]
    row = t.Reflection
    found: list[str] = []
    for first in range(0, len(names), MOST_ROWS):
        prompts, known_as = zip(*names[first : first + MOST_ROWS], strict=True)
        theirs = (row.prompt_id.in_(set(prompts)), row.respondent.in_(known_as))
        found += await session.scalars(select(row.id).where(*theirs, row.visibility == Visibility.ANONYMOUS))
    return found


def _open(workspace: str, person: str, now: datetime) -> Any:
    """The open prompts in this person's groups."""
    return (
        select(t.Prompt.id)
        .join(t.Collaborative, t.Collaborative.id == t.Prompt.collaborative_id)
        .join(t.Member, and_(t.Member.collaborative_id == t.Prompt.collaborative_id, t.Member.person_id == person))
        .where(
            t.Member.workspace_id == workspace,
            t.Collaborative.state == literal(GroupState.ACTIVE),
            t.Prompt.closed_at.is_(None),
            t.Prompt.opens_at <= now,
            t.Prompt.closes_at > now,
        )
    )


async def open_for(session: AsyncSession, workspace: str, person: str, now: datetime) -> list[OpenQuestions]:
    """Open questions of all groups whose channel somebody is in: unanswered ones first."""
    took_part = exists(
        select(t.Participation.person_id).where(
            t.Participation.prompt_id == t.Prompt.id, t.Participation.person_id == person
        )
    )
    rows = await session.execute(
        _open(workspace, person, now)
        .with_only_columns(
            t.Prompt.id,
            t.Prompt.meeting_id,
            t.Prompt.closes_at,
            t.Collaborative.name,
            t.Collaborative.zone,
            took_part.label("took_part"),
        )
        .join(
            t.ChannelMember,
            and_(
                t.ChannelMember.workspace_id == t.Collaborative.workspace_id,
                t.ChannelMember.channel_id == t.Collaborative.channel_id,
                t.ChannelMember.person_id == person,
            ),
        )
        .order_by(took_part, t.Prompt.closes_at, t.Collaborative.name)
    )
    prompts = rows.all()
    questions = await questions_of(session, [row.id for row in prompts])
    return [
        OpenQuestions(row.meeting_id, row.name, row.zone, row.closes_at, questions[row.id], bool(row.took_part))
        for row in prompts
    ]


async def questions_of(session: AsyncSession, prompts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The questions of these prompts, in their order."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(prompts, ())
    for first in range(0, len(prompts), MOST_ROWS):
        rows = await session.execute(
            select(t.PromptQuestion.prompt_id, t.PromptQuestion.text)
            .where(t.PromptQuestion.prompt_id.in_(prompts[first : first + MOST_ROWS]))
            .order_by(t.PromptQuestion.prompt_id, t.PromptQuestion.position)
        )
        for prompt, text in rows:
            found[prompt] = (*found[prompt], text)
    return found


# ---- On Home ----


@dataclass(frozen=True, kw_only=True)
class OpenPrompt(Entry):
    """Open questions as Home lists them: what waits for an answer first, the soonest to end before the others."""

    prompt: str
    took_part: bool


async def find_open(_session: AsyncSession, found: Overview) -> list[OpenPrompt]:
    """What somebody can answer now."""
    return [
        OpenPrompt(
            name=one.name,
            zone=one.zone,
            meeting=one.meeting,
            until=one.closes_at,
            at=one.closes_at,
            rank=int(one.took_part),
            prompt=one.prompt,
            took_part=one.took_part,
        )
        for one in found.meetings
        if one.is_open(found.now)
    ]


async def questions_of_open(session: AsyncSession, entries: Sequence[OpenPrompt]) -> dict[str, tuple[str, ...]]:
    """Their questions, by prompt."""
    return await questions_of(session, [one.prompt for one in entries])


async def find_latest(session: AsyncSession, found: Overview) -> list[Written]:
    """The last things that somebody wrote."""
    return await recent_named(session, found.workspace, found.person, MOST_ON_HOME)
