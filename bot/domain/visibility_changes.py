"""Who sees an answer, changed: what can be undone of it and what can't, in words."""

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Phase

TOO_LATE_TO_HIDE = (
    "Answering has ended, so it can't be without your name any more: the others' answers were taken together then. "
    "Let only the facilitator see it, or take it back."
)

IN_CHANNEL = (
    "It stood in the channel under your name; I take it out there. Whoever has read it by now has read it, and Slack "
    "may have sent it to somebody's phone."
)
IN_DRAFT = "Whoever leads may have seen it under your name in their draft; there it goes too."


YOURSELF = ""
"""Stands for the name of whoever leads, where that is the one who reads it."""


PUBLIC_WORDS = (
    "These words are a message of yours in a channel, so people would know them for yours. Let the group see them with "
    "your name, or one person alone."
)
READ_WITH_NAME = (
    "The group can read it with your name already, so without it people would know it for yours. Take it back first, "
    "and write something else."
)
ADD_KEEPS = "Added, it is seen by whoever sees your earlier answer. Choose that here too, or put it in its place."


def require_possible(after: Visibility, phase: Phase, *, public: bool = False, read: bool = False) -> None:
    """DomainError where an answer can't become that any more. `public`: its words stand in a channel as its author's;
    `read`: the group could read it with their name."""
    if after is not Visibility.ANONYMOUS:
        return
    if phase is not Phase.OPEN:
        raise DomainError(TOO_LATE_TO_HIDE, "sees")
    if public:
        raise DomainError(PUBLIC_WORDS, "sees")
    if read:
        raise DomainError(READ_WITH_NAME, "sees")


def require_together(earlier: Visibility, sees: Visibility, *, public: bool) -> None:
    """DomainError where words may not be added to an earlier answer: others would see that than see it, or words that
    bear a name would stand among some that don't."""
    if earlier is not sees:
        raise DomainError(ADD_KEEPS, "sees")
    require_possible(sees, Phase.OPEN, public=public)


def fresh(chosen: Visibility, phase: Phase) -> Visibility:
    """Who sees a new answer of somebody who has chosen before: a late one of a quiet person is for one alone."""
    late_and_anonymous = chosen is Visibility.ANONYMOUS and phase is not Phase.OPEN
    return Visibility.FACILITATOR if late_and_anonymous else chosen


def say_change(before: Visibility, after: Visibility | None, *, read: bool, facilitator: str | None) -> str:
    """What becomes of an answer that others may have seen; `after` None is taken back. `read`: the group could read it
    by then. Empty where there is nothing to say."""
    if before == after:
        return ""
    reader = facilitator or "the facilitator"
    if before is Visibility.NAMED:
        return IN_CHANNEL if read else IN_DRAFT
    if before is Visibility.FACILITATOR and after is not Visibility.NAMED:
        return f"{reader[0].upper()}{reader[1:]} may have read it already, and known that it is yours."
    if after is Visibility.NAMED and read:
        return "The group sees it now, with your name."
    return ""
