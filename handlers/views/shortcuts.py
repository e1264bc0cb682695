"""The shortcuts as Slack's menus name them, and the list of open questions that one of them opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.services.mine import OpenQuestions
from handlers.views import answering, kit
from handlers.views.kit import Block

USE, ANYWHERE = "use_as_reflection", "answer_anywhere"
MOST = 30


@dataclass(frozen=True)
class Shortcut:
    """An entry of Slack's menus: a message's (“message”), or the one that is everywhere (“global”)."""

    name: str
    kind: str
    callback: str
    about: str


TABLE = (
    Shortcut("Use as my reflection", "message", USE, "Answer your group's open question with a message of yours"),
    Shortcut("Answer Collab's question", "global", ANYWHERE, "What your groups ask you just now"),
)


def build_open(asking: Sequence[OpenQuestions], now: datetime) -> list[Block]:
    """What somebody's groups ask, each with its button."""
    blocks: list[Block] = []
    for one in asking[:MOST]:
        label = "See or change my answer" if one.took_part else "Answer"
        blocks += [
            kit.para(kit.b(one.group), kit.t(" – open until "), kit.when(one.closes_at, one.zone, now)),
            kit.bullets([kit.t(question)] for question in one.questions),
            kit.actions(kit.button(label, answering.ANSWER, one.meeting)),
        ]
    if len(asking) > MOST:
        blocks.append(kit.small("More are open: answer some, and the next ones come up here."))
    return blocks
