"""The list of open questions that an entry of Slack's menus opens."""

from collections.abc import Sequence
from datetime import datetime

from bot.services.own_answers import OpenQuestions
from handlers.views import answering, block_kit
from handlers.views.block_kit import Block

USE, ANYWHERE = "use_as_reflection", "answer_anywhere"
MOST = 30


def build_open(asking: Sequence[OpenQuestions], now: datetime) -> list[Block]:
    """What somebody's groups ask, each with its button."""
    blocks: list[Block] = []
    for one in asking[:MOST]:
        label = "See or change my answer" if one.took_part else "Answer"
        blocks += [
            block_kit.paragraph(
                block_kit.bold(one.group),
                block_kit.text(" – open until "),
                block_kit.timestamp(one.closes_at, one.zone, now),
            ),
            block_kit.bullets([block_kit.text(question)] for question in one.questions),
            block_kit.actions(block_kit.button(label, answering.ANSWER, one.meeting)),
        ]
    if len(asking) > MOST:
        blocks.append(block_kit.small("More are open: answer some, and the next ones come up here."))
    return blocks
