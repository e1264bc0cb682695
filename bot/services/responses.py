"""Reading what was answered, page by page, each answer only by those who may; and finding it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Seen, Visibility
from bot.domain.questions import Wants
from bot.domain.responses import OUR_OWN, By, Line, finds
from bot.domain.rounds import Round
from prompts.bank import THEMES, QuestionBank
from storage import tables as t
from storage.queries import batch_shown

A_PAGE = 10
AT_ONCE = 200
"""Answers that a search looks at, at a time; never all of them are held in memory."""


@dataclass(frozen=True)
class AnswerQuery:
    """What somebody wants to read of a group: of one prompt or of all, in some order, with some words, from where."""

    group: str
    viewer: str
    prompt: str | None
    by: By = By.QUESTION
    words: str = ""
    start: int = 0


@dataclass(frozen=True)
class AnswerPage:
    """Some answers in order; `start` is how many come before them, `more` whether others come after."""

    lines: tuple[Line, ...]
    start: int
    more: bool


def shown_alone(page: AnswerPage) -> tuple[str, ...]:
    """The answers on it that are for whoever reads it alone."""
    return tuple(line.seen.id for line in page.lines if line.seen.id)


@dataclass(frozen=True)
class QuestionHeading:
    """A meeting whose questions have gone out."""

    meeting: str
    starts_at: datetime


async def read(session: AsyncSession, wish: AnswerQuery, bank: QuestionBank) -> AnswerPage:
    """A page of what the viewer may read."""
    themes = {question.id: question.theme for question in bank.questions}
    query = _ordered(_wanted(wish), wish.by, themes)
    rows = await (_search(session, query, wish) if wish.words.strip() else _some(session, query, wish))
    thanked = await _thanked(session, wish.viewer, [row.id for row in rows[:A_PAGE]])
    lines = [_line(row, wish.viewer, themes, thanked) for row in rows[:A_PAGE]]
    return AnswerPage(tuple(lines), wish.start, len(rows) > A_PAGE)


_answer = t.Reflection.__table__
_prompt = t.Prompt.__table__
_question = t.PromptQuestion.__table__
_meeting = t.Meeting.__table__
_person = t.Person.__table__
_owed = t.Delivery.__table__

ENDED = or_(_prompt.c.closed_at.is_not(None), _prompt.c.shared_at.is_not(None))
BATCH_SHOWN = batch_shown()


def may_read(viewer: str) -> ColumnElement[bool]:
    """`bot.domain.reading.may_read`, for the database."""
    sees = _answer.c.visibility
    return or_(
        _answer.c.author_id == viewer,
        and_(sees == Visibility.NAMED, ENDED),
        and_(sees == Visibility.FACILITATOR, _answer.c.reader_id == viewer),
        and_(sees == Visibility.ANONYMOUS, BATCH_SHOWN),
    )


def _wanted(wish: AnswerQuery) -> Select[Any]:
    query = (
        select(
            *(
                _answer.c[name]
                for name in ("id", "text", "visibility", "author_id", "reader_id", "position", "edited", "late")
            ),
            _question.c.question_id,
            _question.c.text.label("question"),
            _meeting.c.starts_at,
            _person.c.name,
            ENDED.label("ended"),
        )
        .join(_prompt, _prompt.c.id == _answer.c.prompt_id)
        .join(_meeting, _meeting.c.id == _prompt.c.meeting_id)
        .join(_question, and_(_question.c.prompt_id == _answer.c.prompt_id, _question.c.position == _answer.c.position))
        .outerjoin(
            _person,
            and_(_person.c.workspace_id == _answer.c.workspace_id, _person.c.id == _answer.c.author_id),
        )
        .where(_prompt.c.collaborative_id == wish.group, may_read(wish.viewer))
    )
    if wish.prompt is not None:
        query = query.where(_prompt.c.id == wish.prompt)
    if wish.by is By.PERSON:  # only who allowed it stands there with their name
        query = query.where(_answer.c.visibility == Visibility.NAMED)
    return query


def _ordered(query: Select[Any], by: By, themes: Mapping[str, str]) -> Select[Any]:
    """What is for one person alone first and apart; the latest meeting first; within a question in an order that tells
    nothing of who was first: ids are random."""
    private = case((_answer.c.visibility == Visibility.FACILITATOR, 0), else_=1)
    first: list[ColumnElement[Any]] = []
    if by is By.THEME:
        ranks = {question: THEMES.index(theme) for question, theme in themes.items()}
        first = [case(ranks, value=_question.c.question_id, else_=literal(len(THEMES)))]
    elif by is By.PERSON:
        first = [func.lower(_person.c.name), _answer.c.author_id]
    return query.order_by(private, *first, _meeting.c.starts_at.desc(), _answer.c.position, _answer.c.id)


async def _some(session: AsyncSession, query: Select[Any], wish: AnswerQuery) -> list[Any]:
    return list((await session.execute(query.offset(wish.start).limit(A_PAGE + 1))).all())


async def _search(session: AsyncSession, query: Select[Any], wish: AnswerQuery) -> list[Any]:
    """One more than a page of those in which all the words stand, or the name of whoever gave it does."""
    found: list[Any] = []
    passed = 0
    streamed = await session.stream(query, execution_options={"yield_per": AT_ONCE})
    async for row in streamed:
        if not finds(wish.words, row.text, row.name or ""):
            continue
        passed += 1
        if passed > wish.start:
            found.append(row)
        if len(found) > A_PAGE:
            break
    await streamed.close()
    return found


async def _thanked(session: AsyncSession, viewer: str, answers: Sequence[str]) -> set[str]:
    """Those of the answers that this viewer has thanked for. How many others did is nobody's business."""
    rows = await session.scalars(
        select(t.Appreciation.reflection_id).where(
            t.Appreciation.person_id == viewer, t.Appreciation.reflection_id.in_(answers)
        )
    )
    return set(rows)


def _line(row: Any, viewer: str, themes: Mapping[str, str], thanked: set[str]) -> Line:
    sees = Visibility(row.visibility)
    anonymous = sees is Visibility.ANONYMOUS
    can_thank = sees is Visibility.NAMED and row.ended and row.author_id != viewer
    return Line(
        Seen(
            row.position,
            row.text,
            sees,
            None if anonymous else row.author_id,
            edited=row.edited and not anonymous,
            late=row.late and not anonymous,
            id=row.id if row.reader_id == viewer else "",
            reader=row.reader_id,
        ),
        question=row.question,
        theme=themes.get(row.question_id, OUR_OWN),
        meeting_at=row.starts_at,
        thanks_for=row.id if can_thank else None,
        thanked=row.id in thanked,
        shown_as=row.id if (sees is Visibility.NAMED and row.ended) or anonymous else None,
    )


async def asked_so_far(
    session: AsyncSession, group: str, now: datetime, start: int, limit: int
) -> tuple[list[QuestionHeading], bool]:
    """Some of the group's meetings whose questions have gone out, the latest first, and whether there are earlier."""
    rows = await session.execute(
        select(t.Meeting.id, t.Meeting.starts_at)
        .join(t.Prompt, t.Prompt.meeting_id == t.Meeting.id)
        .where(t.Prompt.collaborative_id == group, t.Prompt.opens_at <= now)
        .order_by(t.Meeting.starts_at.desc())
        .offset(start)
        .limit(limit + 1)
    )
    found = [QuestionHeading(meeting, starts_at) for meeting, starts_at in rows]
    return found[:limit], len(found) > limit


async def later_than(session: AsyncSession, round_: Round, now: datetime) -> int:
    """How many of the group's meetings whose questions have gone out come after this one."""
    number = await session.scalar(
        select(func.count())
        .select_from(t.Meeting)
        .join(t.Prompt, t.Prompt.meeting_id == t.Meeting.id)
        .where(
            t.Prompt.collaborative_id == round_.group.id,
            t.Prompt.opens_at <= now,
            t.Meeting.starts_at > round_.meeting.starts_at,
        )
    )
    return number or 0


async def on_scale(session: AsyncSession, round_: Round) -> dict[int, dict[str, int]]:
    """How often each step of a scale was chosen by name, by question. Anonymous answers are never counted in: beside
    the named ones, a number would tell what they say."""
    scales = [asked.position for asked in round_.prompt.questions if asked.wants is Wants.SCALE]
    rows = await session.execute(
        select(t.Reflection.position, t.Reflection.text, func.count())
        .where(
            t.Reflection.prompt_id == round_.prompt.id,
            t.Reflection.position.in_(scales),
            t.Reflection.visibility == Visibility.NAMED,
            ~t.Reflection.late,
        )
        .group_by(t.Reflection.position, t.Reflection.text)
    )
    steps: dict[int, dict[str, int]] = {}
    for position, text, number in rows:
        steps.setdefault(position, {})[text] = number
    return steps


async def first_named(session: AsyncSession, round_: Round, each: int) -> tuple[dict[int, list[Seen]], set[int]]:
    """Up to so many named answers in time to each question, and the questions that have more."""
    shown: dict[int, list[Seen]] = {}
    more: set[int] = set()
    for asked in round_.prompt.questions:
        rows = await session.execute(
            select(t.Reflection.text, t.Reflection.author_id, t.Reflection.edited, t.Reflection.late)
            .where(
                t.Reflection.prompt_id == round_.prompt.id,
                t.Reflection.position == asked.position,
                t.Reflection.visibility == Visibility.NAMED,
                ~t.Reflection.late,
            )
            .order_by(t.Reflection.id)
            .limit(each + 1)
        )
        some = [Seen(asked.position, r.text, Visibility.NAMED, r.author_id, r.edited, r.late) for r in rows]
        shown[asked.position] = some[:each]
        if len(some) > each:
            more.add(asked.position)
    return shown, more
