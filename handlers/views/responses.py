"""What was answered, page by page: by question, theme or person, of one meeting or of all, with a search."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.domain.anonymity import Seen, Visibility
from bot.domain.anonymous_batches import UNSHOWN, outcome
from bot.domain.formatting import say_when
from bot.domain.overview import MeetingSummary
from bot.domain.responses import LONGEST_SEARCH, By, Line
from bot.domain.rounds import Batch, Round
from bot.services.responses import A_PAGE, AnswerPage, QuestionHeading
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext

READ, FORM = "responses", "responses_form"
SCOPE, ORDER, BACK, ON = "responses_of", "responses_by", "responses_back", "responses_on"
TAKE_OUT = "take_out"
SURE_TO_TAKE_OUT = (
    "I delete this answer for good and take it out of every message. Its author hears of it, where I know them.",
    "Take it out",
)
ALL = "all"
MOST_MEETINGS = 90

ORDERS = {By.QUESTION: "By question", By.THEME: "By theme", By.PERSON: "By person, who gave their name"}


@dataclass(frozen=True)
class Shelf:
    """What a person has before them: of which meeting, or all of the group's; in which order; with which words."""

    meeting: str
    everything: bool = False
    by: By = By.QUESTION
    words: str = ""
    start: int = 0

    def turned(self, pages: int) -> "Shelf":
        return replace(self, start=max(0, self.start + pages * A_PAGE))


@dataclass(frozen=True)
class Meetings:
    """Those to choose from: a window of the group's, the latest first, and the ones just outside of it."""

    some: Sequence[QuestionHeading]
    later: QuestionHeading | None = None
    earlier: QuestionHeading | None = None


def as_meta(shelf: Shelf) -> str:
    return json.dumps(asdict(shelf), ensure_ascii=False)


def parse_meta(meta: str) -> Shelf:
    kept = json.loads(meta)
    return Shelf(**(kept | {"by": By(kept["by"])}))


def parse_search(state: Mapping[str, Any]) -> str:
    return state["values"]["words"]["words"].get("value") or ""


@dataclass(frozen=True)
class AnswerButton:
    """Something more that a reader can do about one answer, where it makes sense, and a word on it at the end."""

    build: Callable[[Line], Element | None]
    note: str = ""


def build_responses(
    round_: Round,
    shelf: Shelf,
    page: AnswerPage,
    meetings: Meetings,
    now: datetime,
    *,
    sees_draft: bool = False,
    buttons: Sequence[AnswerButton] = (),
) -> View:
    """`round_` is the round that the shelf names; `buttons` are what this reader can do about an answer; who
    `sees_draft` reads them before the others, and so do they."""
    search = block_kit.text_input(shelf.words, longest=LONGEST_SEARCH, placeholder="Words, or a name")
    return block_kit.modal(
        FORM,
        "What we wrote",
        [
            block_kit.actions(_scope(round_, shelf, meetings, now), _order(shelf)),
            block_kit.field_input("words", "Look for", search, optional=True),
            *_before_the_end(round_, shelf, now, sees_draft=sees_draft),
            *_lines(round_, shelf, page.lines, now, buttons),
            *(_nothing(round_, shelf) if not page.lines else []),
            *_notes(page.lines, buttons),
            *_pages(shelf, page),
        ],
        submit="Search",
        meta=as_meta(shelf),
    )


def _scope(round_: Round, shelf: Shelf, meetings: Meetings, now: datetime) -> block_kit.Element:
    zone = round_.group.zone
    options = [block_kit.option("All meetings so far", ALL)]
    options += [block_kit.option(f"For {say_when(one.starts_at, zone, now)}", one.meeting) for one in meetings.some]
    if meetings.later:
        options.append(block_kit.option("Later meetings …", meetings.later.meeting))
    if meetings.earlier:
        options.append(block_kit.option("Earlier meetings …", meetings.earlier.meeting))
    picked = ALL if shelf.everything else shelf.meeting
    return {"action_id": SCOPE, **block_kit.choice("static_select", options, picked)}


def _order(shelf: Shelf) -> block_kit.Element:
    options = [block_kit.option(words, by) for by, words in ORDERS.items()]
    return {"action_id": ORDER, **block_kit.choice("static_select", options, shelf.by)}


UNSWAYED = "so that nobody is swayed"
HERE = "Until then you see here your own, and what somebody wrote for you alone."
AGENDA = "agenda"
"""The button of `handlers.views.agenda`, which shows the draft."""


def _before_the_end(round_: Round, shelf: Shelf, now: datetime, *, sees_draft: bool) -> list[Block]:
    if shelf.everything or round_.prompt.can_be_read:
        return []
    until = [
        block_kit.text("Answering goes on until "),
        block_kit.timestamp(round_.prompt.closes_at, round_.group.zone, now),
    ]
    if not sees_draft:
        return [
            block_kit.paragraph(
                *until, block_kit.text(f". What others wrote for the group is shown then, {UNSWAYED}. {HERE}")
            )
        ]
    said = f". The group reads what others wrote for it then, {UNSWAYED}; you have it in the agenda's draft already."
    return [
        block_kit.paragraph(*until, block_kit.text(f"{said} {HERE}")),
        block_kit.actions(block_kit.button("Agenda", AGENDA, round_.meeting.id)),
    ]


def _lines(
    round_: Round, shelf: Shelf, lines: Sequence[Line], now: datetime, buttons: Sequence[AnswerButton]
) -> list[Block]:
    """Under one heading what belongs together; what is for one person alone apart from what the group reads."""
    private = [line for line in lines if line.seen.visibility is Visibility.FACILITATOR]
    public = [line for line in lines if line not in private]
    blocks = _under(round_, shelf, private, now, buttons)
    if private:
        blocks = [
            block_kit.paragraph(block_kit.bold("For one person alone")),
            block_kit.small("The group never sees these."),
            *blocks,
        ]
    if private and public:
        blocks += [block_kit.divider(), block_kit.paragraph(block_kit.bold("For the group"))]
    return blocks + _under(round_, shelf, public, now, buttons)


def _under(
    round_: Round, shelf: Shelf, lines: Sequence[Line], now: datetime, buttons: Sequence[AnswerButton]
) -> list[Block]:
    blocks: list[Block] = []
    for head, some in groupby(lines, lambda line: _head(shelf, line)):
        first, *rest = some
        blocks.append(_heading(round_, shelf, first, now) if head else block_kit.divider())
        for line in (first, *rest):
            blocks += _line(shelf, line, buttons)
    return blocks


def _head(shelf: Shelf, line: Line) -> tuple[str, ...]:
    when = line.meeting_at.isoformat()
    if shelf.by is By.PERSON:
        return (line.seen.author or "",)
    return (line.theme if shelf.by is By.THEME else "", when, str(line.seen.position))


def _heading(round_: Round, shelf: Shelf, line: Line, now: datetime) -> Block:
    if shelf.by is By.PERSON and line.seen.author:
        return block_kit.paragraph(block_kit.mention(line.seen.author))
    theme = [block_kit.text(f"{line.theme.capitalize()}: ", italic=True)] if shelf.by is By.THEME else []
    moment = (
        [block_kit.text(" – for "), block_kit.timestamp(line.meeting_at, round_.group.zone, now)]
        if shelf.everything
        else []
    )
    return block_kit.paragraph(*theme, block_kit.bold(line.question), *moment)


def _line(shelf: Shelf, line: Line, buttons: Sequence[AnswerButton]) -> list[Block]:
    about = [block_kit.paragraph(block_kit.text(line.question, italic=True))] if shelf.by is By.PERSON else []
    blocks = [*about, block_kit.quote(line.seen.text, *signed(line.seen, by_name=shelf.by is not By.PERSON))]
    elements = [element for one in buttons if (element := one.build(line)) is not None]
    return [*blocks, *([block_kit.actions(*elements)] if elements else [])]


def build_take_out(line: Line) -> Element | None:
    if line.shown_as is None:
        return None
    return block_kit.button("Take this out", TAKE_OUT, line.shown_as, confirm=SURE_TO_TAKE_OUT)


def signed(seen: Seen, *, by_name: bool = True) -> list[block_kit.Element]:
    """What stands behind an answer: its author where that may be known, and what has to be known about it."""
    after: list[block_kit.Element] = []
    if by_name and seen.author:
        after += [block_kit.text(" – "), block_kit.mention(seen.author)]
    if seen.visibility is Visibility.ANONYMOUS:
        after.append(block_kit.text(" – without a name"))
    if seen.visibility is Visibility.FACILITATOR:
        after += _between(seen)
    if seen.late:
        after.append(block_kit.text(" (late)", italic=True))
    if seen.edited:
        after.append(block_kit.text(" (edited)", italic=True))
    return after


def _between(seen: Seen) -> list[block_kit.Element]:
    if seen.reader is None:
        return [block_kit.text(" (only its author sees this)", italic=True)]
    return [
        block_kit.text(" (only ", italic=True),
        block_kit.mention(seen.reader),
        block_kit.text(" and its author see this)", italic=True),
    ]


def _nothing(round_: Round, shelf: Shelf) -> list[Block]:
    if shelf.words.strip():
        return [
            block_kit.paragraph(
                block_kit.text("Nothing here has these words in it. Try fewer, or look in all meetings.")
            )
        ]
    if shelf.start:
        return [block_kit.paragraph(block_kit.text("There is nothing more."))]
    if shelf.everything:
        return [block_kit.paragraph(block_kit.text("There is no answer here that you can read."))]
    if not round_.prompt.can_be_read:
        return [block_kit.paragraph(block_kit.text("There is nothing here to read yet."))]
    return [
        block_kit.paragraph(
            block_kit.text("There is no answer to these questions that you can read. "),
            block_kit.text(_about_anonymous(round_)),
        )
    ]


def _about_anonymous(round_: Round) -> str:
    """What is so of answers without a name, whether or not there are any."""
    if round_.prompt.batch in UNSHOWN:
        return outcome(round_.prompt)
    if round_.prompt.batch is Batch.WAITING:
        return "Where there are answers without a name, the group reads them when whoever leads has seen them first."
    if round_.prompt.batch is Batch.APPROVED:
        return "The answers without a name come with the agenda."
    return "Some may be for one person alone, and some may have been taken back."


def _notes(lines: Sequence[Line], buttons: Sequence[AnswerButton]) -> list[Block]:
    return [block_kit.small(one.note) for one in buttons if one.note and any(map(one.build, lines))]


def _pages(shelf: Shelf, page: AnswerPage) -> list[Block]:
    turns = []
    if shelf.start:
        turns.append(block_kit.button("Back", BACK))
    if page.more:
        turns.append(block_kit.button("Go on", ON))
    return [block_kit.actions(*turns)] if turns else []


def build_in_hub(context: HubContext) -> Element | None:
    if not context.round_.prompt.can_be_read:
        return None
    return block_kit.button("Read the answers", READ, context.round_.meeting.id)


def build_on_home(glimpse: MeetingSummary) -> Element | None:
    return block_kit.button("Read the answers", READ, glimpse.readable) if glimpse.readable else None
