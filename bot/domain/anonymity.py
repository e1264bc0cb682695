"""Who may see what: visibility, the keyed respondent, and the threshold (practice.md, rules 2 and 3)."""

import hmac
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

ENOUGH = 3
"""With fewer anonymous answers to a question than this, they are never shown and are erased."""

COUNT_FROM = 3
"""How many took part is said from here on, and only when answering has ended."""


class Visibility(StrEnum):
    """Who sees an answer, as its author chose."""

    NAMED = "named"
    ANONYMOUS = "anonymous"
    FACILITATOR = "facilitator"


def new_key() -> bytes:
    """A prompt's own key, known to nothing else; erasing it makes its anonymous answers nobody's."""
    return secrets.token_bytes(32)


def respondent(key: bytes, position: int, person: str) -> str:
    """The keyed stand-in for a person at one question of one prompt.

    The question's position is part of it, so that a named answer to one question and an anonymous one to another
    by the same person share nothing.
    """
    return hmac.digest(key, f"{position}\n{person}".encode(), "sha256").hex()


@dataclass(frozen=True)
class Seen:
    """An answer as one viewer may see it: `author` is None unless this viewer may know.

    `reader` is whom it is for alone, where it is for one person. `on_agenda`: it came late, and before the agenda went
    out.
    """

    position: int
    text: str
    visibility: Visibility
    author: str | None
    edited: bool = False
    late: bool = False
    id: str = ""
    reader: str | None = None
    on_agenda: bool = False


TO_AUTHORS = ("too_few", "too_few_left", "batch_lapsing", "returned", "thanked")
"""Messages that only those get who answered without a name."""

CLEANUP = "dm_cleanup"
"""Settles a direct message in Slack whose record has to go (`bot.services.message_cleanup`)."""

AUTHORS_ONLY = (*TO_AUTHORS, CLEANUP)
"""Kinds of deliveries that only those get who answered without a name: they go when the key does, are in no backup, and
no log, figure or remembered channel tells that they were."""

TO_EACH = ("invitation", "reminder")
"""Kinds of deliveries that single members get while questions are open. Whom they reached would tell who had answered,
so the record goes when answering ends."""


UNCOUNTED = frozenset({*AUTHORS_ONLY, *TO_EACH})
"""Kinds of which neither a log line nor a figure tells what became of any: of those that each gets while questions are
open, it would tell how many have answered."""


def authors(key: bytes, position: int, people: Iterable[str]) -> dict[str, str]:
    """Whose stand-in at a question is whose, while its prompt has a key."""
    return {respondent(key, position, person): person for person in people}


def token(key: bytes, text: str, times: int) -> str:
    """Tells one return of a text from another; it leads to neither text nor author when the key is gone."""
    return hmac.digest(key, f"returned\n{text}\n{times}".encode(), "sha256").hex()[:32]


def named_stand_in(person: str) -> str:
    """Stands where the keyed stand-in does in an answer that is given late, with its author's name."""
    return f"by.{person}"


def visible_to(viewer: str, visibility: Visibility, reader: str | None) -> bool:
    """Whether a viewer may read an answer while its prompt is alive; anonymous ones only ever come as a batch."""
    if visibility is Visibility.NAMED:
        return True
    return visibility is Visibility.FACILITATOR and viewer == reader


def people_behind(respondents: Iterable[str]) -> int:
    """How many people at least gave these anonymous answers to one question.

    Who answered before a restore by an earlier version, which kept such answers and lost the key, may have answered
    again since, as somebody new. So of the answers of each time between two restores, which are one a person, the most
    count, and never all together.
    """
    return max(Counter(one.rpartition(".")[0] for one in respondents).values(), default=0)


def enough(count: int) -> bool:
    """Whether so many anonymous answers to one question may be shown."""
    return count >= ENOUGH
