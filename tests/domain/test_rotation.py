"""Whose turn it is: the rules one by one, and whole lives of groups against a queue."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rotation import Seat, Turn, next_facilitator

FOUNDERS = (Seat("ana"), Seat("ben"), Seat("chen"))


def lead(seats: tuple[Seat, ...], meetings: int, starter: str | None = "ben") -> list[str | None]:
    turns: list[Turn] = []
    for meeting in range(1, meetings + 1):
        who = next_facilitator(seats, turns, meeting, starter)
        if who is not None:
            turns.append(Turn(meeting, who))
    return [turn.person for turn in turns]


def test_whoever_started_leads_first_and_then_all_take_turns() -> None:
    assert lead(FOUNDERS, 7) == ["ben", "ana", "chen", "ben", "ana", "chen", "ben"]


def test_a_starter_who_is_away_or_no_member_does_not_lead_first() -> None:
    assert lead((Seat("ana"), Seat("ben", away=True)), 1) == ["ana"]
    assert lead(FOUNDERS, 1, starter="zoe") == ["ana"]


def test_nobody_leads_at_their_first_meeting() -> None:
    seats = (Seat("ana"), Seat("dee", joined_at_meeting=2))
    assert next_facilitator(seats, [Turn(1, "ana")], 2, "ana") == "ana"
    assert next_facilitator(seats, [Turn(1, "ana"), Turn(2, "ana")], 3, "ana") == "dee"


def test_where_only_newcomers_are_left_one_of_them_leads() -> None:
    assert next_facilitator((Seat("dee", joined_at_meeting=4),), [Turn(3, "ana")], 4, "ana") == "dee"


def test_whoever_was_away_comes_next_when_they_return() -> None:
    turns = [Turn(1, "ben"), Turn(2, "ana")]
    away = (Seat("ana"), Seat("ben"), Seat("chen", away=True))
    assert next_facilitator(away, turns, 3, "ben") == "ben"
    assert next_facilitator(FOUNDERS, [*turns, Turn(3, "ben")], 4, "ben") == "chen"


def test_nobody_leads_where_nobody_is() -> None:
    assert next_facilitator((), [], 1, "ana") is None
    assert next_facilitator((Seat("ana", away=True),), [], 1, "ana") is None


@dataclass
class Queue:
    """The second computation: people stand in a line, and whoever led goes to its end."""

    line: list[str] = field(default_factory=list)
    newcomers: list[str] = field(default_factory=list)

    def next(self, away: set[str]) -> str | None:
        who = next((p for p in [*self.line, *self.newcomers] if p not in away), None)
        self.line += self.newcomers
        self.newcomers = []
        if who is not None:
            self.line.remove(who)
            self.line.append(who)
        return who


EVENTS = st.lists(st.tuples(st.integers(0, 2), st.sets(st.integers(0, 9))), min_size=1, max_size=30)


@given(founders=st.integers(1, 5), events=EVENTS)
def test_a_groups_life_goes_as_a_queue_would(founders: int, events: list[tuple[int, set[int]]]) -> None:
    joined = {f"p{i}": 0 for i in range(founders)}
    queue = Queue(list(joined))
    turns: list[Turn] = []
    for meeting, (joining, away_numbers) in enumerate(events, start=1):
        new = [f"p{len(joined) + i}" for i in range(joining if meeting > 1 else 0)]
        joined |= dict.fromkeys(new, meeting)
        queue.newcomers += new
        away = {f"p{n}" for n in away_numbers}
        seats = [Seat(person, at, person in away) for person, at in joined.items()]
        who = next_facilitator(seats, turns, meeting, "p0")
        assert who == queue.next(away)
        if who is not None:
            turns.append(Turn(meeting, who))


@given(people=st.integers(1, 8), meetings=st.integers(1, 60), starter=st.integers(0, 7))
def test_turns_stay_fair(people: int, meetings: int, starter: int) -> None:
    seats = tuple(Seat(f"p{i}") for i in range(people))
    led = lead(seats, meetings, f"p{starter}")
    counts = [led.count(seat.person) for seat in seats]
    assert max(counts) - min(counts) <= 1
    assert all(a != b for a, b in pairwise(led)) or people == 1
