"""The anonymous batch: the facilitator's review, and what the group is shown, once and shuffled."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.rounds import Round
from bot.domain.text import shorten
from handlers.views import kit
from handlers.views.kit import Block, View

READ, FORM = "batch_read", "batch_form"
SHOW, WITHHOLD = "show", "withhold"
LONGEST_BATCH = 11_000
"""Characters of quoted text in one message; Slack refuses a message whose blocks hold much more."""

Batch = Mapping[int, Sequence[str]]


def build_ready(found: Round) -> kit.Message:
    """The short line that asks the facilitator to read the batch. No number: it is for the batch to tell."""
    return kit.Message(
        [
            kit.para(
                kit.t("There are anonymous answers for "),
                kit.b(found.group.charter.name),
                kit.t(". Please read them before the group sees them."),
            ),
            kit.actions(kit.button("Read them", READ, found.meeting.id, style="primary")),
        ]
    )


def build_review(found: Round, batch: Batch) -> View:
    ways = [kit.option("Show them to the group", SHOW), kit.option("Don't show them; erase them", WITHHOLD)]
    return kit.modal(
        FORM,
        "Anonymous answers",
        [
            *_texts(found, batch),
            kit.field_input("decision", "What shall I do with them?", kit.choice("radio_buttons", ways, SHOW)),
            kit.small("They are shown all together, shuffled, in the prompt's thread. This can't be taken back."),
        ],
        submit="Decide",
        close="Later",
        meta=found.meeting.id,
    )


def parse_review(state: Mapping[str, Any]) -> bool:
    """Whether the batch is shown."""
    picked = state["values"]["decision"]["decision"]["selected_option"]
    return bool(picked["value"] == SHOW)


def build_shown(found: Round, batch: Batch, thread_ts: str | None) -> kit.Message:
    blocks = [kit.para(kit.b("Answered without a name")), *_texts(found, batch)]
    return kit.Message([*blocks, kit.small("All together and shuffled: nobody can look up who wrote what.")], thread_ts)


def _texts(found: Round, batch: Batch) -> list[Block]:
    """One block a question, so that many answers never break the limit on blocks."""
    total = sum(len(texts) for texts in batch.values()) or 1
    room = max(40, LONGEST_BATCH // total)
    blocks: list[Block] = []
    for asked in found.prompt.questions:
        texts = batch.get(asked.position, ())
        if texts:
            blocks += [kit.para(kit.b(asked.text)), kit.bullets([kit.t(shorten(text, room))] for text in texts)]
    return blocks


def build_decided(*, shown: bool) -> list[Block]:
    said = "I show them in the prompt's thread now." if shown else "They are erased, and were not shown."
    return [kit.para(kit.t(said))]
