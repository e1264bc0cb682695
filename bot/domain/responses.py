"""How answers are read: in which order, and what a search finds. What is searched for are plain words, no patterns."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.anonymity import Seen, Visibility

LONGEST_SEARCH = 100

_ACCENTS = re.compile("[\u0300-\u036f]")


class By(StrEnum):
    """How answers are put in order."""

    QUESTION = "question"
    THEME = "theme"
    PERSON = "person"


OUR_OWN = "our own questions"
"""The theme of a question that the bank doesn't know."""


def fold(text: str) -> str:
    """The text without capital letters and accents, for comparing."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()))


def finds(words: str, *texts: str) -> bool:
    """Whether each of the words stands somewhere in the texts, whatever their capital letters and accents."""
    within = "\n".join(fold(text) for text in texts)
    return all(word in within for word in fold(words).split())


def may_read(
    viewer: str, visibility: Visibility, author: str | None, reader: str | None, *, ended: bool, batch_shown: bool
) -> bool:
    """Whether somebody in the group may read an answer. Before answering has ended nobody is swayed by what others
    said; anonymous ones come as the batch that was shown, or not at all."""
    if author is not None and viewer == author:
        return True
    if visibility is Visibility.NAMED:
        return ended
    if visibility is Visibility.FACILITATOR:
        return viewer == reader
    return batch_shown


@dataclass(frozen=True)
class Line:
    """One answer on somebody's screen. `thanks_for` names it where this viewer can thank for it, `shown_as` where the
    group sees it, so that a convener can take it out."""

    seen: Seen
    question: str
    theme: str
    meeting_at: datetime
    thanks_for: str | None = None
    thanked: bool = False
    shown_as: str | None = None
