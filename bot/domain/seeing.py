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


def require_possible(after: Visibility, phase: Phase) -> None:
    """DomainError where an answer can't become that any more."""
    if after is Visibility.ANONYMOUS and phase is not Phase.OPEN:
        raise DomainError(TOO_LATE_TO_HIDE, "sees")


def fresh(chosen: Visibility, phase: Phase) -> Visibility:
    """Who sees a new answer of somebody who has chosen before: a late one of a quiet person is for one alone."""
    late_and_quiet = chosen is Visibility.ANONYMOUS and phase is not Phase.OPEN
    return Visibility.FACILITATOR if late_and_quiet else chosen


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
