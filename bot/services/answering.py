"""Keeping answers: many at once, so that what comes in together is written together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import COUNT_FROM, Visibility, respondent
from bot.domain.cadence import local
from bot.domain.errors import DomainError
from bot.domain.rounds import Asked, Prompt, Round
from bot.domain.text import require
from bot.services import groups, homes
from bot.services.erasing import erase
from bot.services.reflections import Own, Page, Row, as_own, own_page, require_open, seen_by, shown
from storage import tables as t
from storage.engine import put, run

EMPTY = "There is nothing in it yet. Write a line, or pass: passing is an answer too."


@dataclass(frozen=True)
class Sheet:
    """What somebody answers, by the questions' positions; an empty text takes an earlier answer back.

    `visibility` None leaves each answer's as it is (named for a new one). `careful`: where an earlier answer says
    something else, nothing is written.
    """

    found: Round
    person: str
    answers: Mapping[int, str]
    visibility: Visibility | None = None
    careful: bool = False


@dataclass(frozen=True)
class Kept:
    """A person's answers as they are now; `earlier` is what stood in the way of a careful sheet."""

    own: tuple[Own, ...]
    earlier: Own | None = None


async def keep(
    session: AsyncSession,
    found: Round,
    person: str,
    answers: Mapping[int, str],
    visibility: Visibility | None,
    now: datetime,
) -> list[Own]:
    """Keep one person's answers; repeating it changes nothing. DomainError at `answer-<position>` when it can't be."""
    key = await session.scalar(select(t.Prompt.key).where(t.Prompt.id == found.prompt.id))
    keys = {found.prompt.id: key} if key is not None else {}
    (kept,) = await keep_all(session, [Sheet(found, person, answers, visibility)], keys, now)
    if isinstance(kept, DomainError):
        raise kept
    return list(kept.own)


async def pass_on(session: AsyncSession, found: Round, person: str, now: datetime) -> None:
    """Pass: an answer like any other, kept without a word. What was answered before is taken back."""
    prompt = require_open(found, now)
    page = await own_page(session, prompt, person)
    await erase(session, page.values(), now)
    await _took_part(session, [Sheet(found, person, {})])
    await homes.mark(session, [(found.group.workspace, person)], now)
    if shown(as_own(prompt, page)):
        await _tell(session, [found], now)


async def keep_all(
    session: AsyncSession, sheets: Sequence[Sheet], keys: Mapping[str, bytes], now: datetime
) -> list[Kept | DomainError]:
    """Keep what stands on the sheets, of which each person has one a prompt; gives what became of each.

    `keys` are those of the prompts that still have one.
    """
    before = await _before(session, [sheet for sheet in sheets if sheet.found.prompt.id in keys], keys)
    work = [_fill(sheet, before.get((sheet.found.prompt.id, sheet.person)), now) for sheet in sheets]
    done = [one for one in work if isinstance(one, _Filled) and one.kept.earlier is None]
    await _write(session, done, now)
    await _took_part(session, [one.sheet for one in done])
    await _tell(session, [one.sheet.found for one in done if one.shown], now)
    await homes.mark(session, [(one.sheet.found.group.workspace, one.sheet.person) for one in done], now)
    return [one if isinstance(one, DomainError) else one.kept for one in work]


async def _before(
    session: AsyncSession, sheets: Sequence[Sheet], keys: Mapping[str, bytes]
) -> dict[tuple[str, str], tuple[Page, Page]]:
    """What each person answered so far, and beside it a new row for every question; by prompt and person."""
    pages: dict[tuple[str, str], tuple[Page, Page]] = {}
    wanted: dict[tuple[str, int, str], Page] = {}
    for sheet in sheets:
        prompt, stored = sheet.found.prompt, Page()
        blank = {asked.position: _blank(sheet, asked, keys[prompt.id]) for asked in prompt.questions}
        pages[prompt.id, sheet.person] = stored, blank
        wanted |= {(prompt.id, position, row["respondent"]): stored for position, row in blank.items()}
    named = {"prompts": list({prompt for prompt, _, _ in wanted}), "respondents": [one for _, _, one in wanted]}
    for row in (await run(session, STORED, named)).mappings():
        wanted[row["prompt_id"], row["position"], row["respondent"]][row["position"]] = dict(row)
    return pages


def _blank(sheet: Sheet, asked: Asked, key: bytes) -> Row:
    return {
        "workspace_id": sheet.found.group.workspace,
        "prompt_id": sheet.found.prompt.id,
        "position": asked.position,
        "respondent": respondent(key, asked.position, sheet.person),
    }


@dataclass(frozen=True)
class _Filled:
    """A sheet worked out: what is to be written and deleted, and whether the agenda shows something else now."""

    sheet: Sheet
    kept: Kept
    to_write: tuple[Row, ...] = ()
    to_delete: tuple[Row, ...] = ()
    shown: bool = False


def _fill(sheet: Sheet, pages: tuple[Page, Page] | None, now: datetime) -> _Filled | DomainError:
    try:
        prompt = require_open(sheet.found, now)
        return _work_out(sheet, prompt, _require_pages(pages), now)
    except DomainError as error:
        return error


def _require_pages(pages: tuple[Page, Page] | None) -> tuple[Page, Page]:
    if pages is None:
        raise DomainError("Answering has just ended.")
    return pages


def _clean(position: int, text: str) -> str:
    return require(text, f"answer-{position}", EMPTY) if text.strip() else ""


def _work_out(sheet: Sheet, prompt: Prompt, pages: tuple[Page, Page], now: datetime) -> _Filled:
    stored, blank = pages
    cleaned = {position: _clean(position, text) for position, text in sheet.answers.items()}
    if not stored and not any(cleaned.values()):
        raise DomainError(EMPTY, f"answer-{min(cleaned, default=0)}")
    before = as_own(prompt, stored)
    earlier = next((o for o in before if cleaned.get(o.asked.position, o.text) != o.text), None)
    if sheet.careful and earlier is not None:
        return _Filled(sheet, Kept(tuple(before), earlier))
    to_write = {p: _row(sheet, stored.get(p), blank[p], text, now) for p, text in cleaned.items() if text}
    emptied = {p for p, text in cleaned.items() if not text and p in stored}
    after = as_own(prompt, {p: row for p, row in (stored | to_write).items() if p not in emptied})
    return _Filled(
        sheet,
        Kept(tuple(after)),
        tuple(to_write.values()),
        tuple(stored[p] for p in emptied),
        shown=shown(before) != shown(after),
    )


def _row(sheet: Sheet, stored: Row | None, blank: Row, text: str, now: datetime) -> Row:
    if stored is None:
        day = local(now, sheet.found.group.zone).date()  # and not the minute
        new = blank | {"id": t.new_id(), "text": text, "given_on": day, "edited": False, "late": False}
        return new | seen_by(sheet.visibility or Visibility.NAMED, sheet.person, sheet.found.meeting.facilitator)
    changed = stored | {"text": text, "edited": stored["edited"] or stored["text"] != text}
    sees = sheet.visibility
    if sees is None or sees == stored["visibility"]:  # who was to read it alone stays its only reader
        return changed
    return changed | seen_by(sees, sheet.person, sheet.found.meeting.facilitator)


# ---- Writing ----


async def _write(session: AsyncSession, filled: Sequence[_Filled], now: datetime) -> None:
    await put(session, t.Reflection, [row for one in filled for row in one.to_write], UNIQUE, CHANGES)
    await erase(session, [row for one in filled for row in one.to_delete], now)


async def _took_part(session: AsyncSession, sheets: Sequence[Sheet]) -> None:
    """Who takes part, and to say how many: planned for when there are enough of them, and it isn't planned already."""
    rows = [
        {"prompt_id": s.found.prompt.id, "person_id": s.person, "workspace_id": s.found.group.workspace} for s in sheets
    ]
    await put(session, t.Participation, rows, changes=())
    asking = await run(session, TO_COUNT, {"prompts": list({s.found.prompt.id for s in sheets})})
    await groups.want_plans(session, asking.scalars().all())


async def _tell(session: AsyncSession, rounds: Sequence[Round], now: datetime) -> None:
    """Have what shows answers brought up to date, where it shows them by now."""
    if rounds:
        await run(session, CHANGED, {"meetings": [found.meeting.id for found in rounds]})
    drafted = {found.group.id for found in rounds if found.meeting.draft_due_at <= now}
    posted = {found.group.id for found in rounds if found.meeting.agenda_given_revision is not None}
    shared = {found.group.id for found in rounds if found.prompt.shared_at is not None}
    await groups.want_plans(session, drafted | posted | shared)


_prompt: Any = t.Prompt.__table__
_meeting: Any = t.Meeting.__table__
_stored: Any = t.Reflection.__table__
_part: Any = t.Participation.__table__
_owed: Any = t.Delivery.__table__

UNIQUE = ("prompt_id", "position", "respondent")
CHANGES = ("text", "visibility", "author_id", "reader_id", "edited")

# Made once, since so many pass here. The columns one by one: SQLite finds nothing by an index for a list of tuples.
STORED = select(_stored).where(
    _stored.c.prompt_id.in_(bindparam("prompts", expanding=True)),
    _stored.c.respondent.in_(bindparam("respondents", expanding=True)),
)
CHANGED = (
    update(_meeting)
    .where(_meeting.c.id.in_(bindparam("meetings", expanding=True)))
    .values(agenda_revision=_meeting.c.agenda_revision + 1)
)
TO_COUNT = select(_prompt.c.collaborative_id).where(
    _prompt.c.id.in_(bindparam("prompts", expanding=True)),
    exists(
        select(_part.c.person_id).where(_part.c.prompt_id == _prompt.c.id).limit(1).offset(COUNT_FROM - 1)
    ).correlate(_prompt),
    ~exists(
        select(_owed.c.id).where(
            _owed.c.meeting_id == _prompt.c.meeting_id, _owed.c.kind == "answer_count", _owed.c.state == "planned"
        )
    ).correlate(_prompt),
)
"""Groups in which enough took part to say how many, and in which that is not planned yet."""
