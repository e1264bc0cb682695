"""What somebody is asked who wrote for one person alone, when another leads before it was read."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.rounds import Round
from bot.services.private_answers import Former, mark_of
from handlers.views import block_kit, responses
from handlers.views.block_kit import Block
from handlers.views.personal import build_buttons

GIVE, KEEP, TAKE_BACK = "former_give", "former_keep", "former_take_back"
SURE = ("I take it back and delete it.", "Take it back")


def build_asked(round_: Round, former: Former, names: Mapping[str, str], now: datetime) -> block_kit.Message:
    """Without what they wrote, so that nothing is left behind here."""
    leads = round_.meeting.facilitator or ""
    value = f"{round_.meeting.id}:{mark_of(round_)}"
    before = names.get(former.reader or "")
    stays = f"Keep it with {before}" if before else "Keep it to myself"
    alone = f"stays with {before} alone" if before else "stays with you alone"
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold("Somebody else leads. "),
                block_kit.text("You wrote something for "),
                block_kit.mention(former.reader) if former.reader else block_kit.text("one person"),
                block_kit.text(" alone in "),
                block_kit.bold(round_.group.charter.name),
                block_kit.text(", and it had not been read when "),
                block_kit.mention(leads),
                block_kit.text(" took over the meeting of "),
                block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
                block_kit.text(". Who shall read it?"),
            ),
            block_kit.bullets(
                [block_kit.text(asked.text, italic=True)]
                for asked in round_.prompt.questions
                if asked.position in former.unread
            ),
            block_kit.actions(
                block_kit.button(f"Give it to {names.get(leads, 'them')}", GIVE, value),
                block_kit.button(stays, KEEP, value),
                block_kit.button("Take it back", TAKE_BACK, value, confirm=SURE),
            ),
            block_kit.small(f"If you do nothing, it {alone}. Nobody else sees it, and nobody hears of this question."),
        ]
    )


def build_kept_for(round_: Round, now: datetime) -> block_kit.Message:
    """To the one reader. Neither who wrote it nor the words: they are read where only this person sees them."""
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.bold("Something was written for you alone. "),
                block_kit.text("Somebody in "),
                block_kit.bold(round_.group.charter.name),
                block_kit.text(" wrote it when you were to lead the meeting of "),
                block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
                block_kit.text(", and wants you to read it, whoever leads. Nobody else can."),
            ),
            block_kit.actions(block_kit.button("Read it", responses.READ, round_.meeting.id)),
        ]
    )


def build_settled() -> block_kit.Message:
    """In its place."""
    said = "This is settled. Your answers, and who sees them, are here:"
    return block_kit.Message([block_kit.paragraph(block_kit.text(said)), build_buttons(["mine"])])


def build_given(name: str) -> list[Block]:
    return [block_kit.paragraph(block_kit.bold("Done. "), block_kit.text(f"Only {name} can read it, from now on."))]


def build_stays(name: str | None) -> list[Block]:
    who = f"Only {name} can read it, whoever leads." if name else "Nobody but you can read it."
    return [block_kit.paragraph(block_kit.bold("It stays as it is. "), block_kit.text(who))]


def build_taken_back() -> list[Block]:
    return [block_kit.paragraph(block_kit.bold("It is deleted. "), block_kit.text("Nobody sees it any more."))]
