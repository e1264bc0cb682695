"""Stored answers: reading them, withdrawing one's own, changing their visibility."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Seen, Visibility, respondent, visible_to
from bot.domain.errors import DomainError
from bot.domain.formatting import say_when
from bot.domain.rounds import Answerable, MeetingState, Phase, Prompt, PromptQuestion, PromptToAnswer, Round
from bot.domain.scopes import Scope
from bot.domain.visibility_changes import YOURSELF, require_possible
from bot.services.erasure_log import erase
from bot.services.people import names_of, remember_sees
from storage import tables as t
from storage.engine import upsert
from storage.written import note


@dataclass(frozen=True)
class Own:
    """One of a person's own answers, with what they may do with it.

    `can_be_read`: the group reads named answers to its question by now; `public`: its text is a message in a
    channel. `reader_id` is the only reader of a private answer, `reader` their name (`with_readers`);
    `is_with_former`: that is not the present facilitator; `can_be_given`: it may be given to the present one,
    before the handoff, and not to oneself.
    """

    asked: PromptQuestion
    text: str
    visibility: Visibility
    edited: bool
    late: bool = False
    can_be_read: bool = False
    public: bool = False
    reader_id: str | None = None
    reader: str | None = None
    is_with_former: bool = False
    can_be_given: bool = False

    @property
    def hideable(self) -> bool:
        """Whether it could be anonymous: not if people have read these words with its author's name."""
        return not self.public and not (self.visibility is Visibility.NAMED and self.can_be_read)

    @property
    def is_orphaned(self) -> bool:
        """A private answer whose reader is gone."""
        return self.visibility is Visibility.FACILITATOR and self.is_with_former and self.reader is None


def require_open(round_: Answerable, now: datetime) -> Prompt | PromptToAnswer:
    """The prompt, if it takes answers in time now. Raises DomainError that says when it does otherwise."""
    if round_.phase(now) is not Phase.OPEN:
        raise _not_now(round_, now)
    return round_.prompt


def require_answerable(round_: Answerable, now: datetime, *, anew: bool = True) -> Prompt | PromptToAnswer:
    """The prompt, if it takes answers, in time or late. Raises DomainError otherwise. Not `anew`: if something was
    answered that can be changed."""
    phase = round_.phase(now)
    if phase is Phase.BEFORE or (anew and phase is Phase.OVER):
        raise _not_now(round_, now)
    return round_.prompt


def _not_now(round_: Answerable, now: datetime) -> DomainError:
    prompt, zone = round_.prompt, round_.group.zone
    if round_.phase(now) is Phase.BEFORE:
        return DomainError(
            f"The next question comes {say_when(prompt.opens_at, zone, now)}. You can answer from then on."
        )
    meeting = say_when(round_.meeting.starts_at, zone, now)
    return DomainError(
        f"Answering has ended: the meeting of {meeting} is over. Keep this for the next one with `/collab park …`."
    )


Row = dict[str, Any]
"""An answer as it is stored."""

Page = dict[int, Row]
"""One person's answers to a prompt as they are stored, by position."""


async def own_answers(session: AsyncSession, prompt: Prompt | PromptToAnswer, person: str) -> list[Own]:
    """What a person answered to an open prompt, anonymous answers included; after it closed, those with a known
    author."""
    return as_own(prompt, await own_page(session, prompt, person))


def as_own(prompt: Prompt | PromptToAnswer, page: Page) -> list[Own]:
    """In the order of the questions."""
    return [
        Own(
            asked,
            row["text"],
            Visibility(row["visibility"]),
            row["edited"],
            row["late"],
            prompt.can_be_read,
            row["public"],
            row["reader_id"],
        )
        for asked in prompt.questions
        if (row := page.get(asked.position)) is not None
    ]


async def with_readers(session: AsyncSession, round_: Answerable, person: str, own: Sequence[Own]) -> list[Own]:
    """The same, with the names of readers of private answers."""
    ids = readers_of(own) - {person}
    names = await names_of(session, round_.group.workspace, sorted(ids)) if ids else {}
    return named_readers(round_, person, own, names)


def readers_of(own: Sequence[Own]) -> set[str]:
    """Those who alone read one of these."""
    return {o.reader_id for o in own if o.reader_id}


def named_readers(round_: Answerable, person: str, own: Sequence[Own], names: Mapping[str, str]) -> list[Own]:
    """`with_readers`, where the names are known."""
    leads = round_.meeting.facilitator
    open_to = round_.meeting.state == MeetingState.UPCOMING and leads not in {None, person}
    return [
        replace(
            o,
            reader=YOURSELF if o.reader_id == person else names.get(o.reader_id or ""),
            is_with_former=o.reader_id != leads,
            can_be_given=open_to and o.reader_id != leads,
        )
        if o.visibility is Visibility.FACILITATOR
        else o
        for o in own
    ]


def seen_by(visibility: Visibility, person: str, facilitator: str | None) -> Row:
    """The stored form of a visibility: anonymous answers have no author."""
    return {
        "visibility": visibility,
        **({"edited": False} if visibility is Visibility.ANONYMOUS else {}),  # it would tell one from another
        "author_id": None if visibility is Visibility.ANONYMOUS else person,
        "reader_id": facilitator if visibility is Visibility.FACILITATOR else None,
        "shown": False,
        "stays": False,
    }


async def own_page(session: AsyncSession, prompt: Prompt | PromptToAnswer, person: str) -> Page:
    """A person's own answers as they are stored."""
    key = await session.scalar(select(t.Prompt.key).where(t.Prompt.id == prompt.id, t.Prompt.closed_at.is_(None)))
    mine = (
        t.Reflection.author_id == person
        if key is None
        else t.Reflection.respondent.in_([respondent(key, asked.position, person) for asked in prompt.questions])
    )
    rows = await session.execute(select(t.Reflection.__table__).where(t.Reflection.prompt_id == prompt.id, mine))
    return {row["position"]: dict(row) for row in rows.mappings()}


async def has_taken_part(session: AsyncSession, prompt: Prompt, person: str) -> bool:
    return await session.get(t.Participation, (prompt.id, person)) is not None


async def change_visibility(
    session: AsyncSession,
    round_: Round,
    person: str,
    position: int,
    visibility: Visibility,
    now: datetime,
    *,
    remember: bool = False,
) -> list[Own]:
    """Change an answer's visibility. Raises DomainError if that can't be changed any more. A free choice while
    answering goes on is remembered for the next answer."""
    prompt, phase = require_answerable(round_, now, anew=False), round_.phase(now)
    before = await own_page(session, prompt, person)
    if position not in before:
        raise DomainError("You have no answer there any more.")
    row = before[position]
    if row["visibility"] == visibility:
        return as_own(prompt, before)
    read = row["visibility"] == Visibility.NAMED and prompt.can_be_read
    require_possible(visibility, phase, public=row["public"], read=read)
    changed = seen_by(visibility, person, round_.meeting.facilitator)
    await write_as(session, row, changed, now)
    if phase is Phase.OPEN and remember:
        await remember_sees(session, {(round_.group.workspace, person): visibility})
    return as_own(prompt, before | {position: row | changed})


def new_id_where_crossed(before: str, sees: Visibility) -> dict[str, str]:
    """An answer that loses or gains its author becomes another row: an older backup, which may hold it with its
    author, must not lead to what is shown without."""
    crossed = before != sees and Visibility.ANONYMOUS in {before, sees}
    return {"id": t.new_id()} if crossed else {}


async def write_as(session: AsyncSession, row: Mapping[str, Any], changed: Mapping[str, Any], now: datetime) -> None:
    """Write changed visibilities; with a new id where the author is removed or added."""
    new = new_id_where_crossed(row["visibility"], changed["visibility"])
    if not new:
        await session.execute(update(t.Reflection).where(t.Reflection.id == row["id"]).values(changed))
        return
    await erase(session, [row], now)
    await upsert(session, t.Reflection, [{**row, **changed, **new}])


async def withdraw(session: AsyncSession, round_: Round, person: str, position: int, now: datetime) -> list[Own]:
    """Withdraw an answer: named and private ones at any time, anonymous ones until answering ends."""
    page = await own_page(session, round_.prompt, person)
    before = as_own(round_.prompt, page)
    if position not in page:
        return before  # a button of an old message; a pass stays a pass
    await erase(session, [page.pop(position)], now)
    note(session, {(round_.group.workspace, Scope.PERSON, person)})  # nobody else knows whose an anonymous answer is
    left = as_own(round_.prompt, page)
    if not left and round_.prompt.is_open(now):
        await _took_no_part(session, round_, person)
    return left


async def _took_no_part(session: AsyncSession, round_: Round, person: str) -> None:
    await session.execute(
        delete(t.Participation).where(
            t.Participation.prompt_id == round_.prompt.id, t.Participation.person_id == person
        )
    )


async def readable(session: AsyncSession, prompt: Prompt, viewer: str | None) -> list[Seen]:
    """What a viewer may read of a prompt, by question: named answers, and private ones to this viewer.

    `viewer` None is the whole group. Anonymous ones are not included (`anonymous_batch`). By question, then by
    random id, so that the order tells nothing about time.
    """
    rows = await session.scalars(
        select(t.Reflection)
        .where(t.Reflection.prompt_id == prompt.id, t.Reflection.visibility != Visibility.ANONYMOUS)
        .order_by(t.Reflection.position, t.Reflection.id)
    )
    return [
        Seen(
            row.position,
            row.text,
            Visibility(row.visibility),
            row.author_id,
            row.edited,
            row.late,
            row.id,
            on_agenda=row.on_agenda,
        )
        for row in rows
        if visible_to(viewer or "", Visibility(row.visibility), row.reader_id)
    ]


def answers_with(*columns: Any) -> Any:
    """A query for these columns of answers, of their prompts, and of their questions."""
    answer, question = t.Reflection, t.PromptQuestion
    asked = (question.prompt_id == answer.prompt_id) & (question.position == answer.position)
    query = select(*columns).select_from(answer)
    return query.join(t.Prompt, t.Prompt.id == answer.prompt_id).join(question, asked)


@dataclass(frozen=True)
class Written:
    """A named or private answer for its author's own Home. `reader` is the name of its only reader, None if they are
    gone or it is for the group."""

    group: str
    question: str
    text: str
    visibility: Visibility
    reader: str | None = None


async def recent_named(session: AsyncSession, workspace: str, person: str, limit: int) -> list[Written]:
    """A person's own stored answers, newest first."""
    answer, known = t.Reflection, t.Person
    rows = await session.execute(
        answers_with(t.Collaborative.name, t.PromptQuestion.text, answer.text, answer.visibility)
        .add_columns(case((known.id == person, YOURSELF), else_=known.name))
        .join(t.Collaborative, t.Collaborative.id == t.Prompt.collaborative_id)
        .outerjoin(known, (known.workspace_id == answer.workspace_id) & (known.id == answer.reader_id))
        .where(t.Reflection.workspace_id == workspace, t.Reflection.author_id == person)
        .order_by(t.Prompt.opens_at.desc(), t.Reflection.position)
        .limit(limit)
    )
    return [Written(group, question, text, Visibility(sees), reader) for group, question, text, sees, reader in rows]
