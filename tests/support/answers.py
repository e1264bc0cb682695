"""Answers given as forms and buttons give them, one at a time, in a transaction that is open."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import MeetingActor, Round
from bot.services.answer_requests import AnswerRequest, AnswerResult, FilledForm, Pass, SecondAnswer, save_all


async def give(
    session: AsyncSession, round_: Round, person: str, given: FilledForm | SecondAnswer | Pass, now: datetime
) -> AnswerResult:
    """Raises the DomainError that its author would see."""
    where = MeetingActor(round_.group.workspace, round_.meeting.id, person)
    (result,) = await save_all(session, [AnswerRequest(where, given)], now)
    if isinstance(result, DomainError):
        raise result
    return result


async def keep(
    session: AsyncSession,
    round_: Round,
    person: str,
    answers: Mapping[int, str],
    visibility: Visibility | None,
    now: datetime,
) -> AnswerResult:
    return await give(session, round_, person, FilledForm(answers, visibility), now)


async def pass_on(session: AsyncSession, round_: Round, person: str, now: datetime) -> None:
    """By the form, which withdraws what was answered."""
    await give(session, round_, person, FilledForm({}, None, passes=True), now)
