"""Thanks: the buttons to say them, and what somebody hears when they were thanked."""

from collections.abc import Sequence

from bot.domain.responses import Line
from bot.domain.rounds import Round
from bot.domain.text import shorten
from bot.services.thanks import Thanked
from handlers.views import block_kit
from handlers.views.anonymous_review import Way, build_again
from handlers.views.block_kit import Block, Element

MOST, MOST_NAMES = 10, 20
LONGEST = 200


THANK, UNTHANK = "thank", "unthank"
REACH = "Thanks reach the one who wrote it once a day, in the afternoon, from you by name."
REACH_ANONYMOUS = (
    "Thanks reach its author by DM if they go out before you decide on the answers: after that I pass none on. Once "
    "the answers are shown, nobody can tell whose they are, not even I."
)
"""Once a day at most, which is said when they are given."""

WAY = Way(
    "thank",
    "Thank for one of them, and decide later",
    "Which one do you say thanks for? Pick it here.",
    REACH_ANONYMOUS,
)


def build_button(line: Line) -> Element | None:
    if line.thanks_for is None:
        return None
    label, action = ("Take my thanks back", UNTHANK) if line.thanked else ("Thanks for this", THANK)
    return block_kit.button(label, action, line.thanks_for)


def build_thanked(round_: Round) -> list[Block]:
    """The same whoever wrote it, and whether or not they hear it today."""
    said = (
        "Thank you for saying so. Its author hears it by DM, if I can still find them: without your name, and once a "
        "day at most. When you have decided on the answers I pass none on any more, so give it a minute."
    )
    return [block_kit.paragraph(block_kit.text(said)), build_again(round_, "Read them again")]


def build_thanks(thanked: Sequence[Thanked]) -> block_kit.Message:
    """By whom and for what: thanks are a gift from one person to another, so they bear a name and no number."""
    blocks: list[Block] = [block_kit.paragraph(block_kit.bold("Somebody thanked you for what you wrote."))]
    for one in thanked[:MOST]:
        blocks += [
            block_kit.paragraph(
                *_names(one.by),
                block_kit.text(" said thanks for your answer to “"),
                block_kit.text(shorten(one.question, LONGEST)),
                block_kit.text("”:"),
            ),
            block_kit.quote(shorten(one.text, LONGEST)),
        ]
    if len(thanked) > MOST:
        blocks.append(block_kit.small("And for more that you wrote."))
    return block_kit.Message([*blocks, block_kit.small("Only you see this.")])


def build_gone() -> block_kit.Message:
    """Where nothing of it can be read by name any more."""
    said = "Somebody thanked you for what you wrote. It isn't with the group any more, so I don't show it here."
    return block_kit.Message([block_kit.paragraph(block_kit.text(said)), block_kit.small("Only you see this.")])


def _names(people: Sequence[str]) -> list[block_kit.Element]:
    """“@Ana, @Ben and @Chen”."""
    shown = people[:MOST_NAMES]
    names: list[block_kit.Element] = []
    for number, person in enumerate(shown):
        if number:
            names.append(block_kit.text(" and " if number == len(people) - 1 else ", "))
        names.append(block_kit.mention(person))
    return names if len(people) <= MOST_NAMES else [*names, block_kit.text(" and others")]


def build_thanked_anonymous() -> block_kit.Message:
    """Thanks for a text. Its record goes with the key, and nobody could change this message then: it names neither the
    group nor the question, and quotes nothing."""
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold("Somebody thanks you for what you wrote without a name. "),
                block_kit.text("It was whoever reads such answers before a group sees them."),
            ),
            block_kit.small("They don't know whose it is, and nobody else hears of this."),
        ]
    )
