"""The charter's rules: each wrong thing at its field, in words."""

from datetime import UTC, date, datetime, time

import pytest

from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import (
    LONGEST_NAME,
    Facilitation,
    MemberCandidate,
    check_facilitation,
    check_identity,
    check_members,
    check_times,
    check_zone,
)
from bot.domain.errors import DomainError

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
TUESDAY = Cadence(Frequency.WEEKLY, date(2026, 9, 1), time(10), "America/Chicago")


def person(name: str, *, is_bot: bool = False, is_gone: bool = False, in_channel: bool = True) -> MemberCandidate:
    return MemberCandidate(f"U{name}", name, is_bot, is_gone, in_channel)


@pytest.mark.parametrize("length", [None, 0, -5, 9, 481, 100_000])
def test_a_meeting_has_a_length_that_people_can_sit_through(length: int | None) -> None:
    with pytest.raises(DomainError) as refusal:
        check_times(TUESDAY, length, NOW)
    assert refusal.value.field == "length"


@pytest.mark.parametrize("length", [10, 60, 480])
def test_sensible_lengths_are_taken(length: int) -> None:
    assert check_times(TUESDAY, length, NOW) == length


def test_a_first_meeting_in_the_past_is_refused_by_the_clock_of_its_zone() -> None:
    starts = datetime(2026, 9, 1, 15, tzinfo=UTC)  # ten o'clock in Chicago
    assert check_times(TUESDAY, 60, starts.replace(minute=0) - (starts - starts.replace(hour=14, minute=59))) == 60
    with pytest.raises(DomainError) as refusal:
        check_times(TUESDAY, 60, starts)
    assert refusal.value.field == "first"


@pytest.mark.parametrize(
    ("candidates", "says"),
    [
        ([], "at least two"),
        ([person("Ana")], "one more"),
        ([person("Ana"), person("Robot", is_bot=True)], "Robot can't be"),
        ([person("Ana"), person("Leo", is_gone=True)], "Leo no longer"),
        ([person("Ana"), person("Zoe", in_channel=False), person("Yan", in_channel=False)], "Zoe and Yan"),
    ],
)
def test_members_are_people_who_are_here(candidates: list[MemberCandidate], says: str) -> None:
    with pytest.raises(DomainError, match=says) as refusal:
        check_members(candidates)
    assert refusal.value.field == "members"


def test_two_people_are_a_group() -> None:
    check_members([person("Ana"), person("Ben")])


@pytest.mark.parametrize(
    ("name", "purpose", "field"),
    [
        ("", "learn", "name"),
        (" \n", "learn", "name"),
        ("x" * (LONGEST_NAME + 1), "learn", "name"),
        ("us", "", "purpose"),
    ],
)
def test_a_group_has_a_name_and_a_purpose(name: str, purpose: str, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_identity(name, purpose)
    assert refusal.value.field == field


def test_a_designated_facilitator_is_one_of_the_members() -> None:
    assert check_facilitation(Facilitation.ROTATING, "Uzoe", ["Uana"]) is None
    assert check_facilitation(Facilitation.DESIGNATED, "Uana", ["Uana"]) == "Uana"
    for designated in (None, "Uzoe"):
        with pytest.raises(DomainError) as refusal:
            check_facilitation(Facilitation.DESIGNATED, designated, ["Uana"])
        assert refusal.value.field == "designated"


def test_only_real_zones_are_zones() -> None:
    assert check_zone("Asia/Kolkata") == "Asia/Kolkata"
    with pytest.raises(DomainError) as refusal:
        check_zone("Narnia")
    assert refusal.value.field == "zone"
