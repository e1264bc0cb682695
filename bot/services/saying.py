"""What people say by command: plain text for their group's first question that wants words, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.questions import Wants
from bot.domain.rounds import Place, Round
from bot.domain.text import require
from bot.services import groups, people
from bot.services.answering import EMPTY, Kept, Sheet, keep_all
from bot.services.briefs import in_brief
from bot.services.reflections import require_open

ONLY_A_SCALE = "This time there is only a scale to answer. Press Answer below the questions."


@dataclass(frozen=True)
class Said:
    """Somebody's plain text, for the first question of their group that wants words."""

    place: Place
    text: str


@dataclass(frozen=True)
class Answered:
    """What became of it; `facilitator` is the name of whoever leads the meeting."""

    found: Round
    kept: Kept
    text: str
    facilitator: str | None


async def say_all(session: AsyncSession, said: Sequence[Said], now: datetime) -> list[Answered | DomainError]:
    """Keep what people said, each on their own: one that can't be kept holds up no other."""
    rounds = await in_brief(session, [one.place for one in said])
    sheets = [await _sheet_or_why_not(session, one, rounds, now) for one in said]
    kept = iter(await keep_all(session, [sheet for sheet in sheets if isinstance(sheet, Sheet)], now))
    names = await people.names_in(session, {_facilitator(found) for found in rounds.values()})
    return [sheet if isinstance(sheet, DomainError) else _answered(sheet, next(kept), names) for sheet in sheets]


async def _sheet_or_why_not(
    session: AsyncSession, one: Said, rounds: Mapping[Place, Round], now: datetime
) -> Sheet | DomainError:
    try:
        return _sheet(one, await _require_brief(session, one.place, rounds), now)
    except DomainError as error:
        return error


async def _require_brief(session: AsyncSession, place: Place, rounds: Mapping[Place, Round]) -> Round:
    found = rounds.get(place)
    if found is None or place.person not in found.group.members:
        return await groups.require_round(session, place)  # which says what is missing
    return found


def _sheet(one: Said, found: Round, now: datetime) -> Sheet:
    asked = next((q for q in require_open(found, now).questions if q.wants is Wants.WORDS), None)
    if asked is None:
        raise DomainError(ONLY_A_SCALE)
    text = require(one.text, f"answer-{asked.position}", EMPTY)
    return Sheet(found, one.place.person, {asked.position: text}, careful=True)


def _answered(sheet: Sheet, kept: Kept | DomainError, names: Mapping[tuple[str, str], str]) -> Answered | DomainError:
    if isinstance(kept, DomainError):
        return kept
    (text,) = sheet.answers.values()
    return Answered(sheet.found, kept, text, names.get(_facilitator(sheet.found)))


def _facilitator(found: Round) -> tuple[str, str]:
    return found.group.workspace, found.meeting.facilitator or ""
