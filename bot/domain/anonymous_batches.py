"""The life of a prompt's anonymous answers: which state may follow which, how long they wait, what became of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.personal_hours import put_off
from bot.domain.reminders import Recipient, nearest_inside
from bot.domain.rounds import Batch, Prompt

REVIEW_TIME = timedelta(days=7)
"""An anonymous batch that nobody decided on by then is erased (practice.md, rule 3)."""

WARNED_BEFORE = timedelta(days=2)
"""So long before that, authors are told, as near to it as their hours allow."""

REVIEWER_WARNED_BEFORE = timedelta(days=3)
"""Whoever reviews hears it sooner: mostly it was only forgotten."""

AFTER_OUTAGE = timedelta(days=3)
"""So long they wait at least when the bot is back, where it was away as their time ended."""

HOUR = timedelta(hours=1)

NEXT: Mapping[Batch, frozenset[Batch]] = {
    Batch.COLLECTING: frozenset({Batch.NONE, Batch.WAITING}),
    Batch.WAITING: frozenset({Batch.NONE, Batch.APPROVED, Batch.WITHHELD, Batch.LAPSED}),
    Batch.NONE: frozenset(),
    Batch.APPROVED: frozenset({Batch.SHOWN, Batch.WITHHELD}),
    Batch.SHOWN: frozenset(),
    Batch.WITHHELD: frozenset(),
    Batch.LAPSED: frozenset(),
}
ALIVE = frozenset({Batch.COLLECTING, Batch.WAITING, Batch.APPROVED})
"""Only these have a key."""

UNSHOWN = frozenset({Batch.WITHHELD, Batch.LAPSED})
"""There were enough, and the group was not shown them."""

OUTCOME: Mapping[Batch, str] = {
    Batch.NONE: "Too few people answered without a name: nothing was shown, and nothing of it is kept.",
    Batch.APPROVED: "The answers without a name are approved: the group reads them in the agenda, or in its thread.",
    Batch.SHOWN: "The answers without a name were shown to the group.",
    Batch.WITHHELD: "The answers without a name were not shown to the group, and are erased.",
    Batch.LAPSED: (
        "The answers without a name were not shown: nothing was decided about them in time. They are erased."
    ),
}
JUST_ENDED = "Answering has just ended. Please look again in a minute."
VOIDED = (
    "I was set up anew, and I don't keep answers without a name that, as far as I know, had not been shown. Where the "
    "agenda holds some of them, I take them out."
)


class IllegalMove(ValueError):
    """A state that can't follow the one before."""


def advance(before: Batch, after: Batch) -> Batch:
    """The state after; IllegalMove where it can't follow."""
    if after not in NEXT[before]:
        raise IllegalMove(f"{before} can't become {after}")
    return after


def outcome(prompt: Prompt) -> str:
    """What became of the answers without a name when it is over, for whoever asks later."""
    if prompt.batch in UNSHOWN and prompt.voided_at is not None:
        return VOIDED
    return OUTCOME.get(prompt.batch, JUST_ENDED)


def next_full_hour(now: datetime) -> datetime:
    """When what authors changed is seen elsewhere: all at once, so that the moment tells nothing about one of them."""
    return now.replace(minute=0, second=0, microsecond=0) + HOUR


def warning_time(reader: Recipient, now: datetime, ends: datetime, before: timedelta = WARNED_BEFORE) -> datetime:
    """When somebody hears that nobody has decided yet, while they can still do something."""
    wished = ends - before
    return nearest_inside(wished, now, ends, reader.wishes.hours, reader.zone) or max(now, wished)


def first_time(reader: Recipient, now: datetime) -> datetime:
    """The first moment in somebody's hours from now on; now where they work at no time."""
    return put_off(reader, now, needed_by=None) or now
