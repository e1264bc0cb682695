"""All that people hand in about questions, in whatever way: many at once, in one transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.questions import Wants
from bot.domain.rounds import Actor, Phase, RoundToAnswer
from bot.domain.text import require
from bot.domain.visibility_changes import YOURSELF
from bot.services import groups, people
from bot.services.answer_context import AnswerContext, Where, contexts
from bot.services.answering import EMPTY, AnswerSubmission, SaveResult, keep_all
from bot.services.reflections import Own, named_readers, readers_of, require_answerable

ONLY_A_SCALE = "This time there is only a scale to answer. Press Answer below the questions."


@dataclass(frozen=True)
class TypedText:
    """Plain text for the first question that wants words."""

    text: str


@dataclass(frozen=True)
class FilledForm:
    """Answers by position, the visibility of all or of each, and whether this is a pass. `opened` has the stamps of the
    texts that the form showed, `public` the positions of texts that are messages of their author's in a channel."""

    answers: Mapping[int, str]
    visibility: Visibility | None
    each: Mapping[int, Visibility] = field(default_factory=dict)
    passes: bool = False
    opened: Mapping[int, str] | None = None
    public: Collection[int] = ()


@dataclass(frozen=True)
class SecondAnswer:
    """Another answer to a question that was answered, to be added or put in its place; `opened` and `public` as of a
    form."""

    position: int
    text: str
    visibility: Visibility
    adds: bool
    opened: Mapping[int, str]
    public: Collection[int] = ()


@dataclass(frozen=True)
class Pass:
    """A pass by a button or a command, which deletes nothing: a slip of the thumb must not."""


@dataclass(frozen=True)
class AnswerRequest:
    """What somebody hands in, and where."""

    where: Where
    given: TypedText | FilledForm | SecondAnswer | Pass

    @property
    def key(self) -> tuple[str, str]:
        """Of one person there is one request in a transaction."""
        return self.where.workspace, self.where.person


@dataclass(frozen=True)
class AnswerResult:
    """What became of it, with readers by name; `facilitator` is the name of the meeting's facilitator, `YOURSELF` if
    that is them. Of a text: `text` is what is kept of it, `chosen` its author's last visibility. `asks`: it is late and
    would be read at once, so it is saved only after they have seen where it goes."""

    found: RoundToAnswer
    kept: SaveResult
    facilitator: str | None
    text: str = ""
    chosen: Visibility = Visibility.NAMED
    asks: bool = False


@dataclass(frozen=True)
class _Asked:
    """A request for which there is a round."""

    request: AnswerRequest
    context: AnswerContext
    submission: AnswerSubmission
    asks: bool

    def result(self, kept: SaveResult | DomainError) -> AnswerResult | DomainError:
        if isinstance(kept, DomainError):
            return kept
        found, submission = self.context.found, self.submission
        facilitator = YOURSELF if found.meeting.facilitator == submission.person else self.context.facilitator
        text = next(iter(submission.answers.values()), "")
        return AnswerResult(found, kept, facilitator, text, submission.chosen, self.asks)


async def save_all(
    session: AsyncSession, requests: Sequence[AnswerRequest], now: datetime
) -> list[AnswerResult | DomainError]:
    """Save requests independently, one a person: one that can't be saved does not affect the others."""
    known = await contexts(session, [one.where for one in requests])
    asked = [await _asked_or_why_not(session, one, known.get(one.where), now) for one in requests]
    to_save = [one for one in asked if isinstance(one, _Asked) and not one.asks]
    keys = {context.found.prompt.id: context.key for context in known.values() if context.key is not None}
    saved = await keep_all(session, [one.submission for one in to_save], keys, now)
    await _remember_sees(session, [one for one, kept in zip(to_save, saved, strict=True) if _is_saved(kept)], now)
    kept = iter(saved)
    results = [
        one if isinstance(one, DomainError) else one.result(SaveResult(()) if one.asks else next(kept)) for one in asked
    ]
    return await _with_readers(session, requests, results)


def _is_saved(kept: SaveResult | DomainError) -> bool:
    return isinstance(kept, SaveResult) and kept.earlier is None


async def _asked_or_why_not(
    session: AsyncSession, request: AnswerRequest, context: AnswerContext | None, now: datetime
) -> _Asked | DomainError:
    try:
        context = await _require_context(session, request.where, context)
        submission = _submission(request, context, now)
    except DomainError as error:
        return error
    asks = isinstance(request.given, TypedText) and context.found.phase(now) is Phase.LATE
    return _Asked(request, context, submission, asks)


async def _require_context(session: AsyncSession, where: Where, context: AnswerContext | None) -> AnswerContext:
    if context is not None and where.person in context.may_answer:
        return context
    if isinstance(where, Actor):  # these say what is missing
        await groups.require_round(session, where)
    else:
        await groups.require_meeting(session, where.workspace, where.meeting, where.person)
    raise LookupError("a round that was not found at first")


def _submission(request: AnswerRequest, context: AnswerContext, now: datetime) -> AnswerSubmission:
    found, person = context.found, request.where.person
    first = person not in context.took_part
    match request.given:
        case TypedText(text):
            return _typed(text, context, AnswerSubmission(found, person, {}, careful=True, first=first), now)
        case FilledForm() as form if form.passes and not any(text.strip() for text in form.answers.values()):
            return AnswerSubmission(found, person, {}, passes=True, first=first)
        case FilledForm() as form:
            return AnswerSubmission(
                found,
                person,
                form.answers,
                form.visibility,
                opened=form.opened,
                each=form.each,
                public=form.public,
                first=first,
            )
        case SecondAnswer() as second:
            return AnswerSubmission(
                found,
                person,
                {second.position: second.text},
                opened=second.opened,
                each={second.position: second.visibility},
                public=second.public,
                replaces=True,
                adds=second.adds,
                first=first,
            )
        case Pass():
            return AnswerSubmission(found, person, {}, careful=True, passes=True, first=first)


def _typed(text: str, context: AnswerContext, blank: AnswerSubmission, now: datetime) -> AnswerSubmission:
    asked = next((q for q in require_answerable(context.found, now).questions if q.wants is Wants.WORDS), None)
    if asked is None:
        raise DomainError(ONLY_A_SCALE)
    kept = require(text, f"answer-{asked.position}", EMPTY)
    chosen = context.may_answer[blank.person] or Visibility.NAMED
    return replace(blank, answers={asked.position: kept}, chosen=chosen)


async def _remember_sees(session: AsyncSession, saved: Sequence[_Asked], now: datetime) -> None:
    """A visibility chosen for all answers, while answering goes on, is that of the next answer, too."""
    chosen = {
        one.request.key: one.submission.visibility
        for one in saved
        if one.submission.visibility not in {None, one.context.may_answer[one.submission.person]}
        and one.context.found.phase(now) is Phase.OPEN
    }
    await people.remember_sees(session, {who: sees for who, sees in chosen.items() if sees is not None})


async def _with_readers(
    session: AsyncSession, requests: Sequence[AnswerRequest], results: Sequence[AnswerResult | DomainError]
) -> list[AnswerResult | DomainError]:
    """With the names of those who alone read something, which are read only where there are such."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for request, result in zip(requests, results, strict=True):
        if isinstance(result, AnswerResult):
            wanted[request.where.workspace] |= readers_of(_shown(result.kept)) - {request.where.person}
    names = {
        workspace: await people.names_of(session, workspace, sorted(ids)) for workspace, ids in wanted.items() if ids
    }
    return [
        result
        if isinstance(result, DomainError)
        else _named(result, names.get(request.where.workspace, {}), request.where.person)
        for request, result in zip(requests, results, strict=True)
    ]


def _shown(kept: SaveResult) -> tuple[Own, ...]:
    return kept.own if kept.earlier is None else (*kept.own, kept.earlier)


def _named(result: AnswerResult, names: Mapping[str, str], person: str) -> AnswerResult:
    kept = result.kept
    if not readers_of(_shown(kept)):
        return result
    own = named_readers(result.found, person, kept.own, names)
    earlier = named_readers(result.found, person, [kept.earlier], names)[0] if kept.earlier is not None else None
    return replace(result, kept=replace(kept, own=tuple(own), earlier=earlier))
