"""Answers typed with a command: plain text for the first question of a group that wants words; many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.questions import Wants
from bot.domain.rounds import Actor, Answerable, Phase
from bot.domain.text import require
from bot.domain.visibility_changes import YOURSELF
from bot.services import groups
from bot.services.answer_context import AnswerContext, contexts
from bot.services.answering import EMPTY, AnswerSubmission, SaveResult, keep_all
from bot.services.reflections import require_answerable

ONLY_A_SCALE = "This time there is only a scale to answer. Press Answer below the questions."


@dataclass(frozen=True)
class TextAnswer:
    """Somebody's plain text, for the first question of their group that wants words."""

    place: Actor
    text: str


@dataclass(frozen=True)
class TextAnswerResult:
    """Its result; `facilitator` is the name of the meeting's facilitator, `chosen` the author's last visibility.
    `asks`: it is late and would be read at once, so it is saved only after they have seen where it goes."""

    found: Answerable
    kept: SaveResult
    text: str
    facilitator: str | None
    chosen: Visibility = Visibility.NAMED
    asks: bool = False


async def save_all(
    session: AsyncSession, said: Sequence[TextAnswer], now: datetime
) -> list[TextAnswerResult | DomainError]:
    """Save texts independently: one that can't be saved does not affect the others."""
    briefs = await contexts(session, [one.place for one in said])
    sheets = [await _sheet_or_why_not(session, one, briefs.get(one.place), now) for one in said]
    keys = {brief.found.prompt.id: brief.key for brief in briefs.values() if brief.key is not None}
    in_time = [sheet for sheet in sheets if isinstance(sheet, AnswerSubmission) and not _asks(sheet, now)]
    kept = iter(await keep_all(session, in_time, keys, now))
    return [
        sheet
        if isinstance(sheet, DomainError)
        else _answered(
            sheet, SaveResult(()) if _asks(sheet, now) else next(kept), briefs[one.place], asks=_asks(sheet, now)
        )
        for one, sheet in zip(said, sheets, strict=True)
    ]


def _asks(sheet: AnswerSubmission, now: datetime) -> bool:
    return sheet.found.phase(now) is Phase.LATE


async def _sheet_or_why_not(
    session: AsyncSession, one: TextAnswer, brief: AnswerContext | None, now: datetime
) -> AnswerSubmission | DomainError:
    try:
        return await _sheet(session, one, brief, now)
    except DomainError as error:
        return error


async def _sheet(
    session: AsyncSession, one: TextAnswer, brief: AnswerContext | None, now: datetime
) -> AnswerSubmission:
    if brief is None or one.place.person not in brief.members:
        await groups.require_round(session, one.place)  # which says what is missing
        raise LookupError("a group that was not found at first")
    asked = next((q for q in require_answerable(brief.found, now).questions if q.wants is Wants.WORDS), None)
    if asked is None:
        raise DomainError(ONLY_A_SCALE)
    text = require(one.text, f"answer-{asked.position}", EMPTY)
    chosen = Visibility(brief.members[one.place.person] or Visibility.NAMED)
    person, first = one.place.person, one.place.person not in brief.took_part
    return AnswerSubmission(brief.found, person, {asked.position: text}, careful=True, chosen=chosen, first=first)


def _answered(
    sheet: AnswerSubmission, kept: SaveResult | DomainError, brief: AnswerContext, *, asks: bool
) -> TextAnswerResult | DomainError:
    if isinstance(kept, DomainError):
        return kept
    (text,) = sheet.answers.values()
    facilitator = YOURSELF if brief.found.meeting.facilitator == sheet.person else brief.facilitator
    return TextAnswerResult(sheet.found, kept, text, facilitator, sheet.chosen, asks)
