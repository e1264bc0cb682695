"""What its author sees of an answer: who reads it and from when, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.rounds import Answerable, Phase
from bot.services.reflections import Own
from handlers.views import answering, audience, block_kit
from handlers.views.block_kit import Block

EDIT, WITHDRAW, SEES, GIVE = "answer_edit", "withdraw", "sees", "reader_give_one"


@dataclass(frozen=True)
class Told:
    """What is said above what is kept: what became of what others may have seen, and what was replaced."""

    said: Sequence[str] = ()
    replaced: Sequence[Own] = ()


def build_kept(
    round_: Answerable, own: Sequence[Own], facilitator: str | None, now: datetime, told: Told = Told()
) -> list[Block]:
    """What is kept, with a way to edit, withdraw and change who sees it."""
    phase = round_.phase(now)
    blocks = [
        block_kit.paragraph(
            block_kit.bold("Thank you, that is kept. " if own else "It is taken back. Nothing of yours is kept here. ")
        )
    ]
    blocks += [block_kit.paragraph(block_kit.text(words)) for words in told.said]
    blocks += _replaced(told.replaced)
    for o in own:
        blocks += build_own(round_.meeting.id, o, facilitator, phase)
    if not own:
        label = "Answer late" if phase is Phase.LATE else "Answer"
        answer = [block_kit.actions(block_kit.button(label, answering.ANSWER, round_.meeting.id, style="primary"))]
        return [*blocks, *(answer if phase is not Phase.OVER else [])]
    if phase is not Phase.OPEN:
        return [
            *blocks,
            block_kit.small("You can change it or take it back at any time; I bring up to date what shows it."),
        ]
    return [
        *blocks,
        block_kit.paragraph(
            block_kit.text("You can change it, and who sees it, until "),
            block_kit.timestamp(round_.prompt.closes_at, round_.group.zone, now),
            block_kit.text(". Find it again behind “More…” below the questions."),
        ),
    ]


def _replaced(replaced: Sequence[Own]) -> list[Block]:
    """Saved from two places: the later save stands, and the other is given back."""
    if not replaced:
        return []
    said = "Meanwhile you had saved this from another place. What you sent just now replaced it; here it is again:"
    return [block_kit.paragraph(block_kit.text(said)), *(block_kit.quote(o.text) for o in replaced)]


@dataclass(frozen=True)
class Ways:
    """What somebody can do about an answer of theirs now."""

    change: bool = True
    withdraw: bool = True


ALL_WAYS = Ways()


def build_own(meeting: str, own: Own, facilitator: str | None, phase: Phase, ways: Ways = ALL_WAYS) -> list[Block]:
    """One of somebody's own answers, who sees it and from when, and what they can do about it."""
    about = f"{meeting}:{own.asked.position}"
    who, late = f"Who sees it: {audience.sees_words(own, facilitator)}.", "It is shown as late." if own.late else ""
    return [
        block_kit.paragraph(block_kit.text(own.asked.text, italic=True)),
        block_kit.quote(own.text),
        block_kit.small(" ".join(filter(None, (who, audience.from_when(own, phase), late)))),
        *_own_ways(about, own, facilitator, phase, ways),
    ]


def _own_ways(about: str, own: Own, facilitator: str | None, phase: Phase, ways: Ways) -> list[Block]:
    elements = []
    if ways.change:
        elements.append(block_kit.button("Edit", EDIT, about))
    if ways.withdraw:
        sure = ("I take your answer back and delete it.", "Withdraw")
        elements.append(block_kit.button("Withdraw", WITHDRAW, about, confirm=sure))
    if ways.change:
        options = audience.sees_options(facilitator, phase, own.visibility, hideable=own.hideable, own=own)
        elements.append({"action_id": SEES, **block_kit.choice("static_select", options, own.visibility)})
    if ways.change and own.can_be_given and facilitator:
        elements.append(block_kit.button(f"Give it to {facilitator}", GIVE, about))
    return [block_kit.actions(*elements, block=f"own:{about}")] if elements else []
