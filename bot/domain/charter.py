"""The charter: what a group decides about itself when it starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from bot.domain.cadence import Cadence, place, zones
from bot.domain.errors import DomainError
from bot.domain.formatting import join_words
from bot.domain.questions import Purpose
from bot.domain.text import require
from bot.domain.working_days import MONDAY_TO_FRIDAY

SHORTEST_MEETING, LONGEST_MEETING = 10, 480
LONGEST_NAME, LONGEST_PURPOSE, LONGEST_PLACE = 80, 500, 300


class Facilitation(StrEnum):
    ROTATING = "rotating"
    DESIGNATED = "designated"


@dataclass(frozen=True)
class Rhythm:
    """When things happen around one meeting; the defaults are practice.md's.

    Days before are the group's working days (`working_days`, Monday is 0). Answering ends, and the facilitator gets the
    draft and the anonymous answers, `closes_days_before` at `closes_time`.
    """

    prompt_days_before: int = 3
    prompt_at: time = time(9)
    closes_days_before: int = 1
    closes_time: time = time(15)
    agenda_hours_before: int = 2
    handoff_hours_after: int = 24
    questions_per_prompt: int = 2
    notice_hours_before: int = 4
    working_days: frozenset[int] = MONDAY_TO_FRIDAY


@dataclass(frozen=True)
class Charter:
    """A group's design, checked."""

    name: str
    purpose_kind: Purpose
    purpose: str
    cadence: Cadence
    length_minutes: int
    place: str
    facilitation: Facilitation
    designated: str | None
    rhythm: Rhythm = Rhythm()


@dataclass(frozen=True)
class MemberCandidate:
    """What is known of a person who was put forward as a member."""

    id: str
    name: str
    is_bot: bool
    is_gone: bool
    in_channel: bool


def check_identity(name: str, purpose: str) -> tuple[str, str]:
    """Name and purpose, cleaned; DomainErrors at their fields."""
    return (
        require(name, "name", "What should the group be called?", LONGEST_NAME),
        require(purpose, "purpose", "What do you want to learn together? One sentence is enough.", LONGEST_PURPOSE),
    )


def check_times(cadence: Cadence, length: int | None, now: datetime) -> int:
    """The length in minutes, when cadence and length make sense at `now`; DomainErrors at their fields."""
    if length is None or not SHORTEST_MEETING <= length <= LONGEST_MEETING:
        raise DomainError(
            f"A meeting takes between {SHORTEST_MEETING} minutes and {LONGEST_MEETING // 60} hours.", "length"
        )
    if place(datetime.combine(cadence.first, cadence.at), cadence.zone) <= now:
        raise DomainError("The first meeting is in the past there. Pick a day still to come.", "first")
    return length


def check_zone(zone: str) -> str:
    if zone not in zones():
        raise DomainError("I don't know that time zone. Type a city near you and pick one from the list.", "zone")
    return zone


def check_members(candidates: Sequence[MemberCandidate]) -> None:
    """Two people at least, all of them people who are here; says who is not."""
    if not candidates:
        raise DomainError("A collaborative needs people. Pick at least two.", "members")
    check_newcomers(candidates)
    if len(candidates) < 2:
        raise DomainError("Learning together takes two at least. Pick one more person.", "members")


def check_newcomers(candidates: Sequence[MemberCandidate], field: str = "members") -> None:
    """All of them people who are here; says at the field who is not."""
    for wrong, words in _WHY_NOT:
        names = [c.name for c in candidates if wrong(c)]
        if names:
            raise DomainError(words.format(names=join_words(names)), field)


_WHY_NOT: tuple[tuple[Callable[[MemberCandidate], bool], str], ...] = (
    (
        lambda c: not (c.name or c.in_channel),
        "One of those you picked is not in this channel, or no longer has an account here. Pick people who are in it.",
    ),
    (lambda c: c.is_bot, "{names} can't be a member: only people learn here."),
    (lambda c: c.is_gone, "{names} no longer has an account here."),
    (lambda c: not c.in_channel, "Not in this channel yet: {names}. Invite them first, then add them."),
)


def check_facilitation(facilitation: Facilitation, designated: str | None, members: Sequence[str]) -> str | None:
    if facilitation is Facilitation.ROTATING:
        return None
    if designated is None:
        raise DomainError("Who will lead the meetings? Pick one member.", "designated")
    if designated not in members:
        raise DomainError("Whoever leads has to be a member of the group.", "designated")
    return designated
