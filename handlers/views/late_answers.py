"""A late answer in the prompt's thread."""

from bot.domain.anonymity import Seen
from bot.domain.rounds import Round
from handlers.views import block_kit


def build_late(round_: Round, seen: Seen, thread_ts: str) -> block_kit.Message:
    """One late answer, with its author and the question that it is for."""
    question = next((asked.text for asked in round_.prompt.questions if asked.position == seen.position), "")
    who = (
        [block_kit.mention(seen.author), block_kit.text(" answers late:")]
        if seen.author
        else [block_kit.text("A late answer:")]
    )
    after = [block_kit.text(" (edited)", italic=True)] if seen.edited else []
    blocks = [
        block_kit.paragraph(*who),
        block_kit.paragraph(block_kit.text(question, italic=True)),
        block_kit.quote(seen.text, *after),
    ]
    return block_kit.Message(blocks, thread_ts)
