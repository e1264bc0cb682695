"""What should stand in the channels, reckoned from charter and clock alone, against what stands there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.cadence import Frequency
from tests.support.reckoning import around, days_of, moment_of

STARTED, ASKED, AGENDA, HANDOFF = "set up a learning", "Before we meet", "Agenda", "Handing over"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Charter:
    """A group as it was founded, with the rhythm that is the default."""

    channel: str
    frequency: Frequency
    first: date
    at: time
    zone: str
    founded: datetime
    minutes: int = 60

    def slots(self, until: date) -> list[datetime]:
        return [datetime.combine(day, self.at) for day in days_of(self.frequency, self.first, until)]


@dataclass(frozen=True)
class Due:
    """A post that there has to be: due then, and pointless from then on."""

    channel: str
    heading: str
    at: datetime
    until: datetime


def expected(charter: Charter, until: datetime) -> list[Due]:
    """Everything that is due in a group's channel until a moment, in order."""
    return [due for due in _ever(charter) if due.at <= until]


@cache
def _ever(charter: Charter) -> list[Due]:
    """For three years."""
    zone, length = ZoneInfo(charter.zone), timedelta(minutes=charter.minutes)
    found = [Due(charter.channel, STARTED, charter.founded, charter.founded + 60 * DAY)]
    slots = charter.slots(charter.first + 1100 * DAY)
    for slot, following in pairwise(slots):
        over, moments = moment_of(slot, zone) + length, around(slot, following, charter.minutes, zone)
        pointless = min(moments.handoff + 3 * DAY, moment_of(following, zone))
        found.append(Due(charter.channel, ASKED, max(moments.asked, charter.founded), moments.ends))
        found.append(Due(charter.channel, AGENDA, moments.agenda, over))
        found.append(Due(charter.channel, HANDOFF, moments.handoff, pointless))
    return found


@dataclass
class Verdict:
    """What the judge found, over all channels."""

    posts: int = 0
    missed: list[Due] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def judge(charters: Sequence[Charter], channels: dict[str, list[dict[str, Any]]], now: datetime) -> Verdict:
    """Each post once, between the moment when it is due and the one when it has become pointless."""
    verdict = Verdict()
    for charter in charters:
        standing = list(_standing(channels[charter.channel]))
        verdict.posts += len(standing)
        for due in expected(charter, now):
            match = next((post for post in standing if _fits(due, *post)), None)
            if match is None:
                verdict.missed.append(due)
            else:
                standing.remove(match)
        verdict.doubled += [f"{charter.channel}: {heading} at {at:%F %T}" for heading, at in standing]
    nonces = Counter(n for messages in channels.values() for m in messages if (n := _nonce(m)))
    verdict.doubled += [f"delivery {nonce} × {count}" for nonce, count in nonces.items() if count > 1]
    return verdict


def _standing(messages: Sequence[dict[str, Any]]) -> Iterator[tuple[str, datetime]]:
    """(heading, moment) of what the group got in its channel; other kinds are not the judge's business."""
    for message in messages:
        said = message["text"]
        heading = next((h for h in (ASKED, AGENDA, HANDOFF) if said.startswith(h)), None)
        heading = heading or (STARTED if STARTED in said else None)
        if heading and not message["thread_ts"]:
            yield heading, datetime.fromtimestamp(float(message["ts"]), UTC)


def _fits(due: Due, heading: str, at: datetime) -> bool:
    return heading == due.heading and due.at - MINUTE <= at < due.until


def _nonce(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    nonce = metadata.get("event_payload", {}).get("delivery")
    return str(nonce) if nonce else None
