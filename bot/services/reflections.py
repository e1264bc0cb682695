"""Answering: keep, add, replace, edit, withdraw, change who sees it, pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Seen, Visibility, respondent, visible_to
from bot.domain.cadence import local
from bot.domain.errors import DomainError
from bot.domain.rounds import Asked, Prompt, Round
from bot.domain.speech import say_when
from bot.domain.text import require
from bot.services.erasing import erase
from bot.services.groups import agenda_changed, count_changed, want_plan
from storage import tables as t
from storage.engine import put

EMPTY = "There is nothing in it yet. Write a line, or pass: passing is an answer too."


@dataclass(frozen=True)
class Own:
    """One of a person's own answers, as they may handle it."""

    asked: Asked
    text: str
    visibility: Visibility
    edited: bool


def require_open(found: Round, now: datetime) -> Prompt:
    """The prompt, when it takes answers now; DomainError saying when it does otherwise."""
    prompt, zone = found.prompt, found.group.zone
    if prompt.is_open(now):
        return prompt
    if now < prompt.opens_at and prompt.closed_at is None:
        raise DomainError(
            f"The next question comes {say_when(prompt.opens_at, zone, now)}. You can answer from then on."
        )
    meeting = say_when(found.meeting.starts_at, zone, now)
    raise DomainError(
        f"Answering has ended for the meeting of {meeting}. Bring it along, or keep it for later with `/collab park …`."
    )


async def own_answers(session: AsyncSession, prompt: Prompt, person: str) -> list[Own]:
    """What a person answered to an open prompt, anonymous answers too; after close, the ones that bear their name."""
    return _as_own(prompt, await _own(session, prompt, person))


def _as_own(prompt: Prompt, rows: Mapping[int, t.Reflection]) -> list[Own]:
    return [
        Own(asked, row.text, Visibility(row.visibility), row.edited)
        for asked in prompt.questions
        if (row := rows.get(asked.position)) is not None
    ]


async def _own(session: AsyncSession, prompt: Prompt, person: str) -> dict[int, t.Reflection]:
    """A person's own answers, by question."""
    key = (await session.get_one(t.Prompt, prompt.id)).key
    mine = (
        t.Reflection.author_id == person
        if key is None
        else t.Reflection.respondent.in_([respondent(key, asked.position, person) for asked in prompt.questions])
    )
    rows = await session.scalars(select(t.Reflection).where(t.Reflection.prompt_id == prompt.id, mine))
    return {row.position: row for row in rows}


async def has_taken_part(session: AsyncSession, prompt: Prompt, person: str) -> bool:
    return await session.get(t.Participation, (prompt.id, person)) is not None


async def keep(
    session: AsyncSession,
    found: Round,
    person: str,
    answers: Mapping[int, str],
    visibility: Visibility | None,
    now: datetime,
) -> list[Own]:
    """Keep answers by question position; an empty one takes an earlier one back. Repeating it changes nothing.

    `visibility` None leaves each answer's as it is (named for a new one). Raises DomainError at `answer-<position>`.
    """
    prompt = require_open(found, now)
    cleaned = {p: _clean(p, text) for p, text in answers.items()}
    rows = await _own(session, prompt, person)
    before = _as_own(prompt, rows)
    if not any(cleaned.values()) and not before:
        raise DomainError(EMPTY, f"answer-{min(cleaned, default=0)}")
    for position, text in cleaned.items():
        if text:
            row = rows[position] = rows.get(position) or await _new(session, found, person, position, now)
            _fill(row, text, visibility, person, found)
        elif position in rows:
            await erase(session, [rows.pop(position)], now)
    await session.flush()
    await _took_part(session, found, person)
    after = _as_own(prompt, rows)
    await _tell_agenda(session, found, before, after)
    return after


def _clean(position: int, text: str) -> str:
    return require(text, f"answer-{position}", EMPTY) if text.strip() else ""


def _fill(row: t.Reflection, text: str, visibility: Visibility | None, person: str, found: Round) -> None:
    row.edited = row.edited or row.text not in {"", text}
    row.text = text
    if visibility is not None:
        _set_visibility(row, visibility, person, found)


async def _new(session: AsyncSession, found: Round, person: str, position: int, now: datetime) -> t.Reflection:
    key = (await session.get_one(t.Prompt, found.prompt.id)).key
    if key is None:
        raise DomainError("Answering has just ended.")
    row = t.Reflection(
        workspace_id=found.group.workspace,
        prompt_id=found.prompt.id,
        position=position,
        respondent=respondent(key, position, person),
        given_on=local(now, found.group.zone).date(),  # the day and not the minute
        text="",
        edited=False,
        late=False,
    )
    _set_visibility(row, Visibility.NAMED, person, found)
    session.add(row)
    return row


def _set_visibility(row: t.Reflection, visibility: Visibility, person: str, found: Round) -> None:
    if visibility is Visibility.FACILITATOR and row.visibility != visibility:
        row.reader_id = found.meeting.facilitator
    if visibility is not Visibility.FACILITATOR:
        row.reader_id = None
    row.visibility = visibility
    row.author_id = None if visibility is Visibility.ANONYMOUS else person


async def change_visibility(
    session: AsyncSession, found: Round, person: str, position: int, visibility: Visibility, now: datetime
) -> list[Own]:
    prompt = require_open(found, now)
    rows = await _own(session, prompt, person)
    if position not in rows:
        raise DomainError("You have no answer there any more.")
    before = _as_own(prompt, rows)
    _set_visibility(rows[position], visibility, person, found)
    await session.flush()
    after = _as_own(prompt, rows)
    await _tell_agenda(session, found, before, after)
    return after


async def withdraw(session: AsyncSession, found: Round, person: str, position: int, now: datetime) -> list[Own]:
    """Take an answer back: named and private ones at any time, anonymous ones until answering ends."""
    rows = await _own(session, found.prompt, person)
    before = _as_own(found.prompt, rows)
    if position not in rows:
        return before  # a button of an old message; a pass stays a pass
    await erase(session, [rows.pop(position)], now)
    await session.flush()
    left = _as_own(found.prompt, rows)
    if not left and found.prompt.is_open(now):
        await _took_no_part(session, found, person)
    await _tell_agenda(session, found, before, left)
    await want_plan(session, found.group.id)
    return left


async def _tell_agenda(session: AsyncSession, found: Round, before: Sequence[Own], after: Sequence[Own]) -> None:
    """Have what shows answers brought up to date. An anonymous one changes nothing there, and so tells no time."""
    if _shown(before) != _shown(after):
        await agenda_changed(session, found)


def _shown(own: Sequence[Own]) -> set[tuple[int, str, Visibility]]:
    return {(o.asked.position, o.text, o.visibility) for o in own if o.visibility is not Visibility.ANONYMOUS}


async def pass_on(session: AsyncSession, found: Round, person: str, now: datetime) -> None:
    """Pass: an answer like any other, kept without a word. What was answered before is taken back."""
    prompt = require_open(found, now)
    rows = await _own(session, prompt, person)
    before = _as_own(prompt, rows)
    await erase(session, rows.values(), now)
    await _took_part(session, found, person)
    await _tell_agenda(session, found, before, ())


async def _took_part(session: AsyncSession, found: Round, person: str) -> None:
    row = {"prompt_id": found.prompt.id, "person_id": person, "workspace_id": found.group.workspace}
    await put(session, t.Participation, [row])
    await count_changed(session, found)


async def _took_no_part(session: AsyncSession, found: Round, person: str) -> None:
    await session.execute(
        delete(t.Participation).where(t.Participation.prompt_id == found.prompt.id, t.Participation.person_id == person)
    )


async def readable(session: AsyncSession, prompt: Prompt, viewer: str | None) -> list[Seen]:
    """What a viewer may read of a prompt, by question: named answers, and those given to this viewer alone.

    `viewer` None is the group as a whole. Anonymous ones are not among them (`anonymous_batch`). By question, then in
    an order that tells nothing of who was first: the rows' ids are random.
    """
    rows = await session.scalars(
        select(t.Reflection)
        .where(t.Reflection.prompt_id == prompt.id, t.Reflection.visibility != Visibility.ANONYMOUS)
        .order_by(t.Reflection.position, t.Reflection.id)
    )
    return [
        Seen(row.position, row.text, Visibility(row.visibility), row.author_id, row.edited, row.late)
        for row in rows
        if visible_to(viewer or "", Visibility(row.visibility), row.reader_id)
    ]


async def recent_named(session: AsyncSession, workspace: str, person: str, limit: int) -> list[tuple[str, str, str]]:
    """A person's own kept answers, newest first: (group's name, question, text)."""
    rows = await session.execute(
        select(t.Collaborative.name, t.PromptQuestion.text, t.Reflection.text)
        .join(t.Prompt, t.Prompt.id == t.Reflection.prompt_id)
        .join(t.Collaborative, t.Collaborative.id == t.Prompt.collaborative_id)
        .join(
            t.PromptQuestion,
            (t.PromptQuestion.prompt_id == t.Prompt.id) & (t.PromptQuestion.position == t.Reflection.position),
        )
        .where(t.Reflection.workspace_id == workspace, t.Reflection.author_id == person)
        .order_by(t.Prompt.opens_at.desc(), t.Reflection.position)
        .limit(limit)
    )
    return [(group, question, text) for group, question, text in rows]
