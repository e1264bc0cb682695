"""Who may see what."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.anonymity import (
    ENOUGH,
    Visibility,
    enough,
    new_key,
    people_behind,
    respondent,
    visible_to,
)

PEOPLE = st.text(alphabet="UW0123456789AB", min_size=2, max_size=11)


@given(people=st.sets(PEOPLE, min_size=2, max_size=30), position=st.integers(0, 4))
def test_a_stand_in_is_the_same_for_the_same_and_different_for_others(people: set[str], position: int) -> None:
    key = new_key()
    stand_ins = {person: respondent(key, position, person) for person in people}
    assert len(set(stand_ins.values())) == len(people)
    assert stand_ins == {person: respondent(key, position, person) for person in people}


@given(person=PEOPLE, other=st.integers(1, 4))
def test_a_stand_in_says_nothing_at_another_question_or_under_another_key(person: str, other: int) -> None:
    key = new_key()
    assert respondent(key, 0, person) != respondent(key, other, person)
    assert respondent(key, 0, person) != respondent(new_key(), 0, person)


def test_keys_are_long_and_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


@given(viewer=PEOPLE, reader=st.one_of(st.none(), PEOPLE))
def test_what_is_for_one_person_is_for_nobody_else(viewer: str, reader: str | None) -> None:
    assert visible_to(viewer, Visibility.NAMED, reader)
    assert not visible_to(viewer, Visibility.ANONYMOUS, reader)
    assert visible_to(viewer, Visibility.FACILITATOR, reader) == (viewer == reader)


def test_the_group_as_a_whole_is_not_the_facilitator() -> None:
    assert not visible_to("", Visibility.FACILITATOR, None)
    assert not visible_to("", Visibility.FACILITATOR, "U1")


def test_three_are_enough() -> None:
    assert [enough(n) for n in range(ENOUGH + 2)] == [False, False, False, True, True]


@given(
    times=st.lists(st.sets(PEOPLE, max_size=8), max_size=4),
    last=st.sets(PEOPLE, max_size=8),
)
def test_after_restores_that_lost_the_key_never_more_people_are_counted_than_answered(
    times: list[set[str]], last: set[str]
) -> None:
    """Whoever answered before each restore, and whoever did so, again or for the first time, after the last one."""
    key, rows = new_key(), []
    for number, people in enumerate(times):
        rows += [f"restored-{number}.{number}{person}" for person in people]
    rows += [respondent(key, 0, person) for person in last]
    counted = people_behind(rows)
    assert counted <= len(set().union(last, *times))
    assert counted == max(map(len, [last, *times]))
