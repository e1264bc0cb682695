"""The questions themselves: enough of them, in plain, kind and short words, and none that asks about clients."""

import re

import pytest

from bot.domain.questions import Part, Purpose, Question, Stage, Wants
from prompts.bank import THEMES, load_bank

BANK = load_bank()

by_question = pytest.mark.parametrize("question", BANK.questions, ids=lambda q: q.id)

CLIENTS = r"\b(clients?|patients?|consumers?|cases?|caseload|diagnos\w+|symptoms?|residents?)\b"
MACHINE = r"we'd love|\b(please|kindly|survey|rate|respond\w*|participants?|feedback form|on a scale)\b"
JARGON = r"\b(leverag\w+|stakeholders?|synerg\w+|learnings|deliverables?|actionable|impactful|utili[sz]\w+|alignment)\b"
BRITISH = r"\b(organis\w+|programmes?|behaviours?|favour\w*|colours?|learnt|whilst|realis\w+|recognis\w+|judgement)\b"


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_enough_questions_for_every_purpose(stage: Stage, purpose: Purpose) -> None:
    fitting = [q for q in BANK.by_stage(stage) if not q.purposes or purpose in q.purposes]
    assert sum(q.part is Part.CORE for q in fitting) >= 16
    assert sum(q.part is Part.OPENING for q in fitting) >= 4
    assert sum(q.part is Part.CLOSING for q in fitting) >= 4
    assert sum(q.wants is Wants.SCALE for q in fitting) >= 2


@pytest.mark.parametrize("stage", Stage)
def test_every_purpose_has_a_question_of_its_own_in_every_stage(stage: Stage) -> None:
    assert {purpose for q in BANK.by_stage(stage) for purpose in q.purposes} == set(Purpose)


def test_every_theme_of_the_source_has_a_question() -> None:
    assert {q.theme for q in BANK.questions} == set(THEMES)


def test_the_first_question_is_how_one_learns() -> None:
    assert BANK.first.id == "gs-how-do-you-learn"
    assert BANK.questions[0] == BANK.first


@by_question
def test_a_question_fits_on_a_phone(question: Question) -> None:
    assert 20 < len(question.text) < 160
    assert 20 < len(question.why) < 160


@by_question
def test_a_question_asks_and_its_reason_does_not(question: Question) -> None:
    assert question.text.endswith("?")
    assert question.text[0].isupper()
    assert question.why.endswith(".")
    assert question.why[0].isupper()
    assert "?" not in question.why
    assert "!" not in question.text + question.why


@by_question
@pytest.mark.parametrize("words", [CLIENTS, MACHINE, JARGON, BRITISH])
def test_a_question_has_none_of_the_words_that_do_not_belong(question: Question, words: str) -> None:
    assert not re.search(words, f"{question.text} {question.why}", re.IGNORECASE)


@by_question
def test_a_question_asks_no_more_than_two_things(question: Question) -> None:
    assert question.text.count("?") <= 2


@pytest.mark.parametrize("question", [q for q in BANK.questions if q.wants is Wants.SCALE], ids=lambda q: q.id)
def test_a_scale_can_be_answered_from_not_at_all_to_very_much(question: Question) -> None:
    assert re.match(r"How (much|clear|comfortable)\b", question.text)


def test_no_two_questions_or_reasons_are_the_same() -> None:
    assert len({q.text.casefold() for q in BANK.questions}) == len(BANK.questions)
    assert len({q.why.casefold() for q in BANK.questions}) == len(BANK.questions)
