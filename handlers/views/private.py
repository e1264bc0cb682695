"""What is for one person's eyes: first, and apart from what the group reads."""

from bot.domain.rounds import Round
from bot.domain.text import shorten
from bot.services.agenda import AgendaContents
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element

MOST = 12
LONGEST = 600
ONLY_YOU = "Nobody else reads this, and I never post it."


def build_for_you(round_: Round, contents: AgendaContents, longest: int = LONGEST, most: int = MOST) -> list[Block]:
    """What was written for whoever looks, and for nobody else."""
    blocks = [block for note in contents.notes for block in _note(note.author, note.text, longest)]
    for asked in round_.prompt.questions:
        here = [seen for seen in contents.private if seen.position == asked.position]
        if here:
            quotes = [block_kit.quote(shorten(seen.text, longest), *_signed(seen.author)) for seen in here[:most]]
            blocks += [block_kit.paragraph(block_kit.text(asked.text, italic=True)), _together(quotes)]
        if (rest := len(here) - most) > 0:
            blocks.append(block_kit.small(f"And {rest} more to this question."))
    if not blocks:
        return []
    return [
        block_kit.paragraph(block_kit.bold("For you alone")),
        block_kit.small(ONLY_YOU),
        *blocks,
        block_kit.divider(),
    ]


def _note(author: str, text: str, longest: int) -> list[Block]:
    return [
        block_kit.paragraph(block_kit.text("From "), block_kit.mention(author), block_kit.text(", who led last time")),
        block_kit.quote(shorten(text, longest)),
    ]


def _signed(author: str | None) -> list[Element]:
    return [block_kit.text(" – "), block_kit.mention(author)] if author else []


def _together(quotes: list[Block]) -> Block:
    """In one block, so that many answers never break the limit on blocks."""
    return {"type": "rich_text", "elements": [part for quote in quotes for part in quote["elements"]]}
