"""Which questions come next, over the whole life of a group, on the bank as it is."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.questions import Part, Purpose, Question, Stage, Wants
from prompts.bank import load_bank
from prompts.chooser import choose

BANK = load_bank()

stages = st.sampled_from(Stage)
purposes = st.sampled_from(Purpose)
counts = st.integers(1, 3)
choosers = st.integers(0, 2**32).map(Random)
rounds = st.lists(st.tuples(stages, counts), min_size=1, max_size=60)


def pool(stage: Stage, purpose: Purpose) -> list[Question]:
    return [q for q in BANK.questions if q.stage is stage and (not q.purposes or purpose in q.purposes)]


def last_asked(question: Question, used: list[str]) -> int:
    return max(turn for turn, asked in enumerate(used) if asked == question.id)


@given(life=rounds, purpose=purposes, chooser=choosers)
def test_nothing_is_asked_twice_until_everything_was_asked(
    life: list[tuple[Stage, int]], purpose: Purpose, chooser: Random
) -> None:
    used: list[str] = []
    for stage, count in life:
        chosen = choose(BANK, stage, purpose, used, count, chooser, opening=not used)
        fresh = {q for q in pool(stage, purpose) if q.id not in used}
        again = [q for q in chosen if q.id in used]
        assert not again or fresh <= set(chosen)
        left = [q for q in pool(stage, purpose) if q not in chosen]
        assert all(last_asked(a, used) < last_asked(b, used) for a in again for b in left)
        used += [q.id for q in chosen]


@given(life=rounds, purpose=purposes, chooser=choosers)
def test_a_prompt_has_as_many_questions_as_asked_for_and_each_once(
    life: list[tuple[Stage, int]], purpose: Purpose, chooser: Random
) -> None:
    used: list[str] = []
    for stage, count in life:
        chosen = choose(BANK, stage, purpose, used, count, chooser, opening=not used)
        assert len(chosen) == len(set(chosen)) == count
        used += [q.id for q in chosen]


@given(life=rounds, purpose=purposes, chooser=choosers)
def test_questions_fit_the_stage_and_the_purpose(
    life: list[tuple[Stage, int]], purpose: Purpose, chooser: Random
) -> None:
    used: list[str] = []
    for stage, count in life:
        chosen = choose(BANK, stage, purpose, used, count, chooser, opening=False)
        assert set(chosen) <= set(pool(stage, purpose))
        used += [q.id for q in chosen]


@given(stage=stages, purpose=purposes, count=counts, chooser=choosers)
def test_in_sixty_rounds_every_question_comes_up(stage: Stage, purpose: Purpose, count: int, chooser: Random) -> None:
    used: list[str] = []
    for _ in range(60):
        used += [q.id for q in choose(BANK, stage, purpose, used, count, chooser, opening=False)]
    assert set(used) == {q.id for q in pool(stage, purpose)}


@given(stage=stages, purpose=purposes, count=counts, seed=st.integers(), past=st.lists(st.sampled_from(BANK.questions)))
def test_the_same_chance_makes_the_same_choice(
    stage: Stage, purpose: Purpose, count: int, seed: int, past: list[Question]
) -> None:
    used = [q.id for q in past]
    once, again = (choose(BANK, stage, purpose, used, count, Random(seed), opening=True) for _ in range(2))
    assert once == again
    assert used == [q.id for q in past]


@pytest.mark.parametrize("stage", Stage)
def test_groups_do_not_all_get_the_same_questions(stage: Stage) -> None:
    begun = {choose(BANK, stage, Purpose.TOPIC, [], 1, Random(n), opening=False)[0] for n in range(200)}
    assert len(begun) > 10


@given(stage=stages, purpose=purposes, count=counts, chooser=choosers)
def test_a_new_group_begins_with_the_banks_first_question(
    stage: Stage, purpose: Purpose, count: int, chooser: Random
) -> None:
    chosen = choose(BANK, stage, purpose, [], count, chooser, opening=True)
    assert chosen[0] == BANK.first
    assert all(q.part is Part.CORE for q in chosen[1:])


@given(stage=stages, purpose=purposes, count=counts, chooser=choosers)
def test_a_group_that_asked_its_own_question_first_still_gets_the_banks_first_one(
    stage: Stage, purpose: Purpose, count: int, chooser: Random
) -> None:
    assert choose(BANK, stage, purpose, ["own-1"], count, chooser, opening=True)[0] == BANK.first


@given(stage=stages, purpose=purposes, count=counts, chooser=choosers)
def test_each_opening_of_a_stage_begins_a_prompt_before_one_comes_again(
    stage: Stage, purpose: Purpose, count: int, chooser: Random
) -> None:
    openings = {q for q in pool(stage, purpose) if q.part is Part.OPENING} | {BANK.first}
    used: list[str] = []
    begun = []
    for _ in openings:
        chosen = choose(BANK, stage, purpose, used, count, chooser, opening=True)
        begun.append(chosen[0])
        used += [q.id for q in chosen]
    assert set(begun) == openings


@given(stage=stages, purpose=purposes, count=counts, chooser=choosers)
def test_core_questions_come_before_the_rest_and_openings_before_closings(
    stage: Stage, purpose: Purpose, count: int, chooser: Random
) -> None:
    used: list[str] = []
    for _ in range(len(pool(stage, purpose)) // count):
        core = {q for q in pool(stage, purpose) if q.part is Part.CORE and q.wants is Wants.WORDS and q.id not in used}
        chosen = choose(BANK, stage, purpose, used, count, chooser, opening=False)
        assert core <= set(chosen) or all(q.part is Part.CORE for q in chosen)
        parts = [list(Part).index(q.part) for q in chosen if q.wants is Wants.WORDS]
        assert parts == sorted(parts)
        used += [q.id for q in chosen]


@given(stage=stages, purpose=purposes, chooser=choosers, data=st.data())
def test_one_prompt_goes_to_different_themes(
    stage: Stage, purpose: Purpose, chooser: Random, data: st.DataObject
) -> None:
    used = data.draw(st.lists(st.sampled_from([q.id for q in pool(stage, purpose)]), max_size=8))
    chosen = choose(BANK, stage, purpose, used, 3, chooser, opening=False)
    assert len({q.theme for q in chosen}) == 3


@given(life=rounds, purpose=purposes, chooser=choosers)
def test_a_scale_never_stands_before_words(life: list[tuple[Stage, int]], purpose: Purpose, chooser: Random) -> None:
    used: list[str] = []
    for stage, count in life:
        wants = [q.wants for q in choose(BANK, stage, purpose, used, count, chooser, opening=not used)]
        assert wants == sorted(wants, key=[Wants.WORDS, Wants.SCALE].index)
        used += [q.id for q in choose(BANK, stage, purpose, used, count, chooser, opening=not used)]


@given(stage=stages, purpose=purposes, count=counts, chooser=choosers)
def test_a_scale_stands_beside_words_while_there_are_new_ones(
    stage: Stage, purpose: Purpose, count: int, chooser: Random
) -> None:
    used: list[str] = []
    while len([q for q in pool(stage, purpose) if q.id not in used and q.wants is Wants.WORDS]) >= count:
        chosen = choose(BANK, stage, purpose, used, count, chooser, opening=False)
        assert sum(q.wants is Wants.SCALE for q in chosen) <= count // 2
        used += [q.id for q in chosen]


@given(stage=stages, purpose=purposes, seed=st.integers(), past=st.lists(st.sampled_from(BANK.questions), max_size=80))
def test_ids_that_the_bank_does_not_know_change_nothing(
    stage: Stage, purpose: Purpose, seed: int, past: list[Question]
) -> None:
    known = [q.id for q in past]
    mixed = ["own-1", *(id_ for known_id in known for id_ in (known_id, "gone-2"))]
    first, second = (choose(BANK, stage, purpose, used, 2, Random(seed), opening=False) for used in (known, mixed))
    assert first == second


@given(stage=stages, purpose=purposes, chooser=choosers, opening=st.booleans())
def test_asking_for_more_than_there_is_gives_all_there_is_once(
    stage: Stage, purpose: Purpose, chooser: Random, opening: bool
) -> None:
    chosen = choose(BANK, stage, purpose, [BANK.first.id], 500, chooser, opening=opening)
    assert sorted(q.id for q in chosen) == sorted(q.id for q in pool(stage, purpose))


@given(stage=stages, purpose=purposes, chooser=choosers, opening=st.booleans())
def test_asking_for_none_gives_none(stage: Stage, purpose: Purpose, chooser: Random, opening: bool) -> None:
    assert choose(BANK, stage, purpose, [], 0, chooser, opening=opening) == []
