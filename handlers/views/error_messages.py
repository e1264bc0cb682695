"""When something did not work: said plainly, with what was typed given back."""

from collections.abc import Mapping
from typing import Any

from bot.domain.rounds import Group
from handlers.views import block_kit
from handlers.views.block_kit import Block, View

THERE, AGAIN = "post_is_there", "post_again"
MOST_GIVEN_BACK = 4
IN_MODAL = "trouble"
OF_MODAL = ("type", "title", "close", "submit", "callback_id", "private_metadata", "clear_on_close", "notify_on_close")

FORM_FAILED = "Slack didn't open the form just now. Nothing is lost: please try again."
UNEXPECTED = "Something went wrong on my side. Nothing of yours was changed; please try again in a moment."

WHAT = {
    "started": "the message about the new group",
    "prompt": "the questions for the next meeting",
    "agenda": "the agenda",
    "handoff": "the handover",
    "anonymous_shown": "the anonymous answers",
    "summary": "the summary of what was answered",
    "late_answer": "a late answer",
    "taken_over": "the message about the new convener",
}

LATE = "This comes later than it should."
OUT_OF_REACH = "This comes later than it should: I was out of reach for a while."


def say_late(message: block_kit.Message, *, out_of_reach: bool) -> block_kit.Message:
    """The same, with a quiet line below its heading that it comes late, and why, where that is so."""
    first, *rest = message.blocks
    return block_kit.Message([first, block_kit.small(OUT_OF_REACH if out_of_reach else LATE), *rest], message.thread_ts)


def build_trouble(words: str, typed: str = "") -> list[Block]:
    """What went wrong; `typed` is given back so that it can be copied and sent again."""
    blocks = [block_kit.paragraph(block_kit.text(words.replace("`", "")))]
    if not typed:
        return blocks
    parts = [typed[i : i + block_kit.LONGEST_TEXT] for i in range(0, len(typed), block_kit.LONGEST_TEXT)]
    blocks += [block_kit.small("Here is what you wrote:"), *(block_kit.quote(part) for part in parts[:MOST_GIVEN_BACK])]
    if len(parts) > MOST_GIVEN_BACK:
        blocks.append(block_kit.small("The rest is more than one message holds."))
    return blocks


def build_in_modal(view: Mapping[str, Any]) -> View:
    """A modal that stands, as Slack gave it, with a line above it that the next one did not open; said twice, it stands
    there once."""
    kept = {name: view[name] for name in OF_MODAL if view.get(name) is not None}
    blocks = [block for block in view["blocks"] if block.get("block_id") != IN_MODAL]
    said = build_trouble(FORM_FAILED)[0] | {"block_id": IN_MODAL}
    return kept | {"blocks": [said, *blocks][: block_kit.MOST_MODAL_BLOCKS]}


def build_unclear(group: Group, kind: str, delivery: str) -> block_kit.Message:
    """Slack gave no clear answer about a channel post, and the bot may not look itself."""
    what = WHAT.get(kind, "a message")
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text(f"Slack gave me no clear answer when I posted {what} for "),
                block_kit.bold(group.charter.name),
                block_kit.text(". Is it in the channel?"),
            ),
            block_kit.actions(
                block_kit.button("It is there", THERE, delivery), block_kit.button("Post it now", AGAIN, delivery)
            ),
        ]
    )


def build_stopped(group: Group, reason: str) -> block_kit.Message:
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text("I can't post for "),
                block_kit.bold(group.charter.name),
                block_kit.text(f" any more: {reason}. Nothing is lost. When that is mended, I go on by myself."),
            )
        ]
    )


def build_settled(*, before: bool, is_there: bool) -> list[Block]:
    """What becomes of an unclear post, told to whoever said so; `before` somebody else had."""
    said = "Thank you, I leave it as it is." if is_there else "Thank you, I post it now."
    return [block_kit.paragraph(block_kit.text("That is settled already." if before else said))]
