"""The agenda: each stage's outline, and times that add up to the meeting's length."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import DomainError
from bot.domain.questions import Stage


class ParkedState(StrEnum):
    """A parked topic is open until somebody closes it."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Section:
    """A line of an outline: `weight` is its share of the time, `kind` what is put into it."""

    kind: str
    title: str
    weight: int


@dataclass(frozen=True)
class Item:
    """A line of an agenda."""

    title: str
    minutes: int
    kind: str = "topic"


OUTLINES: dict[Stage, tuple[Section, ...]] = {
    Stage.GETTING_STARTED: (
        Section("opening", "Arrive, and a round of hellos", 3),
        Section("answers", "What we wrote before the meeting", 6),
        Section("purpose", "What we want from this group, and how we work together", 4),
        Section("closing", "One thing to take away; who leads next", 2),
    ),
    Stage.GROWING: (
        Section("opening", "Arrive, and what we tried since last time", 3),
        Section("answers", "What we wrote before the meeting", 6),
        Section("apply", "Where could this work for us?", 4),
        Section("closing", "What I will try before next time; who leads next", 2),
    ),
    Stage.SUSTAINING: (
        Section("opening", "Arrive, and what is different for those we serve", 3),
        Section("answers", "What we wrote before the meeting", 6),
        Section("focus", "Is our focus still the right one?", 4),
        Section("closing", "What we share with others; who leads next", 2),
    ),
}


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Whole minutes for each weight that add up to `total` exactly (largest remainder; every line gets one at least
    where there are minutes enough)."""
    if not weights:
        return []
    floor = 1 if total >= len(weights) else 0
    spare = total - floor * len(weights)
    whole = sum(weights)
    exact = [spare * w / whole for w in weights]
    minutes = [int(e) for e in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (minutes[i] - exact[i], i))
    for i in by_remainder[: spare - sum(minutes)]:
        minutes[i] += 1
    return [floor + m for m in minutes]


def draft(stage: Stage, length: int, more: Sequence[Section] = ()) -> tuple[Item, ...]:
    """The stage's outline with its times, and before its end the lines of what else there is to speak about."""
    *sections, closing = OUTLINES[stage]
    sections = [*sections, *more, closing]
    minutes = share_out(length, [s.weight for s in sections])
    return tuple(Item(s.title, m, s.kind) for s, m in zip(sections, minutes, strict=True))


def parse_lines(text: str, length: int) -> tuple[Item, ...]:
    """An agenda as a facilitator types it: a line an item, `10 Title` for ten minutes; lines without minutes share
    what is left. Raises DomainError when the minutes don't fit the meeting."""
    rows = [_parse_line(line) for line in text.splitlines() if line.strip()]
    if not rows:
        raise DomainError("An agenda needs at least one line.", "agenda")
    fixed = sum(minutes for minutes, _ in rows if minutes is not None)
    open_rows = [i for i, (minutes, _) in enumerate(rows) if minutes is None]
    left = length - fixed
    if left < len(open_rows):
        raise DomainError(f"These lines take more than the meeting's {length} minutes.", "agenda")
    if left and not open_rows:
        raise DomainError(
            f"These lines add up to {fixed} of {length} minutes. Leave one line without a number: it takes the rest.",
            "agenda",
        )
    shares = iter(share_out(left, [1] * len(open_rows)))
    return tuple(Item(title, next(shares) if minutes is None else minutes) for minutes, title in rows)


def _parse_line(line: str) -> tuple[int | None, str]:
    head, _, rest = line.strip().partition(" ")
    number = head.rstrip(":.'’")
    if number.isascii() and number.isdigit() and rest.strip():
        if not 1 <= len(number) <= 3 or int(number) == 0:
            raise DomainError("Minutes are a number from 1 to 999 in front of the line.", "agenda")
        rest = rest.strip().removeprefix("min ").strip()
        return int(number), rest[:200]
    return None, line.strip()[:200]


def as_lines(items: Sequence[Item]) -> str:
    """What `parse_lines` reads."""
    return "\n".join(f"{item.minutes} {item.title}" for item in items)
