"""What somebody wrote over all their groups: a page at a time, each with what can be done about it now."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.anonymity import Visibility
from bot.domain.rounds import Phase
from bot.domain.text import shorten
from bot.services.overview import Overview
from bot.services.own_answers import A_PAGE, MinePage, OwnAnswers
from bot.services.reflections import Written
from handlers.views import block_kit, own_answers
from handlers.views.block_kit import Block, View
from handlers.views.personal import build_buttons

CALLBACK = "mine"
BACK, ON = "mine_back", "mine_on"
LONGEST_QUESTION, LONGEST_QUOTE, LONGEST_NAME = 300, 300, 80
APART = "The group never sees these."
UNFINDABLE = (
    "What you wrote without your name is here only while its questions are open. While it waits to be shown, I write "
    "to you by direct message if there is something to decide. When it has been shown, nobody can tell whose it is."
)


def build_mine(page: MinePage, now: datetime) -> View:
    private = [mine for mine in page.some if mine.own.visibility is Visibility.FACILITATOR]
    blocks = [block for mine in page.some if mine not in private for block in _entry(mine, now)]
    if private:
        blocks += [
            block_kit.paragraph(block_kit.bold("For one person alone")),
            block_kit.small(APART),
            block_kit.divider(),
        ]
        blocks += [block for mine in private for block in _entry(mine, now)]
    if not page.some:
        said = "There is nothing more." if page.start else "You have written nothing yet."
        blocks = [block_kit.paragraph(block_kit.text(said))]
    return block_kit.modal(
        CALLBACK, "My answers", [*blocks, *_pages(page), block_kit.small(UNFINDABLE)], meta=str(page.start)
    )


def parse_start(meta: str, pages: int) -> int:
    """Where the page begins that lies so many pages on."""
    return max(0, int(meta or 0) + pages * A_PAGE)


def _entry(mine: OwnAnswers, now: datetime) -> list[Block]:
    head = block_kit.paragraph(
        block_kit.bold(mine.group),
        block_kit.text(" – for "),
        block_kit.timestamp(mine.meeting_at, mine.zone, now),
        *_state(mine),
    )
    phase = Phase.OPEN if mine.is_open else Phase.OVER
    return [
        head,
        *own_answers.build_own(mine.meeting, mine.own, mine.facilitator, phase, _ways(mine)),
        block_kit.divider(),
    ]


def _state(mine: OwnAnswers) -> Sequence[block_kit.Element]:
    return [block_kit.text(" (edited)", italic=True)] if mine.own.edited else []


def _ways(mine: OwnAnswers) -> own_answers.Ways:
    """What can be done about an answer: it is changed in a group that one is in, and taken back from any."""
    return own_answers.Ways(change=mine.is_member)


def _pages(page: MinePage) -> list[Block]:
    turns = []
    if page.start:
        turns.append(block_kit.button("Later ones", BACK))
    if page.more:
        turns.append(block_kit.button("Earlier ones", ON))
    return [block_kit.actions(*turns)] if turns else []


# ---- On Home ----


def build_on_home(_found: Overview, latest: Sequence[Written]) -> list[Block]:
    """What is for one person alone stands apart from what the group reads."""
    if not latest:
        return []
    private = [one for one in latest if one.visibility is Visibility.FACILITATOR]
    blocks = [block_kit.divider(), block_kit.heading("What you wrote lately")]
    blocks += [block for one in latest if one not in private for block in _one_written(one, "The group")]
    if private:
        blocks.append(block_kit.paragraph(block_kit.bold("For one person alone")))
        blocks += [block for one in private for block in _one_written(one, _only(one.reader))]
    return [*blocks, build_buttons(["mine"])]


def _only(reader: str | None) -> str:
    return f"Only {shorten(reader, LONGEST_NAME)}" if reader else "Only you"


def _one_written(one: Written, who: str) -> list[Block]:
    return [
        block_kit.paragraph(block_kit.text(shorten(f"{one.group}: {one.question}", LONGEST_QUESTION), italic=True)),
        block_kit.quote(shorten(one.text, LONGEST_QUOTE)),
        block_kit.small(f"Who sees it: {who}."),
    ]
