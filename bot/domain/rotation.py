"""Whose turn it is to facilitate (practice.md, rule 9)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Seat:
    """A member's place in the roster. `joined_at_meeting` is the number of their first meeting, 0 for founders."""

    person: str
    joined_at_meeting: int = 0
    away: bool = False


@dataclass(frozen=True)
class Turn:
    """Somebody led a meeting."""

    meeting: int
    person: str


def next_facilitator(seats: Sequence[Seat], turns: Sequence[Turn], meeting: int, starter: str | None) -> str | None:
    """Who leads a meeting; `seats` in roster order. None when nobody is there to.

    Whoever started the group leads first. After that it is whoever has waited longest: since their last turn, or since
    they joined. Nobody leads at their first meeting; whoever is away is skipped, and so comes first on their return.
    """
    here = [seat for seat in seats if not seat.away]
    if not turns:
        first = next((seat for seat in here if seat.person == starter), None)
        if first is not None:
            return first.person
    ready = [seat for seat in here if _has_been_here(seat, meeting)]
    last = {turn.person: turn.meeting for turn in sorted(turns, key=lambda turn: turn.meeting)}
    waiting = min(ready or here, key=lambda seat: _waits_since(seat, last.get(seat.person)), default=None)
    return waiting.person if waiting else None


def _waits_since(seat: Seat, led: int | None) -> tuple[int, bool]:
    """Somebody new at a meeting has waited longer than whoever led it."""
    return (seat.joined_at_meeting, False) if led is None else (led, True)


def _has_been_here(seat: Seat, meeting: int) -> bool:
    return seat.joined_at_meeting < meeting
