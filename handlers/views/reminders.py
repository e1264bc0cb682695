"""What single members get by DM while questions are open: the questions, where they chose that, and reminders."""

from datetime import datetime

from bot.domain.rounds import Round
from handlers.views import answering, block_kit, settings
from handlers.views.block_kit import Block

STOP, GO_ON = "reminders_stop", "reminders_go_on"


def build_reminder(round_: Round, now: datetime) -> block_kit.Message:
    """It names nobody, and says nothing of who answered."""
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold(round_.group.charter.name),
                block_kit.text(" meets "),
                block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
                block_kit.text(". Would you like to say something before it? Passing is fine too."),
            ),
            *_questions(round_, now),
            block_kit.actions(
                *_answer_or_pass(round_),
                block_kit.button("No more of these", STOP),
                block_kit.button("Settings", settings.OPEN),
            ),
        ]
    )


def build_invitation(round_: Round, now: datetime) -> block_kit.Message:
    """The questions as they go out in the channel."""
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold(round_.group.charter.name),
                block_kit.text(" asks, before "),
                block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
                block_kit.text(":"),
            ),
            *_questions(round_, now),
            block_kit.actions(*_answer_or_pass(round_), block_kit.button("Settings", settings.OPEN)),
        ]
    )


def _questions(round_: Round, now: datetime) -> list[Block]:
    return [
        block_kit.bullets([block_kit.text(asked.text)] for asked in round_.prompt.questions),
        block_kit.paragraph(
            block_kit.text("Open until "),
            block_kit.timestamp(round_.prompt.closes_at, round_.group.zone, now),
            block_kit.text("."),
        ),
    ]


def _answer_or_pass(round_: Round) -> tuple[block_kit.Element, block_kit.Element]:
    return (
        block_kit.button("Answer", answering.ANSWER, round_.meeting.id, style="primary"),
        block_kit.button("Pass", answering.PASS, round_.meeting.id),
    )


def build_stopped() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("Done. "),
            block_kit.text("I don't remind you any more. The questions stay in the channel and on my Home."),
        ),
        block_kit.actions(block_kit.button("Remind me again", GO_ON), block_kit.button("Settings", settings.OPEN)),
    ]


def build_going_on() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("Done. "),
            block_kit.text(
                "I remind you once, half-way until answering ends, when you have not answered or passed by then."
            ),
        ),
        block_kit.actions(block_kit.button("No more of these", STOP), block_kit.button("Settings", settings.OPEN)),
    ]
