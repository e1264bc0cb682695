"""What may follow what, what is said of it, and when somebody hears of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.anonymous_batches import (
    ALIVE,
    NEXT,
    REVIEW_TIME,
    REVIEWER_WARNED_BEFORE,
    UNSHOWN,
    VOIDED,
    first_time,
    next_full_hour,
    outcome,
    warning_time,
)
from bot.domain.reminders import Recipient, Wishes, is_inside
from bot.domain.rounds import Batch, Prompt

CLOSED = datetime(2026, 9, 7, 20, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(("America/Chicago", "Asia/Kolkata", "Pacific/Auckland", "UTC"))


def prompt(batch: Batch) -> Prompt:
    return Prompt("p", CLOSED, CLOSED, CLOSED, (), 3, batch)


@pytest.mark.parametrize("batch", Batch)
def test_every_state_is_an_end_or_goes_on(batch: Batch) -> None:
    # What is approved may wait for the agenda, and until then come to its end unshown.
    assert bool(NEXT[batch]) == (batch in ALIVE)


def test_each_end_has_words_of_its_own_and_none_says_more_than_is_so() -> None:
    said = {batch: outcome(prompt(batch)) for batch in Batch if batch not in ALIVE}
    assert len(set(said.values())) == len(said)
    for batch, words in said.items():
        assert ("not shown" in words) == (batch in UNSHOWN)
        assert ("in time" in words) == (batch is Batch.LAPSED)
    assert outcome(replace(prompt(Batch.WITHHELD), voided_at=CLOSED)) == VOIDED
    assert outcome(replace(prompt(Batch.SHOWN), voided_at=CLOSED)) == said[Batch.SHOWN]


@given(now=MOMENTS)
def test_what_authors_change_is_seen_at_a_full_hour_after_it(now: datetime) -> None:
    seen = next_full_hour(now)
    assert now < seen <= now + timedelta(hours=1)
    assert (seen.minute, seen.second, seen.microsecond) == (0, 0, 0)


@given(closed=MOMENTS, zone=ZONES)
def test_people_hear_in_their_hours_that_nobody_has_decided_and_the_reviewer_no_later(
    closed: datetime, zone: str
) -> None:
    reader, ends = Recipient("U1", zone, Wishes()), closed + REVIEW_TIME
    author = warning_time(reader, closed, ends)
    reviewer = warning_time(reader, closed, ends, REVIEWER_WARNED_BEFORE)
    assert closed < reviewer <= author < ends
    for moment in (author, reviewer):
        assert is_inside(moment, reader.wishes.hours, zone)


@given(now=MOMENTS, zone=ZONES)
@example(now=datetime(2026, 11, 26, 11, 29, 0, 1, tzinfo=UTC), zone="Asia/Kolkata")  # less than a minute is left
def test_news_wait_for_the_first_of_somebodys_hours(now: datetime, zone: str) -> None:
    reader = Recipient("U1", zone, Wishes())
    at = first_time(reader, now)
    assert now <= at < now + timedelta(days=4)
    assert is_inside(at, reader.wishes.hours, zone)
    if is_inside(now, reader.wishes.hours, zone):
        assert at == now
