"""What stands on Home, by the rules: the order of things, whose work it is, and pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.overview import Entry, MeetingSummary, Pages, leaf, next_change

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


def test_entries_stand_by_rank_and_then_by_time() -> None:
    first = Entry("Circle", "UTC", "m", NOW, NOW)
    later = replace(first, name="Later", at=NOW + timedelta(hours=1))
    ranked = replace(first, name="Ranked", rank=1, at=NOW - timedelta(hours=1))
    assert [one.name for one in sorted((ranked, later, first), key=lambda one: one.order)] == [
        "Circle",
        "Later",
        "Ranked",
    ]


def test_there_is_a_draft_until_it_is_posted_and_notes_once_it_is_over() -> None:
    by_moment = {
        GLIMPSE.draft_due_at - timedelta(seconds=1): (False, False),
        GLIMPSE.draft_due_at: (True, False),
        GLIMPSE.ends_at - timedelta(seconds=1): (True, False),
        GLIMPSE.ends_at: (False, True),
    }
    for moment, wanted in by_moment.items():
        assert (GLIMPSE.has_draft(moment), GLIMPSE.is_over(moment)) == wanted
    assert not replace(GLIMPSE, agenda_posted=True).has_draft(STARTS)


@given(st.integers(-100, 200))
def test_between_two_changes_nothing_changes(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    until = next_change([GLIMPSE], now)
    assert until is None or until > now
    for minutes in range(0, 300, 7):
        then = now + timedelta(minutes=minutes)
        if until is None or then < until:
            assert said(GLIMPSE, then) == said(GLIMPSE, now)


def said(glimpse: MeetingSummary, now: datetime) -> tuple[bool, bool, bool]:
    return glimpse.is_open(now), glimpse.has_draft(now), glimpse.is_over(now)


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
