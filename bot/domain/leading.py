"""Who can lead a meeting, and what changes of roles there are (design.md, Following the facts)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.reminders import Recipient


class Role(StrEnum):
    """What somebody can be in a group. A designated leader leads every meeting."""

    FACILITATOR = "facilitator"
    DESIGNATED = "designated"
    CONVENER = "convener"
    MEMBER = "member"


class Why(StrEnum):
    """Why a role changed; the first five are what keeps somebody from leading."""

    FREE = "free"
    """Nobody led it."""
    GONE = "gone"
    """Their account was deactivated, or they belong to the group no more."""
    LEFT = "left"
    """They are not in the channel."""
    AWAY = "away"
    OUT_OF_REACH = "out_of_reach"
    """The app can't write to them: they are from another organisation."""
    UNTOLD = "untold"
    """Whoever was to lead has not been told yet, and somebody whose turn it is can lead after all."""
    TAKEN = "taken"
    NAMED = "named"
    ADDED = "added"


FOR_GOOD = frozenset({Why.GONE, Why.LEFT})
"""With these a designated leader is not waited for."""


@dataclass(frozen=True)
class Availability:
    """What is known of somebody who is to lead: `away_until` is the day on which they are back."""

    is_member: bool
    is_gone: bool
    in_channel: bool
    is_stranger: bool
    away_until: date | None


def hindrance(who: Availability | None, day: date, *, chosen: bool = False) -> Why | None:
    """What keeps somebody from leading a meeting on a day. Whom the app can't write to leads only where a convener has
    `chosen` them for it."""
    if who is None:
        return Why.FREE
    if who.is_gone or not who.is_member:
        return Why.GONE
    if not who.in_channel:
        return Why.LEFT
    if who.is_stranger and not chosen:
        return Why.OUT_OF_REACH
    return Why.AWAY if who.away_until is not None and day < who.away_until else None


@dataclass(frozen=True)
class RoleChange:
    """Somebody took a role over from somebody, or was given one. `turn` counts the changes of a meeting's leader.

    `reachable` has those of the two whom the app can write to, with their hours, and `inside` who of them is in the
    channel.
    """

    id: str
    role: Role
    was: str | None
    now: str | None
    done_by: str | None
    why: Why
    turn: int
    at: datetime
    reachable: Mapping[str, Recipient] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
