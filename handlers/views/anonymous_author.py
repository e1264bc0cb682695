"""What those hear, by DM, who answered without a name: too few did, or a text came back; and how they settle it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.anonymity import ENOUGH
from bot.domain.anonymous_batches import outcome
from bot.domain.rounds import Batch, Round
from bot.domain.visibility_changes import YOURSELF
from bot.services.message_cleanup import Face
from bot.services.returned_answers import ReturnedAnswer
from handlers.views import block_kit
from handlers.views.block_kit import Block, View

NAME, ALONE, LEAVE, CHANGE, TAKE_BACK, FORM = (
    "quiet_name",
    "quiet_alone",
    "quiet_leave",
    "quiet_change",
    "quiet_take_back",
    "quiet_form",
)
MISSED = "I delete your answer. Whoever has read the answers without a name may notice that one is gone."
SURE_OF_NAME = ("The group will see it with your name.", "Put my name to it")


def _about(round_: Round, position: int) -> str:
    return f"{round_.meeting.id}:{position}"


def _question(round_: Round, position: int) -> str:
    return next((asked.text for asked in round_.prompt.questions if asked.position == position), "")


def build_too_few(round_: Round, positions: Collection[int], now: datetime, *, alone: bool = True) -> block_kit.Message:
    """Told once, while it can be changed: what happens if. It says nothing of how many there are, so that it stays true
    whatever others do. The answer itself stays out of it, so that nothing is left behind here."""
    end = block_kit.timestamp(round_.prompt.closes_at, round_.group.zone, now)
    said = [
        block_kit.text("you answered without a name in "),
        block_kit.bold(round_.group.charter.name),
        block_kit.text(f". If fewer than {ENOUGH} people have done so, to the same question, when answering ends "),
        end,
        block_kit.text(
            ", they could be recognised: then nobody sees these answers, I erase them, and I tell you here. If there "
            f"are {ENOUGH} or more, yours can be shown with theirs. Until then you can make sure that it is heard:"
        ),
    ]
    return _with_ways(round_, positions, said, alone=alone)


def build_too_few_left(
    round_: Round, positions: Collection[int], now: datetime, *, alone: bool = True
) -> block_kit.Message:
    """The same of a batch that waits, where too few are left as things stand."""
    ends = block_kit.timestamp(round_.prompt.review_ends_at or now, round_.group.zone, now)
    said = [
        block_kit.text("as things stand, your answer without a name in "),
        block_kit.bold(round_.group.charter.name),
        block_kit.text(
            f" would not be shown. Fewer than {ENOUGH} to the same question are left, and so few people could be "
            "recognised. If that stays so, nobody in the group sees it, and I erase it. You can make sure that it is "
            "heard, until "
        ),
        ends,
        block_kit.text(" or until somebody decides about all of them, whichever is first:"),
    ]
    return _with_ways(round_, positions, said, alone=alone)


def _with_ways(
    round_: Round, positions: Collection[int], said: Sequence[block_kit.Element], *, alone: bool
) -> block_kit.Message:
    """`alone`: there is somebody to read what is for whoever leads alone."""
    blocks = [block_kit.paragraph(block_kit.bold("Between you and me: "), *said)]
    for position in sorted(positions):
        value = _about(round_, position)
        blocks += [
            block_kit.paragraph(block_kit.text(_question(round_, position), italic=True)),
            block_kit.actions(
                block_kit.button("Put my name to it", NAME, value, confirm=SURE_OF_NAME),
                *_alone(value, possible=alone),
                block_kit.button("Leave it", LEAVE, value),
            ),
        ]
    return block_kit.Message([*blocks, block_kit.small("Nobody else hears of this.")])


def _alone(value: str, *, possible: bool) -> list[block_kit.Element]:
    return [block_kit.button("Only the facilitator", ALONE, value)] if possible else []


def build_enough(round_: Round) -> block_kit.Message:
    """In the place of a warning that is not so any more."""
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold("This is settled by now: "),
                block_kit.text("enough people have answered without a name in "),
                block_kit.bold(round_.group.charter.name),
                block_kit.text(
                    ". As things stand, yours can be shown with theirs, when whoever reads them first agrees. There is "
                    "nothing that you need to do."
                ),
            )
        ]
    )


def build_lapsing(round_: Round, positions: Collection[int], now: datetime, *, alone: bool = True) -> block_kit.Message:
    """Nobody has decided on the batch, and it will be erased: told while its authors can still do something."""
    until = block_kit.timestamp(round_.prompt.review_ends_at or now, round_.group.zone, now)
    blocks = [
        block_kit.paragraph(
            block_kit.bold("Between you and me: "),
            block_kit.text("nobody has decided yet on the answers without a name in "),
            block_kit.bold(round_.group.charter.name),
            block_kit.text(". If nobody does by "),
            until,
            block_kit.text(
                ", I erase them, yours too, and the group will not have seen them. If you want yours to be heard:"
            ),
        )
    ]
    for position in sorted(positions):
        value = _about(round_, position)
        blocks += [
            block_kit.paragraph(block_kit.text(_question(round_, position), italic=True)),
            block_kit.actions(
                block_kit.button("Put my name to it", NAME, value, confirm=SURE_OF_NAME),
                *_alone(value, possible=alone),
                block_kit.button("Take it back", TAKE_BACK, value, confirm=(MISSED, "Take it back")),
                block_kit.button("Leave it", LEAVE, value),
            ),
        ]
    return block_kit.Message([*blocks, block_kit.small("Nobody else hears of this.")])


WHY = {
    Face.TOO_FEW: (
        f" was not shown. Fewer than {ENOUGH} people answered that way, and so few could be recognised. It is erased, "
        "and nobody read it."
    ),
    Face.WITHHELD: " was not shown to the group. It is erased, and nobody can read it any more.",
    Face.LAPSED: (
        " was not shown to the group: nothing was decided about the answers without a name in time. It is erased, and "
        "nobody can read it any more."
    ),
    Face.FEW_LEFT: (
        f" was not shown to the group. Fewer than {ENOUGH} answers without a name to that question were left in the "
        "end, and so few people could be recognised. It is erased, and nobody can read it any more."
    ),
}
"""What became of an answer, for its author."""

EMPTY = {
    Face.OVER: "This is over. There is nothing left for you to do here.",
    Face.CLOSED: "Answering has ended. There is nothing left for you to do here.",
    Face.VOIDED: (
        "This is over: I was set up anew, and answers without a name that had not been shown don't outlive that. Where "
        "the questions are still open, you are welcome to answer them again."
    ),
    Face.GONE: "This is deleted.",
}
"""Tells nothing of anybody: what stands in the place of a message whose record is gone."""


def build_end(face: Face, group: str | None) -> block_kit.Message:
    """What a message to an author says at the end; without buttons, and without a word of theirs."""
    if face not in WHY or group is None:
        return block_kit.Message([block_kit.paragraph(block_kit.text(EMPTY.get(face, EMPTY[Face.OVER])))])
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold("Between you and me: "),
                block_kit.text("an answer that you gave without your name in "),
                block_kit.bold(group),
                block_kit.text(WHY[face]),
            ),
            block_kit.small("Nobody else hears of this. In a week I empty this message."),
        ]
    )


def build_returned(round_: Round, mine: ReturnedAnswer, *, alone: bool = True) -> block_kit.Message:
    """A text that came back: with the reason, and what its author can do."""
    value = _about(round_, mine.position)
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold("Your answer without a name came back. "),
                block_kit.text("Whoever reads the answers of "),
                block_kit.bold(round_.group.charter.name),
                block_kit.text(" before they are shown sent it back with a word. They don't know whose it is."),
            ),
            block_kit.paragraph(block_kit.text(_question(round_, mine.position), italic=True)),
            block_kit.quote(mine.text),
            block_kit.paragraph(block_kit.text("They say:")),
            block_kit.quote(mine.reason or ""),
            block_kit.actions(
                block_kit.button("Change it", CHANGE, value, style="primary"),
                *_alone(value, possible=alone),
                block_kit.button("Withdraw", TAKE_BACK, value, confirm=(MISSED, "Withdraw")),
            ),
            block_kit.small(
                "Changed, it goes back among the others without your name. As it is, it will not be shown."
            ),
        ]
    )


def build_settled() -> block_kit.Message:
    """In the place of a text that came back."""
    return block_kit.Message([block_kit.paragraph(block_kit.text("You have settled this. Thank you."))])


def build_change(round_: Round, mine: ReturnedAnswer) -> View:
    return block_kit.modal(
        FORM,
        "Your answer",
        [
            block_kit.paragraph(block_kit.text("They say:")),
            block_kit.quote(mine.reason or ""),
            block_kit.field_input(
                "answer", _question(round_, mine.position), block_kit.text_input(mine.text, lines=True)
            ),
            block_kit.small("It goes back among the others without your name."),
            block_kit.small(block_kit.NO_CLIENTS),
        ],
        submit="Hand it in again",
        close="Not now",
        meta=_about(round_, mine.position),
    )


def parse_change(state: Mapping[str, Any]) -> str:
    return state["values"]["answer"]["answer"].get("value") or ""


def parse_about(value: str) -> tuple[str, int]:
    """(meeting, the question's position)."""
    meeting, _, position = value.partition(":")
    return meeting, int(position or 0)


def build_named() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("Done. "), block_kit.text("It stands with your name now, as an answer like any other.")
        )
    ]


def build_alone(facilitator: str | None) -> list[Block]:
    who = facilitator or "the facilitator"
    said = f"Only {who} sees it now, and sees that it is yours."
    mine = "Only you see it now, as you lead."
    return [block_kit.paragraph(block_kit.bold("Done. "), block_kit.text(mine if facilitator == YOURSELF else said))]


def build_left(round_: Round, now: datetime, *, few: bool, mine: bool) -> list[Block]:
    """What that means as things stand. `few`: too few are left to be shown; `mine`: it is still there."""
    prompt = round_.prompt
    if prompt.is_open(now):
        then = (
            f"If {ENOUGH} or more have answered without a name when answering ends, it can be shown with theirs; else "
            "I erase it, and nobody reads it."
        )
    elif prompt.batch is not Batch.WAITING:
        return [
            block_kit.paragraph(block_kit.bold("There is nothing left to decide. "), block_kit.text(outcome(prompt)))
        ]
    elif not mine:
        return [block_kit.paragraph(block_kit.text("You have settled this. There is nothing left to decide."))]
    elif few:
        then = f"Fewer than {ENOUGH} are left as things stand. If that stays so, it is not shown, and I erase it."
    else:
        then = (
            "As things stand there are enough: it can be shown with the others, when whoever reads them first agrees. "
            "If some are taken back, too few may be left; then I erase it."
        )
    return [block_kit.paragraph(block_kit.bold("I leave it. "), block_kit.text(then))]


def build_taken_back() -> list[Block]:
    return [block_kit.paragraph(block_kit.bold("It is deleted. "), block_kit.text("Nobody sees it any more."))]


def build_handed_in() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("Thank you. "), block_kit.text("It is back among the others, without your name.")
        )
    ]


def build_redacted(round_: Round, position: int) -> block_kit.Message:
    """A convener took an answer out: its author hears it, kindly."""
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text("A convener of "),
                block_kit.bold(round_.group.charter.name),
                block_kit.text(
                    " took one of your answers out of the group's view, and I deleted it. It was to this question:"
                ),
            ),
            block_kit.paragraph(block_kit.text(_question(round_, position), italic=True)),
            block_kit.paragraph(
                block_kit.text(
                    "That says nothing about you: often a detail could have pointed to a client. Ask them if you would "
                    "like to know more."
                )
            ),
        ]
    )
