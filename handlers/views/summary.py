"""What we wrote: the summary in the prompt's thread."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.domain.anonymity import Seen, enough
from bot.domain.anonymous_batches import UNSHOWN, outcome
from bot.domain.questions import Wants
from bot.domain.rounds import PromptQuestion, Round
from bot.domain.text import shorten
from handlers.views import answering, block_kit, preview, responses
from handlers.views.block_kit import Block, Element, View

SHARE, SHARE_FORM = "answers_share", "answers_share_form"
MOST_EACH = 8
LONGEST = 300
BAR, GAP = "█", "░"
WIDTH = 10


@dataclass(frozen=True)
class Answers:
    """Some named answers by question, the questions that have more, and how often each step of a scale was chosen."""

    named: Mapping[int, Sequence[Seen]]
    more: AbstractSet[int]
    steps: Mapping[int, Mapping[str, int]]

    @property
    def any(self) -> bool:
        return any(self.named.values())


def build_summary(round_: Round, answers: Answers) -> block_kit.Message:
    """By question: who said what by name; on a scale, how the answers spread, from three on."""
    blocks: list[Block] = [block_kit.heading("What we wrote")]
    for asked in round_.prompt.questions:
        blocks += _question(asked, answers)
    if not answers.any:
        blocks.append(block_kit.paragraph(block_kit.text("Nobody's answer is here to be read any more.")))
    if took_part := answering.took_part_words(round_):
        blocks.append(block_kit.small(took_part))
    if round_.prompt.batch in UNSHOWN:
        blocks.append(block_kit.small(outcome(round_.prompt)))
    button = block_kit.button("Read them all", responses.READ, round_.meeting.id)
    return block_kit.Message([*blocks, block_kit.actions(button)], round_.thread("prompt"))


def _question(asked: PromptQuestion, answers: Answers) -> list[Block]:
    named, steps = answers.named.get(asked.position, ()), answers.steps.get(asked.position, {})
    if not named:
        return []
    head = block_kit.paragraph(block_kit.bold(asked.text))
    if asked.wants is Wants.SCALE and enough(sum(steps.values())):
        return [head, _spread(steps)]
    blocks = [head, *(_answer(seen) for seen in named)]
    if asked.position in answers.more:
        blocks.append(block_kit.small("More was said to this question: read them all below."))
    return blocks


def _spread(steps: Mapping[str, int]) -> Block:
    """Every step of the scale, chosen or not, with a bar; the longest is as long as there is room."""
    most = max(steps.values())
    rows = []
    for step in answering.SCALE:
        number = steps.get(step, 0)
        filled = -(-number * WIDTH // most)
        rows.append([block_kit.text(f"{BAR * filled}{GAP * (WIDTH - filled)} "), block_kit.text(f"{step}: {number}")])
    return block_kit.bullets(rows)


def _answer(seen: Seen) -> Block:
    return block_kit.quote(shorten(seen.text, LONGEST), *responses.signed(seen))


def build_share_button(round_: Round) -> Element | None:
    """Below the agenda's draft, while answering goes on."""
    if not round_.thread("prompt") or round_.prompt.can_be_read:
        return None
    return block_kit.button("Post the named answers now …", SHARE, round_.meeting.id)


def build_preview(round_: Round, answers: Answers, where: str) -> View:
    """What the thread would get, before answering has ended."""
    after = [
        block_kit.small("Others can go on answering; what they write by name comes into the same message at once.")
    ]
    place = "in the thread below the questions in "
    return preview.build_preview(
        SHARE_FORM, where, build_summary(round_, answers), after, meta=round_.meeting.id, place=place
    )


def build_shared() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("On its way. "),
            block_kit.text(
                "I post in the thread below the questions what was answered by name. Others can go on answering."
            ),
        )
    ]
