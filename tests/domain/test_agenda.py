"""Agendas: times that add up, and lines that a facilitator typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agenda import OUTLINES, Item, Section, as_lines, draft, parse_lines, share_out
from bot.domain.errors import DomainError
from bot.domain.questions import Stage


@given(total=st.integers(0, 600), weights=st.lists(st.integers(1, 20), min_size=1, max_size=12))
def test_shares_add_up_and_are_near_their_weight(total: int, weights: list[int]) -> None:
    shares = share_out(total, weights)
    assert sum(shares) == total
    assert len(shares) == len(weights)
    if total >= len(weights):
        assert min(shares) >= 1
    heavier = [
        (a, b) for a, x in zip(shares, weights, strict=True) for b, y in zip(shares, weights, strict=True) if x > y
    ]
    assert all(a >= b for a, b in heavier)


MORE = Section("more", "And more", 2)


@given(stage=st.sampled_from(Stage), length=st.integers(10, 480), more=st.lists(st.just(MORE), max_size=2))
def test_a_draft_fills_the_meeting(stage: Stage, length: int, more: list[Section]) -> None:
    items = draft(stage, length, more)
    assert sum(item.minutes for item in items) == length
    assert all(item.minutes >= 1 for item in items)
    assert [item.kind for item in items[-1 - len(more) :]] == [*(one.kind for one in more), "closing"]


def test_every_stage_has_an_outline_that_begins_and_ends() -> None:
    for stage in Stage:
        kinds = [section.kind for section in OUTLINES[stage]]
        assert kinds[0] == "opening"
        assert kinds[-1] == "closing"
        assert "answers" in kinds


@given(stage=st.sampled_from(Stage), length=st.integers(10, 480))
def test_an_agenda_that_was_not_changed_is_read_as_it_was(stage: Stage, length: int) -> None:
    items = draft(stage, length, [MORE])
    assert [(i.title, i.minutes) for i in parse_lines(as_lines(items), length)] == [(i.title, i.minutes) for i in items]


def test_lines_without_minutes_share_what_is_left() -> None:
    assert parse_lines("10 Arrive\n\nTalk\n5 min Close\nMore talk", 60) == (
        Item("Arrive", 10),
        Item("Talk", 23),
        Item("Close", 5),
        Item("More talk", 22),
    )


def test_a_line_that_begins_with_a_year_or_a_list_number_is_still_a_line() -> None:
    assert parse_lines("60. Look back", 60) == (Item("Look back", 60),)
    with pytest.raises(DomainError):
        parse_lines("2026 in review", 60)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at least one line"),
        ("   \n ", "at least one line"),
        ("50 One\n20 Two", "more than"),
        ("60 One\nTwo", "more than"),
        ("10 One\n20 Two", "30 of 60"),
        ("0 One", "1 to 999"),
    ],
)
def test_lines_that_do_not_add_up_are_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(DomainError, match=says) as refusal:
        parse_lines(text, 60)
    assert refusal.value.field == "agenda"
