"""Between the end of answering and the decision on the anonymous batch: texts are returned to their authors, and given
again.

The prompt's key lives until then. It serves to find an author to write to, and to recognize one who writes: reviewers
do not learn who it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility, token
from bot.domain.anonymous_batches import outcome
from bot.domain.errors import DomainError
from bot.domain.reminders import Recipient
from bot.domain.rounds import Batch, MeetingState, Phase, Round
from bot.domain.text import LONGEST_REASON, require
from bot.services import anonymous_batches, preferences, reflections
from bot.services.answering import EMPTY
from bot.services.erasure_log import erase
from bot.services.groups import require_reviewer
from storage import tables as t

NAMED_THERE = (
    "You have another answer to this question that bears your name. The two would stand side by side, and people would "
    "know both for yours. Leave this one without your name, or take it back."
)


@dataclass(frozen=True)
class ReturnedAnswer:
    """A person's own anonymous answer while the key lives; `reason` is why it was returned, if it was."""

    position: int
    text: str
    reason: str | None
    token: str


# ---- Whose they are, for the bot alone ----


async def _keyed(session: AsyncSession, round_: Round) -> tuple[bytes | None, list[t.Reflection]]:
    """The prompt's key, and its anonymous answers."""
    key = await session.scalar(select(t.Prompt.key).where(t.Prompt.id == round_.prompt.id))
    return key, await anonymous_batches.anonymous_answers(session, round_.prompt.id)


async def by_author(
    session: AsyncSession, round_: Round, people: Iterable[str]
) -> dict[str, list[tuple[t.Reflection, str]]]:
    """Each author's anonymous answers, with the token of each; empty once the key is gone."""
    key, rows = await _keyed(session, round_)
    if key is None or not rows:
        return {}
    made = anonymous_batches.whose(key, rows, people)
    return {who: [(row, token(key, row.id, row.revision)) for row in theirs] for who, theirs in made.items()}


async def too_few(session: AsyncSession, round_: Round, people: Iterable[str] | None = None) -> dict[str, set[int]]:
    """Whose anonymous answers could not be shown now, and to which questions: there are too few of them.

    `people` are those to look at, by default all members.
    """
    made = await by_author(session, round_, round_.group.members if people is None else people)
    if not made:
        return {}
    _, rows = await _keyed(session, round_)
    fit = {row.position for row in anonymous_batches.fit_to_show(rows)}
    few = {
        person: {row.position for row, _ in answers if row.returned is None and row.position not in fit}
        for person, answers in made.items()
    }
    return {person: positions for person, positions in few.items() if positions}


async def warned(session: AsyncSession, round_: Round, people: Iterable[str] | None = None) -> dict[str, set[int]]:
    """While answering goes on: whose anonymous answers are to questions that had too few at half-time, and which."""
    if not round_.prompt.few:
        return {}
    made = await by_author(session, round_, round_.group.members if people is None else people)
    few = {person: {row.position for row, _ in rows} & round_.prompt.few for person, rows in made.items()}
    return {person: positions for person, positions in few.items() if positions}


async def have_answers(session: AsyncSession, round_: Round, people: Iterable[str] | None = None) -> set[str]:
    """Who has an anonymous answer that was not returned."""
    made = await by_author(session, round_, round_.group.members if people is None else people)
    return {person for person, rows in made.items() if any(row.returned is None for row, _ in rows)}


async def sent_back(
    session: AsyncSession, round_: Round, people: Iterable[str] | None = None
) -> dict[str, list[ReturnedAnswer]]:
    """Who is to be told, or was, that a text was returned, and which."""
    made = await by_author(session, round_, round_.group.members if people is None else people)
    back = {person: [_mine(row, mark) for row, mark in rows if row.returned] for person, rows in made.items()}
    return {person: texts for person, texts in back.items() if texts}


def _mine(row: t.Reflection, mark: str) -> ReturnedAnswer:
    return ReturnedAnswer(row.position, row.text, row.returned, mark)


# ---- For planning ----


@dataclass(frozen=True)
class AnonymousAuthors:
    """Whom a prompt's anonymous answers concern, while a key tells who they are:

    - `warned`: authors whose answers may be too few, while answering goes on;
    - `few`: authors of too few answers in a batch that waits; `anonymous`: authors in any batch that waits, without
      those whose texts went back; `back`: those to whom texts went back.

    `readers` are the members whom the app can write to.
    """

    warned: Sequence[str]
    few: Sequence[str]
    anonymous: Sequence[str]
    back: Mapping[str, Sequence[ReturnedAnswer]]
    readers: Sequence[Recipient]


async def authors(session: AsyncSession, rounds: Sequence[Round], now: datetime) -> Mapping[str, AnonymousAuthors]:
    """By meeting; nothing of rounds in which nobody has to hear anything."""
    found = {}
    for one in rounds:
        waits = one.prompt.batch is Batch.WAITING
        if waits or (one.prompt.notice_at is None and one.prompt.is_open(now)):
            found[one.meeting.id] = AnonymousAuthors(
                () if waits else sorted(await warned(session, one)),
                sorted(await too_few(session, one)) if waits else (),
                sorted(await have_answers(session, one)) if waits else (),
                await sent_back(session, one) if waits else {},
                await preferences.readers(session, one.group),
            )
    return found


# ---- The reviewer's side ----


async def require_text(session: AsyncSession, round_: Round, reviewer: str, answer: str) -> t.Reflection:
    """A text of the waiting batch that a reviewer selected. Raises DomainErrors at `which`."""
    require_reviewer(round_, reviewer)
    if round_.prompt.batch is not Batch.WAITING:
        raise DomainError(outcome(round_.prompt), "which")
    row = await session.get(t.Reflection, answer)
    if row is None or row.prompt_id != round_.prompt.id or row.visibility != Visibility.ANONYMOUS or row.returned:
        raise DomainError("That text is not there any more. Open the answers again.", "which")
    return row


async def send_back(session: AsyncSession, round_: Round, reviewer: str, answer: str, reason: str) -> bool:
    """Return one text of a waiting batch to its author, with a reason; returns whether the author can be told.

    Raises DomainErrors at `which` and `reason`.
    """
    row = await require_text(session, round_, reviewer, answer)
    row.returned = require(reason, "reason", "A few words: what would have to be different?", LONGEST_REASON)
    row.revision += 1
    await session.flush()
    made = await by_author(session, round_, round_.group.members)
    return any(one is row for rows in made.values() for one, _ in rows)


# ---- The author's side ----

NOBODY_READS = "Whoever led that meeting isn't here any more, so nobody could read it. Choose another way."


async def can_be_for_leader(session: AsyncSession, round_: Round) -> bool:
    """Whether there is, or will be, a facilitator who reads private answers."""
    leads = round_.meeting.facilitator
    if leads is None:
        return round_.meeting.state == MeetingState.UPCOMING
    return bool(await preferences.readers(session, round_.group, leads))


async def my_anonymous_answers(session: AsyncSession, round_: Round, person: str) -> list[ReturnedAnswer]:
    """A person's own anonymous answers while the batch waits."""
    return [_mine(*one) for one in await _waiting(session, round_, person)]


async def _waiting(session: AsyncSession, round_: Round, person: str) -> list[tuple[t.Reflection, str]]:
    if round_.prompt.batch is not Batch.WAITING:
        return []
    return (await by_author(session, round_, [person])).get(person, [])


async def _require_mine(session: AsyncSession, round_: Round, person: str, position: int) -> t.Reflection:
    if round_.prompt.batch is not Batch.WAITING:
        raise DomainError(outcome(round_.prompt))
    for row, _ in await _waiting(session, round_, person):
        if row.position == position:
            return row
    raise DomainError("You have no answer there any more.")


async def rewrite(session: AsyncSession, round_: Round, person: str, position: int, text: str, now: datetime) -> None:
    """Change a returned text, and give it again. Raises DomainError at `answer`."""
    row = await _require_mine(session, round_, person, position)
    if row.returned is None:
        raise DomainError("You handed that in again already.", "answer")
    row.text = require(text, "answer", EMPTY)
    row.returned = None
    await anonymous_batches.changed(session, round_.prompt.id, now)


async def settle(
    session: AsyncSession, round_: Round, person: str, position: int, sees: Visibility | None, now: datetime
) -> None:
    """An author's decision on an anonymous answer, in time or while the batch waits: make it named, private, or (None)
    withdraw it."""
    if sees is Visibility.FACILITATOR and not await can_be_for_leader(session, round_):
        raise DomainError(NOBODY_READS)
    if round_.phase(now) is Phase.OPEN:
        if sees is None:
            await reflections.withdraw(session, round_, person, position, now)
        else:
            await reflections.change_visibility(session, round_, person, position, sees, now)
        return
    row = await _require_mine(session, round_, person, position)
    if sees is None:
        await erase(session, [{"id": row.id, "workspace_id": row.workspace_id}], now)
    else:
        await _show_author(session, round_, row, person, sees, now)
    await anonymous_batches.changed(session, round_.prompt.id, now)


async def _show_author(
    session: AsyncSession, round_: Round, row: t.Reflection, person: str, sees: Visibility, now: datetime
) -> None:
    there = await reflections.own_page(session, round_.prompt, person)
    if row.position in there:
        raise DomainError(NAMED_THERE)
    # Whoever thanked for it did not know its author, and would be named to them from here on.
    await session.execute(delete(t.Appreciation).where(t.Appreciation.reflection_id == row.id))
    was = {column.name: getattr(row, column.name) for column in t.Reflection.__table__.columns}
    seen = reflections.seen_by(sees, person, round_.meeting.facilitator)
    await reflections.write_as(session, was, {**seen, "returned": None, "revision": 0}, now)
