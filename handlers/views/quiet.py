"""What those hear, by DM, who answered without a name: too few did, a text came back or was thanked for; and how
they settle it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.anonymity import ENOUGH
from bot.domain.batches import outcome, review_ends
from bot.domain.rounds import Batch, Round
from bot.domain.seeing import YOURSELF
from bot.services.cleanup import Face
from bot.services.returning import Mine
from handlers.views import kit
from handlers.views.kit import Block, View

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


def _about(found: Round, position: int) -> str:
    return f"{found.meeting.id}:{position}"


def _question(found: Round, position: int) -> str:
    return next((asked.text for asked in found.prompt.questions if asked.position == position), "")


def build_too_few(found: Round, positions: Collection[int], now: datetime, *, alone: bool = True) -> kit.Message:
    """Told once, while it can be changed: what happens if. It says nothing of how many there are, so that it stays true
    whatever others do. The answer itself stays out of it, so that nothing is left behind here."""
    end = kit.when(found.prompt.closes_at, found.group.zone, now)
    said = [
        kit.t("you answered without a name in "),
        kit.b(found.group.charter.name),
        kit.t(f". If fewer than {ENOUGH} people have done so, to the same question, when answering ends "),
        end,
        kit.t(
            ", they could be recognised: then nobody sees these answers, I erase them, and I tell you here. If there "
            f"are {ENOUGH} or more, yours can be shown with theirs. Until then you can make sure that it is heard:"
        ),
    ]
    return _with_ways(found, positions, said, alone=alone)


def build_too_few_left(found: Round, positions: Collection[int], now: datetime, *, alone: bool = True) -> kit.Message:
    """The same of a batch that waits, where too few are left as things stand."""
    ends = kit.when(review_ends(found.prompt) or now, found.group.zone, now)
    said = [
        kit.t("as things stand, your answer without a name in "),
        kit.b(found.group.charter.name),
        kit.t(
            f" would not be shown. Fewer than {ENOUGH} to the same question are left, and so few people could be "
            "recognised. If that stays so, nobody in the group sees it, and I erase it. You can make sure that it is "
            "heard, until "
        ),
        ends,
        kit.t(" or until somebody decides about all of them, whichever is first:"),
    ]
    return _with_ways(found, positions, said, alone=alone)


def _with_ways(found: Round, positions: Collection[int], said: Sequence[kit.Element], *, alone: bool) -> kit.Message:
    """`alone`: there is somebody to read what is for whoever leads alone."""
    blocks = [kit.para(kit.b("Between you and me: "), *said)]
    for position in sorted(positions):
        value = _about(found, position)
        blocks += [
            kit.para(kit.t(_question(found, position), italic=True)),
            kit.actions(
                kit.button("Put my name to it", NAME, value, confirm=SURE_OF_NAME),
                *_alone(value, possible=alone),
                kit.button("Leave it", LEAVE, value),
            ),
        ]
    return kit.Message([*blocks, kit.small("Nobody else hears of this.")])


def _alone(value: str, *, possible: bool) -> list[kit.Element]:
    return [kit.button("Only the facilitator", ALONE, value)] if possible else []


def build_enough(found: Round) -> kit.Message:
    """In the place of a warning that is not so any more."""
    return kit.Message(
        [
            kit.para(
                kit.b("This is settled by now: "),
                kit.t("enough people have answered without a name in "),
                kit.b(found.group.charter.name),
                kit.t(
                    ". As things stand, yours can be shown with theirs, when whoever reads them first agrees. There is "
                    "nothing that you need to do."
                ),
            )
        ]
    )


def build_lapsing(found: Round, positions: Collection[int], now: datetime, *, alone: bool = True) -> kit.Message:
    """Nobody has decided on the batch, and it will be erased: told while its authors can still do something."""
    until = kit.when(review_ends(found.prompt) or now, found.group.zone, now)
    blocks = [
        kit.para(
            kit.b("Between you and me: "),
            kit.t("nobody has decided yet on the answers without a name in "),
            kit.b(found.group.charter.name),
            kit.t(". If nobody does by "),
            until,
            kit.t(", I erase them, yours too, and the group will not have seen them. If you want yours to be heard:"),
        )
    ]
    for position in sorted(positions):
        value = _about(found, position)
        blocks += [
            kit.para(kit.t(_question(found, position), italic=True)),
            kit.actions(
                kit.button("Put my name to it", NAME, value, confirm=SURE_OF_NAME),
                *_alone(value, possible=alone),
                kit.button("Take it back", TAKE_BACK, value, confirm=(MISSED, "Take it back")),
                kit.button("Leave it", LEAVE, value),
            ),
        ]
    return kit.Message([*blocks, kit.small("Nobody else hears of this.")])


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


def build_end(face: Face, group: str | None) -> kit.Message:
    """What a message to an author says at the end; without buttons, and without a word of theirs."""
    if face not in WHY or group is None:
        return kit.Message([kit.para(kit.t(EMPTY.get(face, EMPTY[Face.OVER])))])
    return kit.Message(
        [
            kit.para(
                kit.b("Between you and me: "),
                kit.t("an answer that you gave without your name in "),
                kit.b(group),
                kit.t(WHY[face]),
            ),
            kit.small("Nobody else hears of this. In a week I empty this message."),
        ]
    )


def build_returned(found: Round, mine: Mine, *, alone: bool = True) -> kit.Message:
    """A text that came back: with the reason, and what its author can do."""
    value = _about(found, mine.position)
    return kit.Message(
        [
            kit.para(
                kit.b("Your answer without a name came back. "),
                kit.t("Whoever reads the answers of "),
                kit.b(found.group.charter.name),
                kit.t(" before they are shown sent it back with a word. They don't know whose it is."),
            ),
            kit.para(kit.t(_question(found, mine.position), italic=True)),
            kit.quote(mine.text),
            kit.para(kit.t("They say:")),
            kit.quote(mine.reason or ""),
            kit.actions(
                kit.button("Change it", CHANGE, value, style="primary"),
                *_alone(value, possible=alone),
                kit.button("Withdraw", TAKE_BACK, value, confirm=(MISSED, "Withdraw")),
            ),
            kit.small("Changed, it goes back among the others without your name. As it is, it will not be shown."),
        ]
    )


def build_thanked() -> kit.Message:
    """Thanks for a text. Its record goes with the key, and nobody could change this message then: it names neither the
    group nor the question, and quotes nothing."""
    return kit.Message(
        [
            kit.para(
                kit.b("Somebody thanks you for what you wrote without a name. "),
                kit.t("It was whoever reads such answers before a group sees them."),
            ),
            kit.small("They don't know whose it is, and nobody else hears of this."),
        ]
    )


def build_settled() -> kit.Message:
    """In the place of a text that came back."""
    return kit.Message([kit.para(kit.t("You have settled this. Thank you."))])


def build_change(found: Round, mine: Mine) -> View:
    return kit.modal(
        FORM,
        "Your answer",
        [
            kit.para(kit.t("They say:")),
            kit.quote(mine.reason or ""),
            kit.field_input("answer", _question(found, mine.position), kit.text_input(mine.text, lines=True)),
            kit.small("It goes back among the others without your name."),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Hand it in again",
        close="Not now",
        meta=_about(found, mine.position),
    )


def parse_change(state: Mapping[str, Any]) -> str:
    return state["values"]["answer"]["answer"].get("value") or ""


def parse_about(value: str) -> tuple[str, int]:
    """(meeting, the question's position)."""
    meeting, _, position = value.partition(":")
    return meeting, int(position or 0)


def build_named() -> list[Block]:
    return [kit.para(kit.b("Done. "), kit.t("It stands with your name now, as an answer like any other."))]


def build_alone(facilitator: str | None) -> list[Block]:
    who = facilitator or "the facilitator"
    said = f"Only {who} sees it now, and sees that it is yours."
    mine = "Only you see it now, as you lead."
    return [kit.para(kit.b("Done. "), kit.t(mine if facilitator == YOURSELF else said))]


def build_left(found: Round, now: datetime, *, few: bool, mine: bool) -> list[Block]:
    """What that means as things stand. `few`: too few are left to be shown; `mine`: it is still there."""
    prompt = found.prompt
    if prompt.is_open(now):
        then = (
            f"If {ENOUGH} or more have answered without a name when answering ends, it can be shown with theirs; else "
            "I erase it, and nobody reads it."
        )
    elif prompt.batch is not Batch.WAITING:
        return [kit.para(kit.b("There is nothing left to decide. "), kit.t(outcome(prompt)))]
    elif not mine:
        return [kit.para(kit.t("You have settled this. There is nothing left to decide."))]
    elif few:
        then = f"Fewer than {ENOUGH} are left as things stand. If that stays so, it is not shown, and I erase it."
    else:
        then = (
            "As things stand there are enough: it can be shown with the others, when whoever reads them first agrees. "
            "If some are taken back, too few may be left; then I erase it."
        )
    return [kit.para(kit.b("I leave it. "), kit.t(then))]


def build_taken_back() -> list[Block]:
    return [kit.para(kit.b("It is deleted. "), kit.t("Nobody sees it any more."))]


def build_handed_in() -> list[Block]:
    return [kit.para(kit.b("Thank you. "), kit.t("It is back among the others, without your name."))]


def build_redacted(found: Round, position: int) -> kit.Message:
    """A convener took an answer out: its author hears it, kindly."""
    return kit.Message(
        [
            kit.para(
                kit.t("A convener of "),
                kit.b(found.group.charter.name),
                kit.t(" took one of your answers out of the group's view, and I deleted it. It was to this question:"),
            ),
            kit.para(kit.t(_question(found, position), italic=True)),
            kit.para(
                kit.t(
                    "That says nothing about you: often a detail could have pointed to a client. Ask them if you would "
                    "like to know more."
                )
            ),
        ]
    )
