"""What single members get by DM while questions are open: the questions, where they chose that, and reminders."""

from datetime import datetime

from bot.domain.rounds import Round
from handlers.views import answering, kit, settings
from handlers.views.kit import Block

STOP, GO_ON = "reminders_stop", "reminders_go_on"


def build_reminder(found: Round, now: datetime) -> kit.Message:
    """It names nobody, and says nothing of who answered."""
    return kit.Message(
        [
            kit.para(
                kit.b(found.group.charter.name),
                kit.t(" meets "),
                kit.when(found.meeting.starts_at, found.group.zone, now),
                kit.t(". Would you like to say something before it? Passing is fine too."),
            ),
            *_questions(found, now),
            kit.actions(
                *_answer_or_pass(found), kit.button("No more of these", STOP), kit.button("Settings", settings.OPEN)
            ),
        ]
    )


def build_invitation(found: Round, now: datetime) -> kit.Message:
    """The questions as they go out in the channel."""
    return kit.Message(
        [
            kit.para(
                kit.b(found.group.charter.name),
                kit.t(" asks, before "),
                kit.when(found.meeting.starts_at, found.group.zone, now),
                kit.t(":"),
            ),
            *_questions(found, now),
            kit.actions(*_answer_or_pass(found), kit.button("Settings", settings.OPEN)),
        ]
    )


def _questions(found: Round, now: datetime) -> list[Block]:
    return [
        kit.bullets([kit.t(asked.text)] for asked in found.prompt.questions),
        kit.para(kit.t("Open until "), kit.when(found.prompt.closes_at, found.group.zone, now), kit.t(".")),
    ]


def _answer_or_pass(found: Round) -> tuple[kit.Element, kit.Element]:
    return (
        kit.button("Answer", answering.ANSWER, found.meeting.id, style="primary"),
        kit.button("Pass", answering.PASS, found.meeting.id),
    )


def build_stopped() -> list[Block]:
    return [
        kit.para(
            kit.b("Done. "),
            kit.t("I don't remind you any more. The questions stay in the channel and on my Home."),
        ),
        kit.actions(kit.button("Remind me again", GO_ON), kit.button("Settings", settings.OPEN)),
    ]


def build_going_on() -> list[Block]:
    return [
        kit.para(
            kit.b("Done. "),
            kit.t("I remind you once, half-way until answering ends, when you have not answered or passed by then."),
        ),
        kit.actions(kit.button("No more of these", STOP), kit.button("Settings", settings.OPEN)),
    ]
