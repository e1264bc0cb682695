"""A rhythm that can't be kept is refused at the field that stands in the way."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Rhythm
from bot.domain.errors import DomainError
from bot.domain.rhythm import check_rhythm

NOW = datetime(2026, 8, 31, 14, tzinfo=UTC)
CHICAGO = "America/Chicago"


def weekly(at: time = time(10), frequency: Frequency = Frequency.WEEKLY) -> Cadence:
    return Cadence(frequency, date(2026, 9, 8), at, CHICAGO)  # a Tuesday


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"working_days": frozenset()}, "working_days", "one working day"),
        ({"closes_days_before": 4}, "closes_days", "before the questions come"),
        ({"closes_days_before": 3, "closes_time": time(9)}, "closes_days", "within an hour"),
        ({"closes_days_before": 3, "closes_time": time(9, 59)}, "closes_days", "within an hour"),
        ({"closes_days_before": 0, "closes_time": time(10)}, "closes_days", "before the meeting begins"),
        ({"closes_days_before": 0, "closes_time": time(7, 31)}, "agenda_hours", "half an hour"),
        ({"closes_days_before": 0, "closes_time": time(8), "agenda_hours_before": 2}, "agenda_hours", "half an hour"),
        ({"closes_days_before": 0, "closes_time": time(9, 45)}, "closes_days", "before the meeting"),
        ({"agenda_hours_before": 24}, "agenda_hours", "half an hour"),
        ({"handoff_hours_after": 0}, "handoff_hours", "At least 1"),
        ({"prompt_at": time(21)}, "prompt_at", "night"),
        ({"prompt_at": time(5, 59)}, "prompt_at", "6:00 AM to 8:00 PM"),
        ({"prompt_days_before": 5}, "prompt_days", "At most 4"),  # the Tuesday before at nine
        ({"working_days": frozenset({2})}, "prompt_days", "At most 1"),
    ],
)
def test_contradictions_are_said_at_their_field(changes: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(DomainError, match=says) as refused:
        check_rhythm(Rhythm(**changes), weekly(), 60, NOW)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prompt_at": time(13, 30)},
        {"prompt_days_before": 4},
        {"prompt_days_before": 5, "prompt_at": time(11)},  # when the last meeting is over
        {"closes_days_before": 3, "closes_time": time(10)},
        {"closes_days_before": 0, "closes_time": time(7, 30)},  # half an hour before the agenda comes
        {"agenda_hours_before": 0, "handoff_hours_after": 1},
        {"prompt_at": time(6)},
        {"prompt_at": time(20)},
        {"working_days": frozenset({6, 0, 1, 2, 3})},
    ],
)
def test_what_can_be_kept_is_taken(changes: dict[str, Any]) -> None:
    check_rhythm(Rhythm(**changes), weekly(), 60, NOW)


def test_a_month_has_room_for_more_and_an_early_meeting_has_its_agenda_the_evening_before() -> None:
    check_rhythm(Rhythm(prompt_days_before=15), weekly(frequency=Frequency.MONTHLY_WEEKDAY), 60, NOW)
    check_rhythm(Rhythm(closes_time=time(16, 30)), weekly(time(8)), 60, NOW)
    for closes in (time(16, 31), time(17, 1)):
        with pytest.raises(DomainError, match="comes at 5:00 PM on the working day before") as refused:
            check_rhythm(Rhythm(closes_time=closes), weekly(time(8)), 60, NOW)
        assert refused.value.field == "closes_days"
    with pytest.raises(DomainError, match="comes at 5:00 PM") as refused:
        check_rhythm(Rhythm(closes_days_before=0, closes_time=time(5)), weekly(time(7, 30)), 60, NOW)
    assert refused.value.field == "closes_days"
