"""The prompt in the channel, the form to answer it, and what its author sees afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.domain.anonymity import COUNT_FROM, ENOUGH, Visibility
from bot.domain.formatting import count, join_words
from bot.domain.questions import Wants
from bot.domain.rounds import Answerable, Phase, PromptQuestion, Round
from bot.domain.text import shorten, stamp
from bot.domain.visibility_changes import fresh
from bot.services.own_answers import OpenPrompt
from bot.services.reflections import Own
from handlers.views import audience, block_kit, responses
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext
from handlers.views.personal import more

FORM = "answer_form"
ANSWER, PASS = "answer", "pass"

NOT_PASSED = "You have answered already, so I leave it at that. To pass after all, withdraw your answer first."
NOTHING_MISSED: Mapping[str, bool] = MappingProxyType({})
CUT = "Your message is longer than an answer can be: this is its beginning. The message itself stays where it is."
NEAR = "There is less time than planned, because the meeting is near."

PUBLIC = (
    "These words stand in a channel as your message. Without your name people would still know them for yours, so that "
    "can't be chosen for them."
)
WAITS = "Your answer without a name waits with the others'. It stays apart from what you write here."

MISSED = {"prompt": "its questions", "agenda": "its agenda", "handoff": "the word on who is next"}

LONGEST_ON_HOME = 300

SCALE = ("1 – not at all", "2 – a little", "3 – somewhat", "4 – quite a bit", "5 – very much")


def build_prompt(round_: Round, now: datetime, *, missed: Mapping[str, bool] = NOTHING_MISSED) -> block_kit.Message:
    """The questions for the next meeting, each with why it is asked; brought up to date in place.

    `missed` are the kinds of which something about the meeting before was dropped, and whether it came too late.
    """
    blocks = [
        block_kit.heading("Before we meet"),
        block_kit.paragraph(
            block_kit.text("Two minutes, in your own time, before "),
            block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
            block_kit.text("."),
        ),
        *([block_kit.small(NEAR)] if round_.meeting.squeezed and round_.prompt.is_open(now) else []),
        *_missed(missed),
    ]
    for asked in round_.prompt.questions:
        blocks += [block_kit.paragraph(block_kit.bold(asked.text)), block_kit.small(f"Why we ask: {asked.why}")]
    return block_kit.Message([*blocks, *_prompt_end(round_, now)])


def _missed(kinds: Mapping[str, bool]) -> list[Block]:
    """What the group did not get around its last meeting, in the order in which it would have come."""
    names = [name for kind, name in MISSED.items() if kind in kinds]
    if not names:
        return []
    if any(kinds[kind] for kind in MISSED if kind in kinds):
        said = f"I was out of reach around your last meeting; {join_words(names)} did not come. Now I am back."
    else:
        said = f"Around your last meeting, {join_words(names)} did not come."
    return [block_kit.small(said)]


def _prompt_end(round_: Round, now: datetime) -> list[Block]:
    prompt = round_.prompt
    if not prompt.is_open(now):
        said = block_kit.small(f"Answering has ended. {took_part_words(round_)}".strip())
        late = [block_kit.button("Answer late", ANSWER, round_.meeting.id)] if round_.phase(now) is Phase.LATE else []
        read = [block_kit.button("Read the answers", responses.READ, round_.meeting.id)] if prompt.can_be_read else []
        return [said, block_kit.actions(*read, *late, more(round_.meeting.id))]
    return [
        block_kit.actions(
            block_kit.button("Answer", ANSWER, round_.meeting.id, style="primary"),
            block_kit.button("Pass this time", PASS, round_.meeting.id),
            more(round_.meeting.id),
        ),
        block_kit.paragraph(
            block_kit.text("Open until "),
            block_kit.timestamp(prompt.closes_at, round_.group.zone, now),
            block_kit.text("."),
        ),
    ]


def took_part_words(round_: Round) -> str:
    """How many took part, when answering has ended and there were enough of them; before, it would tell who answers
    when."""
    number = round_.prompt.took_part
    ended = round_.prompt.closed_at is not None
    return f"{count(number, 'person', 'people')} took part." if ended and number >= COUNT_FROM else ""


@dataclass(frozen=True)
class Writer:
    """Whoever answers: what they answered so far, for whom a new answer is, who leads the meeting; and whether an
    answer of theirs without a name waits to be shown."""

    own: Sequence[Own]
    sees: Visibility
    facilitator: str | None
    waits: bool = False


@dataclass(frozen=True)
class Given:
    """Words to begin with. `public`: they are a message of theirs that stands in a channel."""

    position: int
    text: str
    public: bool = False


def build_form(
    round_: Round, writer: Writer, now: datetime, given: Given | None = None, only: int | None = None
) -> View:
    """Every question, or the `only` one, who sees the answers, and a way to pass; late, only what can still be."""
    phase, own = round_.phase(now), [o for o in writer.own if only in {None, o.asked.position}]
    mine = {o.asked.position: o.text for o in own} | ({given.position: given.text} if given else {})
    cut = given is not None and len(given.text) > block_kit.LONGEST_TEXT
    questions = [q for q in round_.prompt.questions if only in {None, q.position}]
    asked = [q for q in questions if phase is not Phase.OVER or q.position in mine]
    public = {o.asked.position for o in own if o.public} | ({given.position} if given and given.public else set())
    return block_kit.modal(
        FORM,
        "Your answer" if phase is Phase.OPEN else "Your late answer",
        [
            *([block_kit.small(CUT)] if cut else []),
            *(
                [block_kit.paragraph(block_kit.text(late_words(round_, writer.facilitator)))]
                if phase is Phase.LATE
                else []
            ),
            *([block_kit.small(WAITS)] if writer.waits else []),
            *_fields(round_, writer, asked, mine, public, phase),
            *(_anonymous_and_pass(round_, passing=only is None) if phase is Phase.OPEN and not public else []),
            *([block_kit.small(PUBLIC)] if public else []),
            block_kit.small(block_kit.NO_CLIENTS),
        ],
        submit="Send",
        close="Not now",
        meta=as_meta(round_, own, public),
    )


def _fields(
    round_: Round,
    writer: Writer,
    asked: Sequence[PromptQuestion],
    mine: Mapping[int, str],
    public: Collection[int],
    phase: Phase,
) -> list[Block]:
    """One choice of who sees it for all; where they are seen by different people, one for each, so that sending the
    form changes none of them unasked."""
    own = {o.asked.position: o for o in writer.own}
    audiences = {(o.visibility, o.hideable, o.reader_id) for q in asked if (o := own.get(q.position))}
    apart = len(asked) > 1 and (len(audiences) > 1 or bool(public))
    blocks: list[Block] = []
    for question in asked:
        blocks.append(_question(question, mine.get(question.position, "")))
        if apart:
            blocks.append(_sees(round_, writer, [question], public, phase, f"sees-{question.position}"))
    return blocks if apart else [*blocks, _sees(round_, writer, asked, public, phase, "sees")]


def _sees(
    round_: Round, writer: Writer, asked: Sequence[PromptQuestion], public: Collection[int], phase: Phase, name: str
) -> Block:
    here = {q.position for q in asked}
    own = next((o for o in writer.own if o.asked.position in here), None)
    is_public = bool(here & set(public))
    hideable = not is_public and (own is None or own.hideable)
    known = own.visibility if own else fresh(writer.sees, phase)
    chosen = None if is_public and known is Visibility.ANONYMOUS else known  # what can't be is not turned for them
    reader = audience.reader_of(own, writer.facilitator) if own else writer.facilitator
    options = audience.sees_options(writer.facilitator, phase, hideable=hideable, own=own)
    hint = audience.consequences(reader, phase, shared=round_.prompt.can_be_read, own=own)
    return block_kit.field_input(name, "Who sees it?", block_kit.choice("radio_buttons", options, chosen), hint=hint)


def _anonymous_and_pass(round_: Round, *, passing: bool) -> list[Block]:
    words = block_kit.small(anonymous_words(len(round_.group.members)))
    if not passing:
        return [words]
    return [
        words,
        block_kit.field_input(
            "pass",
            "Or",
            {"type": "checkboxes", "options": [block_kit.option("I pass this time", "pass")]},
            hint="Passing is an answer too. Nobody sees who passed.",
            optional=True,
        ),
    ]


def late_words(round_: Round, facilitator: str | None) -> str:
    """In one line, what a late answer can be; until the agenda goes out, it stands there too."""
    agenda = " and on the agenda" if round_.meeting.agenda_posted_at is None else ""
    return (
        f"Answering has ended, so this comes late: with your name in the questions' thread{agenda}, or for "
        f"{facilitator or 'the facilitator'} alone. It can't be without your name any more."
    )


def as_meta(round_: Answerable, own: Sequence[Own], public: Collection[int] = ()) -> str:
    """The meeting, and a stamp of each text that the form is opened with; a star at words that stand in a channel."""
    stamps = {o.asked.position: stamp(o.text) for o in own}
    marks = (
        f"{q.position}={stamps.get(q.position) or stamp('')}{'*' if q.position in public else ''}"
        for q in round_.prompt.questions
    )
    return "|".join((round_.meeting.id, *marks))


@dataclass(frozen=True)
class Opened:
    """What a form was opened with: the stamps of its texts by position, and those whose words stand in a channel."""

    meeting: str
    stamps: Mapping[int, str]
    public: frozenset[int]


def parse_meta(meta: str) -> Opened:
    meeting, *marks = meta.split("|")
    pairs = [mark.partition("=") for mark in marks]
    public = frozenset(int(position) for position, _, mark in pairs if mark.endswith("*"))
    return Opened(meeting, {int(position): mark.rstrip("*") for position, _, mark in pairs}, public)


def anonymous_words(members: int) -> str:
    """What anonymity can and cannot do in a group of this size, before anybody submits."""
    if members < ENOUGH:
        return (
            f"Without my name: that takes {ENOUGH} people or more who answer that way, and there are {members} of you. "
            "It would be erased unread, so give your name, or write to the facilitator alone."
        )
    size = f"In a group of {members}, people may still guess from what you write." if members <= 8 else ""
    return (
        f"Without my name: shown shuffled and all at once, and only if {ENOUGH} or more people answer that way; "
        f"with fewer it is erased unread. Nobody here can look up who wrote it. {size}"
    ).strip()


def _question(asked: PromptQuestion, text: str) -> Block:
    if asked.wants is Wants.SCALE:
        options = [block_kit.option(words, words) for words in SCALE]
        element = block_kit.choice("radio_buttons", options, text)
    else:
        element = block_kit.text_input(text, lines=True)
    return block_kit.field_input(
        f"answer-{asked.position}", asked.text, element, hint=f"Why we ask: {asked.why}", optional=True
    )


@dataclass(frozen=True)
class Filled:
    """Answers by question position; who sees them all, or each; whether this is a pass."""

    answers: Mapping[int, str]
    sees: Visibility | None
    each: Mapping[int, Visibility]
    passes: bool

    def sees_of_all(self) -> dict[int, Visibility]:
        return {position: self.sees for position in self.answers if self.sees is not None}


def parse_form(state: Mapping[str, Any]) -> Filled:
    answers: dict[int, str] = {}
    each: dict[int, Visibility] = {}
    sees, passes = None, False
    for block, given in state["values"].items():
        value = next(iter(given.values()))
        if block == "sees":
            sees = Visibility(value["selected_option"]["value"])
        elif block.startswith("sees-"):
            each[int(block.removeprefix("sees-"))] = Visibility(value["selected_option"]["value"])
        elif block == "pass":
            passes = bool(value.get("selected_options"))
        elif block.startswith("answer-"):
            picked = value.get("selected_option")
            answers[int(block.removeprefix("answer-"))] = picked["value"] if picked else value.get("value") or ""
    return Filled(answers, sees, each, passes)


def build_passed() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("That is fine. "),
            block_kit.text("You passed this time; nobody sees who did. You can still answer if something comes up."),
        )
    ]


def build_in_hub(context: HubContext) -> Element | None:
    meeting = context.round_.meeting.id
    if context.round_.prompt.is_open(context.now):
        label = "See or change my answer" if context.took_part else "Answer"
        return block_kit.button(label, ANSWER, meeting, style="primary")
    if context.round_.phase(context.now) is Phase.LATE:
        return block_kit.button("Answer late", ANSWER, meeting)
    return None


def build_on_home(entry: OpenPrompt, questions: Mapping[str, Sequence[str]], now: datetime) -> list[Block]:
    """What is open, and the way to answer it, or to change what was answered."""
    name, until = block_kit.bold(entry.name), block_kit.timestamp(entry.until, entry.zone, now)
    if entry.took_part:
        said = block_kit.text(" – you took part: you answered, or you passed. You can change it until ")
        change = block_kit.button("See or change it", ANSWER, entry.meeting)
        return [block_kit.paragraph(name, said, until), block_kit.actions(change)]
    lead = block_kit.paragraph(name, block_kit.text(" – until "), until)
    asked = [[block_kit.text(shorten(text, LONGEST_ON_HOME))] for text in questions.get(entry.prompt, ())]
    lead["elements"] += block_kit.bullets(asked)["elements"]
    buttons = (
        block_kit.button("Answer now", ANSWER, entry.meeting, style="primary"),
        block_kit.button("Pass", PASS, entry.meeting),
    )
    return [lead, block_kit.actions(*buttons)]
