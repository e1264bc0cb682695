"""What stands on Home, by the rules: the order of things, whose work it is, and pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.overview import MeetingSummary, Pages, Work, leaf, next_change, open_now, tasks

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
STARTS = datetime(2026, 9, 8, 15, tzinfo=UTC)
GLIMPSE = MeetingSummary(
    name="Circle",
    zone="UTC",
    meeting="m",
    prompt="p",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(hours=1),
    handoff_due_at=STARTS + timedelta(days=1),
    opens_at=STARTS - timedelta(days=3),
    closes_at=STARTS - timedelta(hours=2),
    closed=False,
    draft_due_at=STARTS - timedelta(days=1),
    agenda_due_at=STARTS - timedelta(hours=2),
    agenda_posted=False,
    facilitator="U1",
    leads=True,
    took_part=False,
)


def test_what_waits_for_an_answer_comes_first_and_of_that_what_ends_first() -> None:
    later = replace(GLIMPSE, name="Later", closes_at=GLIMPSE.closes_at + timedelta(hours=1))
    answered = replace(GLIMPSE, name="Answered", took_part=True, closes_at=NOW + timedelta(minutes=1))
    over = replace(GLIMPSE, name="Over", closed=True)
    assert [g.name for g in open_now([answered, over, later, GLIMPSE], NOW)] == ["Circle", "Later", "Answered"]


def test_a_facilitator_has_a_draft_until_it_is_posted_and_notes_until_they_are_handed_on() -> None:
    by_moment = {
        GLIMPSE.draft_due_at - timedelta(seconds=1): [],
        GLIMPSE.draft_due_at: [Work.DRAFT],
        GLIMPSE.ends_at - timedelta(seconds=1): [Work.DRAFT],
        GLIMPSE.ends_at: [Work.NOTES],
    }
    for moment, wanted in by_moment.items():
        assert [task.work for task in tasks([GLIMPSE], moment)] == wanted
        assert tasks([replace(GLIMPSE, leads=False)], moment) == []
    assert tasks([replace(GLIMPSE, agenda_posted=True)], STARTS) == []


@given(st.integers(-100, 200))
def test_between_two_changes_nothing_changes(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    until = next_change([GLIMPSE], now)
    assert until is None or until > now
    for minutes in range(0, 300, 7):
        then = now + timedelta(minutes=minutes)
        if until is None or then < until:
            assert (open_now([GLIMPSE], then), tasks([GLIMPSE], then)) == (
                open_now([GLIMPSE], now),
                tasks([GLIMPSE], now),
            )


@given(st.lists(st.integers(), max_size=60), st.integers(1, 9), st.integers(0, 99))
def test_the_pages_hold_everything_once(items: list[int], size: int, number: int) -> None:
    first = leaf(items, 0, size)
    pages = [leaf(items, n, size) for n in range(first.last + 1)]
    assert [item for page in pages for item in page.items] == items
    assert leaf(items, number, size) == pages[min(number, first.last)]


@given(st.builds(Pages, *[st.integers(0, 9999)] * 3))
def test_pages_are_read_as_they_were_written(pages: Pages) -> None:
    assert Pages.parse(str(pages)) == pages


@given(st.text(max_size=20))
def test_whatever_is_no_page_is_the_first(text: str) -> None:
    assert Pages.parse(f"x{text}") == Pages()
