"""The anonymous batch: the facilitator's review, and what the group is shown, once and shuffled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.anonymity import ENOUGH
from bot.domain.anonymous_batches import outcome
from bot.domain.errors import DomainError
from bot.domain.overview import Entry
from bot.domain.rounds import Batch as State
from bot.domain.rounds import Round
from bot.domain.text import LONGEST_REASON
from bot.services.prompt_closing import AnonymousText
from handlers.views import answering, block_kit, responses
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext

READ, FORM, ERASE_FORM = "batch_read", "batch_form", "batch_erase_form"
SURE = "sure"
SHOW, RETURN, WITHHOLD = "show", "return", "withhold"
ASKS_WHICH = {
    RETURN: "Which one goes back? Pick it here.",
}
MOST_OPTIONS = 100
MOST_SHOWN = 40
"""Texts in one message, so that of each something can be read; the others are on the pages."""

LONGEST_REVIEW = 60_000
"""Characters of quoted text in the review: whoever decides on them has to read them whole."""

TOGETHER = "All together and shuffled: nobody can look up who wrote what."

Batch = Mapping[int, Sequence[str]]
AnonymousBatch = Mapping[int, Sequence[AnonymousText]]


def build_ready(round_: Round, draft: block_kit.Message | None = None) -> block_kit.Message:
    """The short line that asks the facilitator to read the batch. No number: it is for the batch to tell.

    Brought up to date in place: when authors changed something, and when it is decided. `draft` says that the agenda
    draft is there, where nothing else does: one line brings both.
    """
    prompt = round_.prompt
    before = draft.blocks if draft else []
    if prompt.batch is not State.WAITING:
        return block_kit.Message([*before, *_ended(round_).blocks])
    again = [block_kit.small("Some may have changed since they came: read them again before you decide.")]
    return block_kit.Message([*before, *_ready(round_), *(again if prompt.batch_revision else [])])


def _ended(round_: Round) -> block_kit.Message:
    """What became of them, where there was something to read."""
    return block_kit.Message(
        [block_kit.paragraph(_name(round_), block_kit.text(": "), block_kit.text(outcome(round_.prompt)))]
    )


def _until(round_: Round, now: datetime) -> block_kit.Element:
    return block_kit.timestamp(round_.prompt.review_ends_at or now, round_.group.zone, now)


def _name(round_: Round) -> block_kit.Element:
    return block_kit.bold(round_.group.charter.name)


def _ready(round_: Round) -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.text("There are anonymous answers for "),
            _name(round_),
            block_kit.text(". Please read them before the group sees them."),
        ),
        block_kit.actions(block_kit.button("Read them", READ, round_.meeting.id, style="primary")),
    ]


def build_left(round_: Round, now: datetime) -> block_kit.Message:
    """To a convener, once, when nobody has decided on them by the end of the meeting, or who leads can't; and to who
    leads, once more, before they are erased."""
    if round_.prompt.batch is not State.WAITING:
        return _ended(round_)
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text("There are anonymous answers for "),
                _name(round_),
                block_kit.text(
                    " that nobody has decided on yet. You can read them and decide; I never show them by myself, "
                ),
                block_kit.text("and if nobody decides by "),
                _until(round_, now),
                block_kit.text(", I erase them."),
            ),
            block_kit.actions(block_kit.button("Read them", READ, round_.meeting.id)),
        ]
    )


@dataclass(frozen=True)
class Way:
    """One more way to deal with one of them: what it is called, what is asked where none is picked, and a word on it
    at the end."""

    action: str
    label: str
    which: str
    note: str


def build_review(
    round_: Round, batch: AnonymousBatch, now: datetime, *, can_show: bool = True, more: Sequence[Way] = ()
) -> View:
    """`can_show`: to any question there are enough."""
    ways = [
        *([block_kit.option("Show them to the group", SHOW)] if can_show else []),
        block_kit.option("Send one back to its author, with a word", RETURN),
        *(block_kit.option(way.label, way.action) for way in more),
        block_kit.option("Don't show them; erase them", WITHHOLD),
    ]
    texts = {position: [one.text for one in ones] for position, ones in batch.items()}
    view = block_kit.modal(
        FORM,
        "Anonymous answers",
        [
            *_texts(round_, texts),
            *_short(round_, texts),
            block_kit.field_input(
                "decision",
                "What shall I do with them?",
                block_kit.choice("radio_buttons", ways, SHOW if can_show else None),
            ),
            *_one_inputs(batch),
            *(
                [block_kit.small("The group sees them all together, shuffled. This can't be taken back.")]
                if can_show
                else []
            ),
            block_kit.small(
                "What you sent back comes here again when its author has changed it. You never learn whose it is. What "
                "has not come again when you decide is not shown, and is erased."
            ),
            block_kit.paragraph(
                block_kit.text("If nobody decides by "),
                _until(round_, now),
                block_kit.text(", I erase them, and the group reads that they were not shown."),
            ),
            *(block_kit.small(way.note) for way in more),
        ],
        submit="Decide",
        close="Later",
        meta=round_.meeting.id,
    )
    return view | {"blocks": block_kit.fit(view["blocks"], LONGEST_REVIEW)}


CANT_SHOW = (
    f"By now fewer than {ENOUGH} are left to each question, so I can't show them. Nothing is erased: choose another "
    "way, or leave it for later."
)


def build_erase(round_: Round) -> View:
    """The second question before they are erased: what happens then."""
    happens = (
        "The answers without a name are erased for good. Nobody can read them any more, not even you.",
        "The group reads, in the thread, that answers without a name were given and were not shown.",
        "Each author reads, by direct message, that theirs was not shown.",
    )
    return block_kit.modal(
        ERASE_FORM,
        "Erase them?",
        [
            block_kit.paragraph(block_kit.bold("If you erase them")),
            block_kit.bullets([[block_kit.text(line)] for line in happens]),
            block_kit.field_input(
                SURE,
                "This can't be taken back",
                {"type": "checkboxes", "options": [block_kit.option("Yes, erase them", "yes")]},
            ),
        ],
        submit="Erase them",
        close="Keep them",
        meta=round_.meeting.id,
    )


def parse_erase(state: Mapping[str, Any]) -> bool:
    """Whether they are sure."""
    return bool(state["values"][SURE][SURE].get("selected_options"))


def _short(round_: Round, texts: Batch) -> list[Block]:
    """Where too few are left, because some went back, it says that they would not be shown."""
    short = [asked.text for asked in round_.prompt.questions if 0 < len(texts.get(asked.position, ())) < ENOUGH]
    said = f"With fewer than {ENOUGH} answers, nothing is shown to: "
    return [block_kit.paragraph(block_kit.bold(said), block_kit.text(text)) for text in short]


def _one_inputs(batch: AnonymousBatch) -> list[Block]:
    options = [block_kit.option(one.text, one.id) for ones in batch.values() for one in ones][:MOST_OPTIONS]
    if not options:
        return []
    return [
        block_kit.field_input(
            "which", "If it is about one: which?", block_kit.choice("static_select", options, None), optional=True
        ),
        block_kit.field_input(
            "reason",
            "If it goes back: why? Its author reads this",
            block_kit.text_input(longest=LONGEST_REASON),
            hint="A few kind words: what would have to be different for the group to see it?",
            optional=True,
        ),
        block_kit.small(block_kit.NO_CLIENTS),
    ]


@dataclass(frozen=True)
class Decision:
    """What a reviewer decided: one of the ways; of one text, `which` and, when it goes back, the reason."""

    action: str
    which: str = ""
    reason: str = ""


def parse_review(state: Mapping[str, Any], more: Sequence[Way] = ()) -> Decision:
    """DomainError at `which` when it is about one and none is named."""
    asks_which = ASKS_WHICH | {way.action: way.which for way in more}
    values = state["values"]
    picked = values["decision"]["decision"]["selected_option"]["value"]
    if picked not in asks_which:
        return Decision(picked)
    which = ((values.get("which") or {}).get("which") or {}).get("selected_option")
    if not which:
        raise DomainError(asks_which[picked], "which")
    return Decision(picked, which["value"], values["reason"]["reason"].get("value") or "")


def build_shown(round_: Round, batch: Batch, thread_ts: str | None, now: datetime) -> block_kit.Message:
    """Outside of a thread it says what it belongs to."""
    below = thread_ts is not None
    for_ = (
        []
        if below
        else [
            block_kit.text(", before our meeting "),
            block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
        ]
    )
    blocks = [block_kit.paragraph(block_kit.bold("Answered without a name"), *for_), *_texts(round_, _some(batch))]
    whole = block_kit.actions(block_kit.button("Read them all", responses.READ, round_.meeting.id))
    last = block_kit.small(TOGETHER)
    return block_kit.Message([*blocks, last, *([] if _fits(batch) else [whole])], thread_ts)


def build_in_agenda(round_: Round, batch: Batch) -> list[Block]:
    """The same as a part of the agenda."""
    if not batch:
        return []
    whole = block_kit.actions(block_kit.button("Read them all", responses.READ, round_.meeting.id), block="anonymous")
    return [
        block_kit.paragraph(block_kit.bold("Answered without a name")),
        *_texts(round_, _some(batch)),
        block_kit.small(TOGETHER),
        *([] if _fits(batch) else [whole]),
    ]


def _fits(batch: Batch) -> bool:
    texts = [text for some in batch.values() for text in some]
    return len(texts) <= MOST_SHOWN and sum(map(len, texts)) <= block_kit.LONGEST_IN_ALL - ROOM_BESIDE


ROOM_BESIDE = 1000
"""Characters that the questions may take."""


def _some(batch: Batch) -> Batch:
    """As many of each question as one message can hold; they are shuffled, so that these are no others than those."""
    total = sum(len(texts) for texts in batch.values()) or 1
    return {at: texts[: max(1, MOST_SHOWN * len(texts) // max(total, MOST_SHOWN))] for at, texts in batch.items()}


def _texts(round_: Round, batch: Batch) -> list[Block]:
    """One block a question, so that many answers never break the limit on blocks."""
    blocks: list[Block] = []
    for asked in round_.prompt.questions:
        texts = batch.get(asked.position, ())
        if texts:
            blocks += [
                block_kit.paragraph(block_kit.bold(asked.text)),
                block_kit.bullets([block_kit.text(text)] for text in texts),
            ]
    return blocks


def build_outcome(round_: Round) -> list[Block]:
    """Somebody else was faster, or it is over."""
    return [block_kit.paragraph(block_kit.text(outcome(round_.prompt)))]


def build_decided(round_: Round, now: datetime, *, shown: bool) -> list[Block]:
    """`round_` is from before the decision."""
    if shown and round_.meeting.agenda_posted_at is None:
        due = block_kit.timestamp(round_.meeting.agenda_due_at, round_.group.zone, now)
        return [
            block_kit.paragraph(block_kit.text("They stand in the agenda, which I post "), due, block_kit.text("."))
        ]
    if shown:
        said = "I show them to the group now, in the agenda's thread."
    else:
        said = "They are erased, and were not shown. The group reads that they were not, and each author does."
    return [block_kit.paragraph(block_kit.text(said))]


def build_unshown(round_: Round, thread_ts: str | None, now: datetime) -> block_kit.Message:
    """To the group, without a number: answers were given and were not shown."""
    first = block_kit.paragraph(
        block_kit.bold("Some answered without a name. "), block_kit.text(outcome(round_.prompt))
    )
    return block_kit.Message([first, *_which(round_, thread_ts, now)], thread_ts)


def build_voided(round_: Round, thread_ts: str | None, now: datetime) -> block_kit.Message:
    """To the group, calmly: answers without a name are to be given again. It is true whether or not there were any."""
    is_open, at = (
        round_.prompt.is_open(now),
        block_kit.timestamp(round_.prompt.voided_at or now, round_.group.zone, now),
    )
    first = "If you answered without your name" + ("" if is_open else ", and it was not shown to the group")
    again = "now: the old one is erased." if is_open else "late or with the next questions."
    said = block_kit.paragraph(
        block_kit.bold(f"{first}: "),
        block_kit.text("I was set up anew "),
        at,
        block_kit.text(f", and I don't keep such answers. Please give yours again, {again}"),
    )
    answer = [block_kit.actions(block_kit.button("Answer", answering.ANSWER, round_.meeting.id))] if is_open else []
    return block_kit.Message([said, *answer, *_which(round_, thread_ts, now)], thread_ts)


def _which(round_: Round, thread_ts: str | None, now: datetime) -> list[Block]:
    """Outside of the prompt's thread it says what it belongs to. To which of the questions is not known any more."""
    if thread_ts is not None and thread_ts == round_.thread("prompt"):
        return []
    meeting = block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now)
    return [
        block_kit.paragraph(
            block_kit.text("This is about the questions for our meeting of "), meeting, block_kit.text(".")
        )
    ]


def build_sent_back(round_: Round, *, told: bool) -> list[Block]:
    """With a way back to the others."""
    said = (
        "It goes back to its author, with your word and without your name. Until it comes again, it is not shown."
        if told
        else "I can't reach its author any more. It is not shown."
    )
    return [block_kit.paragraph(block_kit.text(said)), build_again(round_, "Read the others again")]


def build_again(round_: Round, label: str) -> Block:
    return block_kit.actions(block_kit.button(label, READ, round_.meeting.id), block="home")


def build_in_hub(context: HubContext) -> Element | None:
    """Whoever has no direct messages has no other way to them."""
    if context.round_.prompt.batch is not State.WAITING or not context.round_.reviews(context.viewer):
        return None
    meeting = context.round_.meeting.id
    return block_kit.button("Read the anonymous answers", READ, meeting, style="primary")


def build_task(entry: Entry, _details: None, now: datetime) -> list[Block]:
    """On the Home of whoever led."""
    said = block_kit.paragraph(
        block_kit.bold(entry.name),
        block_kit.text(" – anonymous answers wait for you to read them. I keep them until "),
        block_kit.timestamp(entry.until, entry.zone, now),
    )
    return [said, block_kit.actions(block_kit.button("Read them", READ, entry.meeting))]
