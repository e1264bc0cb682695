"""Which questions come next: none twice until a stage's are used up, then those asked longest ago."""

from collections.abc import Sequence
from random import Random

from bot.domain.questions import Part, Purpose, Question, Stage, Wants
from prompts.bank import QuestionBank

_ORDER = list(Part)


def choose(
    bank: QuestionBank,
    stage: Stage,
    purpose: Purpose,
    used: Sequence[str],
    count: int,
    chooser: Random,
    *,
    opening: bool,
) -> list[Question]:
    """The next `count` questions (fewer only if a stage has fewer), in the order in which to ask them.

    `used` are the ids asked so far, oldest first; ids that the bank does not know are passed over. With `opening` the
    first one is an opening: the bank's own first question as long as it was never asked. Questions with words come
    before scales, since a scale alone says little.
    """
    pool = _fitting(bank, stage, purpose)
    begin = [_opener(bank, pool, used, chooser)] if opening and count > 0 else []
    chosen = list(begin)
    while len(chosen) < count and (left := [q for q in pool if q not in chosen]):
        chosen.append(_pick(left, chosen, used, chooser))
    rest = sorted(chosen[len(begin) :], key=lambda q: (q.wants is Wants.SCALE, _ORDER.index(q.part)))
    return begin + rest


def _fitting(bank: QuestionBank, stage: Stage, purpose: Purpose) -> list[Question]:
    return [q for q in bank.by_stage(stage) if not q.purposes or purpose in q.purposes]


def _opener(bank: QuestionBank, pool: Sequence[Question], used: Sequence[str], chooser: Random) -> Question:
    if bank.first.id not in used:
        return bank.first
    return _pick([q for q in pool if q.part is Part.OPENING], [], used, chooser)


def _pick(pool: Sequence[Question], beside: Sequence[Question], used: Sequence[str], chooser: Random) -> Question:
    """One of those never asked that goes best with those `beside` it; if all were asked, the one asked longest ago."""
    fresh = [q for q in pool if q.id not in used]
    if not fresh:
        last = {question: turn for turn, question in enumerate(used)}
        return min(pool, key=lambda q: last[q.id])
    best = min(_misfit(q, beside) for q in fresh)
    return chooser.choice([q for q in fresh if _misfit(q, beside) == best])


def _misfit(question: Question, beside: Sequence[Question]) -> tuple[bool, bool, bool]:
    """Smaller is better: a scale only where words outnumber scales, core questions first, themes that differ."""
    scales = sum(q.wants is Wants.SCALE for q in beside)
    return (
        question.wants is Wants.SCALE and scales >= len(beside) - scales,
        question.part is not Part.CORE,
        question.theme in {q.theme for q in beside},
    )
