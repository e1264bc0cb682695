"""What those hear, by DM, who answered without a name: too few did, a text came back or was thanked for; and how
they settle it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.domain.anonymity import ENOUGH
from bot.domain.rounds import Round
from bot.domain.seeing import YOURSELF
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
SURE_OF_NAME = ("The group will see it with your name.", "Put my name to it")


def _about(found: Round, position: int) -> str:
    return f"{found.meeting.id}:{position}"


def _question(found: Round, position: int) -> str:
    return next((asked.text for asked in found.prompt.questions if asked.position == position), "")


def build_too_few(found: Round, positions: Collection[int], now: datetime) -> kit.Message:
    """Told while it can be changed. The answer itself stays out of it, so that nothing is left behind here."""
    until = (
        [kit.t(" You can decide until "), kit.when(found.prompt.closes_at, found.group.zone, now), kit.t(".")]
        if found.prompt.is_open(now)
        else [kit.t(" You can decide until the others' answers are shown.")]
    )
    blocks = [
        kit.para(
            kit.b("Between you and me: "),
            kit.t("your answer without a name in "),
            kit.b(found.group.charter.name),
            kit.t(
                f" would not be shown as things stand. Fewer than {ENOUGH} people answered that way, and so few could "
                "be recognised; it would be erased unread. If you want it to be heard, there are two ways."
            ),
            *until,
        )
    ]
    for position in sorted(positions):
        value = _about(found, position)
        blocks += [
            kit.para(kit.t(_question(found, position), italic=True)),
            kit.actions(
                kit.button("Put my name to it", NAME, value, confirm=SURE_OF_NAME),
                kit.button("Only the facilitator", ALONE, value),
                kit.button("Leave it", LEAVE, value),
            ),
        ]
    return kit.Message([*blocks, kit.small("Nobody else hears of this.")])


def build_returned(found: Round, mine: Mine) -> kit.Message:
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
                kit.button("Only the facilitator", ALONE, value),
                kit.button("Withdraw", TAKE_BACK, value, confirm=("I delete your answer.", "Withdraw")),
            ),
            kit.small("Changed, it goes back among the others without your name. As it is, it will not be shown."),
        ]
    )


def build_thanked(found: Round, positions: Collection[int]) -> kit.Message:
    """Thanks for a text. Nobody could take it out of this message when the key is gone, so it stays out of it."""
    which = "this question" if len(positions) == 1 else "these questions"
    return kit.Message(
        [
            kit.para(
                kit.b("Somebody thanks you for what you wrote without a name. "),
                kit.t("It was whoever reads the answers of "),
                kit.b(found.group.charter.name),
                kit.t(f" before they are shown, and it was to {which}:"),
            ),
            *(kit.para(kit.t(_question(found, position), italic=True)) for position in sorted(positions)),
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


def build_left() -> list[Block]:
    return [
        kit.para(
            kit.b("I leave it. "),
            kit.t("If more people answer without a name, it is shown with theirs; else it is erased unread."),
        )
    ]


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
