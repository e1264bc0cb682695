"""What can happen to a delivery that is late."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.rounds import Round

TOLD_FROM = timedelta(minutes=30)
"""A channel message that is later than this says that it is late."""


@dataclass(frozen=True)
class End:
    """Until when a delivery is worth sending; `words` continue a sentence after “until”."""

    words: str
    of: Callable[[Round], datetime | None]


def _review_ends(round_: Round) -> datetime | None:
    return round_.prompt.review_ends_at


MEETING_STARTS = End("the meeting starts", lambda found: found.meeting.starts_at)
MEETING_ENDS = End("the meeting is over", lambda found: found.meeting.ends_at)
AGENDA_DUE = End("the agenda is due", lambda found: found.meeting.agenda_due_at)
ANSWERING_ENDS = End("answering ends", lambda found: found.prompt.closes_at)
HANDED_ON = End("the job is handed on", lambda found: found.meeting.handoff_due_at)
NEXT_STARTS = End("the next meeting starts", lambda found: found.following.starts_at if found.following else None)
REVIEW_ENDS = End("the batch is erased, a week later", _review_ends)
AFTERNOON_ENDS = End(
    "an hour after it is due, in the afternoon where they live", lambda _found: None
)  # it plans by its person's clock
DONE = End("it is done", lambda _found: None)


@dataclass(frozen=True)
class Late:
    """Sent late until `end`, then dropped with a reason.

    `merged`: if several were missed, one message shows the current state. `told`: the group reads that it is late.
    `dropped_told`: where the group reads that it was dropped.
    """

    end: End = DONE
    merged: bool = False
    told: bool = False
    dropped_told: str = ""

    def expires(self, round_: Round) -> datetime | None:
        """When it has become pointless; None: never."""
        return self.end.of(round_)


ALWAYS = Late()


def rows(table: Mapping[str, Late]) -> list[tuple[str, str, str, str]]:
    """(kind, late, dropped, what the group is told), as in docs/architecture.md."""
    return [(kind, _when_late(late), _when_dropped(late), _told(late)) for kind, late in table.items()]


def _when_late(late: Late) -> str:
    how = "once, as things stand by then" if late.merged else "posted"
    return f"{how}, however late" if late.end is DONE else f"{how}, until {late.end.words}"


def _when_dropped(late: Late) -> str:
    return "never" if late.end is DONE else "after that, with the reason"


def _told(late: Late) -> str:
    said = ["that it is late"] if late.told else []
    said += [f"{late.dropped_told}: that it did not come"] if late.dropped_told else []
    return "; ".join(said) or "–"
