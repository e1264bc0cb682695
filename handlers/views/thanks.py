"""What somebody hears when they were thanked."""

from collections.abc import Sequence

from bot.domain.text import shorten
from bot.services.appreciations import Thanked
from handlers.views import kit
from handlers.views.kit import Block

MOST, MOST_NAMES = 10, 20
LONGEST = 200


def build_thanks(thanked: Sequence[Thanked]) -> kit.Message:
    """By whom and for what: thanks are a gift from one person to another, so they bear a name and no number."""
    blocks: list[Block] = [kit.para(kit.b("Somebody thanked you for what you wrote."))]
    for one in thanked[:MOST]:
        blocks += [
            kit.para(
                *_names(one.by),
                kit.t(" said thanks for your answer to “"),
                kit.t(shorten(one.question, LONGEST)),
                kit.t("”:"),
            ),
            kit.quote(shorten(one.text, LONGEST)),
        ]
    if len(thanked) > MOST:
        blocks.append(kit.small("And for more that you wrote."))
    return kit.Message([*blocks, kit.small("Only you see this.")])


def build_gone() -> kit.Message:
    """Where nothing of it can be read by name any more."""
    said = "Somebody thanked you for what you wrote. It isn't with the group any more, so I don't show it here."
    return kit.Message([kit.para(kit.t(said)), kit.small("Only you see this.")])


def _names(people: Sequence[str]) -> list[kit.Element]:
    """“@Ana, @Ben and @Chen”."""
    shown = people[:MOST_NAMES]
    names: list[kit.Element] = []
    for number, person in enumerate(shown):
        if number:
            names.append(kit.t(" and " if number == len(people) - 1 else ", "))
        names.append(kit.at(person))
    return names if len(people) <= MOST_NAMES else [*names, kit.t(" and others")]
