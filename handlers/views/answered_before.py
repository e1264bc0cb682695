"""A second answer to the same question: added or put in the place of the first, and never so that words with a name
and words without one come together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.anonymity import Visibility
from bot.domain.rounds import Answerable
from bot.services.reflections import Own
from handlers.views import answering, audience, block_kit
from handlers.views.block_kit import Block, View

AGAIN = "answer_again"
NEVER_TOGETHER = (
    "Your earlier answer is without your name, and this message bears it: people would know both for yours. So I never "
    "add it there. If you use it, it takes the place of your earlier answer, which I delete."
)


def build_again(
    round_: Answerable, own: Own, new: answering.Given, facilitator: str | None, chosen: Visibility, now: datetime
) -> View:
    """It asks what becomes of it, and who sees it. The new text stands in the form, so nothing is lost. `chosen` is who
    saw what they answered last."""
    apart = new.public and own.visibility is Visibility.ANONYMOUS
    reader = audience.reader_of(own, facilitator)
    phase = round_.phase(now)
    options = audience.sees_options(
        facilitator, phase, None if new.public else own.visibility, hideable=not new.public, own=own
    )
    agree = own.visibility is chosen and not apart  # else nothing is chosen for them
    position = own.asked.position
    return block_kit.modal(
        AGAIN,
        "You answered before",
        [
            block_kit.paragraph(block_kit.text(own.asked.text, italic=True)),
            block_kit.quote(own.text),
            block_kit.small(f"Who sees it: {audience.sees_words(own, facilitator)}."),
            *([block_kit.paragraph(block_kit.text(NEVER_TOGETHER))] if apart else []),
            block_kit.field_input(f"answer-{position}", "Your new answer", block_kit.text_input(new.text, lines=True)),
            *([] if apart else [_how()]),
            block_kit.field_input(
                "sees",
                "Who sees it?",
                block_kit.choice("radio_buttons", options, own.visibility if agree else None),
                hint=audience.consequences(reader, phase, shared=round_.prompt.can_be_read, own=own),
            ),
            *([block_kit.small(answering.PUBLIC)] if new.public and not apart else []),
            block_kit.small(block_kit.NO_CLIENTS),
        ],
        submit="Keep it",
        close="Leave as it was",
        meta=answering.as_meta(round_, [own], {position} if new.public else ()),
    )


def _how() -> Block:
    ways = [block_kit.option("Add it to my earlier answer", "add"), block_kit.option("Put it in its place", "replace")]
    return block_kit.field_input(
        "how",
        "What shall I do with it?",
        block_kit.choice("radio_buttons", ways, "add"),
        hint="Added, it is seen by whoever sees the earlier one.",
    )


@dataclass(frozen=True)
class Again:
    position: int
    text: str
    added: bool
    sees: Visibility


def parse_again(state: Mapping[str, Any]) -> Again:
    values = state["values"]
    block = next(name for name in values if name.startswith("answer-"))
    added = "how" in values and values["how"]["how"]["selected_option"]["value"] == "add"
    sees = Visibility(values["sees"]["sees"]["selected_option"]["value"])
    return Again(int(block.removeprefix("answer-")), values[block][block].get("value") or "", added, sees)
