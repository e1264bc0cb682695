"""Who reads an answer, and from when: as options to choose from, and in words at the answer itself."""

from bot.domain.anonymity import Visibility
from bot.domain.rounds import Phase
from bot.domain.visibility_changes import YOURSELF
from bot.services.reflections import Own
from handlers.views import block_kit

ALONE = "Whoever it was for isn't here any more: nobody but you can read it."
NOT_YET = "Nobody reads it before answering ends."


def sees_options(
    facilitator: str | None,
    phase: Phase = Phase.OPEN,
    chosen: Visibility | None = None,
    *,
    hideable: bool = True,
    own: Own | None = None,
) -> list[block_kit.Element]:
    """Without a name only in time and where it could not be recognised, or where it is so: late, an answer would stand
    alone. What is for one person alone stays with that one (`own`), whoever leads."""
    can_be = (phase is Phase.OPEN and hideable) or chosen is Visibility.ANONYMOUS
    anonymous = [block_kit.option("The group, without my name", Visibility.ANONYMOUS)] if can_be else []
    alone = own is not None and own.visibility is Visibility.FACILITATOR
    only = sees_words(own, facilitator) if own is not None and alone else only_words(facilitator)
    named = block_kit.option("The group, with my name", Visibility.NAMED)
    return [named, *anonymous, block_kit.option(only, Visibility.FACILITATOR)]


def only_words(reader: str | None) -> str:
    return "Only I see it, as I lead" if reader == YOURSELF else f"Only {reader or 'the facilitator'} sees it"


def consequences(reader: str | None, phase: Phase, *, shared: bool, own: Own | None = None) -> str:
    """In two sentences, what the choices mean and from when; `shared`: named answers are read already."""
    if phase is Phase.OPEN and not shared:
        named = "everybody in the channel when answering ends; whoever leads, and conveners, can already."
    elif phase is Phase.OPEN:
        named = "everybody in the channel, at once."
    else:
        named = "everybody in the channel, at once, in the questions' thread or where it stood."
    alone = ALONE if own is not None and own.is_orphaned else _alone(reader)
    return f"With my name: {named} {alone} You can change it later."


def _alone(facilitator: str | None) -> str:
    if facilitator == YOURSELF:
        return "Only I: nobody else ever can read it."
    if facilitator is None:
        return "Only the facilitator: nobody leads yet, so nobody can read it before I have asked you by name."
    return f"Only {facilitator}: {facilitator} can read it at once, and nobody else ever can."


def from_when(own: Own, phase: Phase) -> str:
    """Who can read an answer as things stand, and what comes."""
    if own.visibility is Visibility.ANONYMOUS:
        return NOT_YET if phase is Phase.OPEN else ""
    if own.visibility is Visibility.NAMED:
        if own.can_be_read or phase is not Phase.OPEN:
            return "Everybody in the channel can read it."
        return "Everybody in the channel reads it when answering ends; whoever leads, and conveners, can already."
    if own.reader == YOURSELF:
        return "Nobody else can read it."
    if own.is_orphaned:
        return ALONE
    held = " Somebody else leads by now, and does not see it." if own.can_be_given else ""
    return f"They can read it already, and nobody else ever can.{held}"


def sees_words(own: Own, facilitator: str | None) -> str:
    """The label of the choice that an answer stands at."""
    if own.visibility is Visibility.FACILITATOR:
        return "Only you see it" if own.is_orphaned else only_words(reader_of(own, facilitator))
    return {Visibility.NAMED: "The group, with my name", Visibility.ANONYMOUS: "The group, without my name"}[
        own.visibility
    ]


def reader_of(own: Own, facilitator: str | None) -> str | None:
    """The name of an answer's one reader, which is not always whoever leads."""
    return own.reader if own.is_with_former else facilitator
