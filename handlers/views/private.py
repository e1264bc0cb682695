"""What is for one person's eyes: first, and apart from what the group reads."""

from bot.domain.rounds import Round
from bot.domain.text import shorten
from bot.services.agendas import Contents
from handlers.views import kit
from handlers.views.kit import Block, Element

MOST = 12
LONGEST = 600
ONLY_YOU = "Nobody else reads this, and I never post it."


def build_for_you(found: Round, contents: Contents, longest: int = LONGEST, most: int = MOST) -> list[Block]:
    """What was written for whoever looks, and for nobody else."""
    blocks = [block for note in contents.notes for block in _note(note.author, note.text, longest)]
    for asked in found.prompt.questions:
        here = [seen for seen in contents.private if seen.position == asked.position]
        if here:
            quotes = [kit.quote(shorten(seen.text, longest), *_signed(seen.author)) for seen in here[:most]]
            blocks += [kit.para(kit.t(asked.text, italic=True)), _together(quotes)]
        if (rest := len(here) - most) > 0:
            blocks.append(kit.small(f"And {rest} more to this question."))
    if not blocks:
        return []
    return [kit.para(kit.b("For you alone")), kit.small(ONLY_YOU), *blocks, kit.divider()]


def _note(author: str, text: str, longest: int) -> list[Block]:
    return [kit.para(kit.t("From "), kit.at(author), kit.t(", who led last time")), kit.quote(shorten(text, longest))]


def _signed(author: str | None) -> list[Element]:
    return [kit.t(" – "), kit.at(author)] if author else []


def _together(quotes: list[Block]) -> Block:
    """In one block, so that many answers never break the limit on blocks."""
    return {"type": "rich_text", "elements": [part for quote in quotes for part in quote["elements"]]}
