"""What somebody hears when they were thanked."""

from collections.abc import Sequence

from bot.domain.text import shorten
from bot.services.thanks import Thanked
from handlers.views import block_kit
from handlers.views.block_kit import Block

MOST, MOST_NAMES = 10, 20
LONGEST = 200


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
