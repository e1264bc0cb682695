"""The agenda: the facilitator's draft, the posted one, and editing, with what capabilities put there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain import agenda as rules
from bot.domain.anonymity import Seen
from bot.domain.overview import Entry, MeetingSummary
from bot.domain.rounds import Batch, Phase, Round
from bot.domain.text import shorten
from bot.services.agenda import AgendaContents
from handlers.views import anonymous_review, block_kit, preview, private
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext
from handlers.views.personal import more

SHOW, EDIT, EDIT_FORM, POST, POST_FORM, READ_ALL = (
    "agenda",
    "agenda_edit",
    "agenda_edit_form",
    "agenda_post",
    "agenda_post_form",
    "answers",
)
UNASKED = "No questions went out before this meeting."
OUT_OF_REACH = "No questions went out before this meeting: I was out of reach when they were due."
MOST_ANSWERS, FEWER_ANSWERS, MOST_IN_FULL = 12, 8, 30
"""The fewer where there are three questions: a message takes fifty blocks."""

LONGEST_EXCERPT = 600
SHOWN_WHOLE = 150
"""However many answers there are, one of this length is not cut."""


@dataclass(frozen=True)
class Added:
    """What capabilities add to the agenda: what they show on it, and their buttons below it, or below the draft."""

    shown: Sequence[Block] = ()
    buttons: Sequence[Element] = ()
    on_draft: Sequence[Element] = ()


NOTHING = Added()


def build_posted(
    round_: Round, contents: AgendaContents, now: datetime, added: Added = NOTHING, *, unasked: bool | None = None
) -> block_kit.Message:
    """The agenda as the group sees it in the channel. `unasked`: its questions never went out; True where that was
    because the app was out of reach."""
    blocks = [
        block_kit.heading("Agenda"),
        block_kit.paragraph(
            block_kit.bold("Meeting: "),
            block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
            *_lead(round_),
        ),
        *_place(round_),
        *([block_kit.small(OUT_OF_REACH if unasked else UNASKED)] if unasked is not None else []),
        *_body(round_, contents.for_group, added),
        *_answers_to_come(round_, now),
    ]
    return block_kit.Message([*blocks, block_kit.actions(*added.buttons, more(round_.meeting.id))])


def _answers_to_come(round_: Round, now: datetime) -> list[Block]:
    """Where it was posted early."""
    prompt = round_.prompt
    if prompt.can_be_read or prompt.closes_at <= now:
        return []
    until = [block_kit.text("Answering goes on until "), block_kit.timestamp(prompt.closes_at, round_.group.zone, now)]
    return [block_kit.paragraph(*until, block_kit.text("; I add here what was answered then."))]


def _lead(round_: Round) -> list[block_kit.Element]:
    leader = round_.meeting.facilitator
    return [block_kit.text(" · led by "), block_kit.mention(leader)] if leader else []


def _place(round_: Round) -> list[Block]:
    place = round_.group.charter.place
    return [block_kit.paragraph(block_kit.text("Where: "), block_kit.text(place))] if place else []


def _body(round_: Round, contents: AgendaContents, added: Added) -> list[Block]:
    blocks = [
        block_kit.bullets([block_kit.bold(f"{i.minutes} min  "), block_kit.text(i.title)] for i in contents.items)
    ]
    blocks += _answers(round_, contents.answers)
    blocks += anonymous_review.build_in_agenda(round_, contents.anonymous)
    return [*blocks, *added.shown]


def _answers(round_: Round, answers: Sequence[Seen]) -> list[Block]:
    blocks: list[Block] = []
    most = MOST_ANSWERS if len(round_.prompt.questions) < 3 else FEWER_ANSWERS
    for asked in round_.prompt.questions:
        here = [seen for seen in answers if seen.position == asked.position]
        if here:
            blocks.append(block_kit.paragraph(block_kit.bold(asked.text)))
            blocks += [_answer(seen, LONGEST_EXCERPT) for seen in here[:most]]
        if (more := len(here) - most) > 0:
            blocks.append(block_kit.small(f"And {more} more to this question."))
    if any(len(seen.text) > SHOWN_WHOLE for seen in answers) or len(answers) > most:
        blocks.append(block_kit.actions(block_kit.button("Read all answers in full", READ_ALL, round_.meeting.id)))
    return blocks


def build_all_answers(round_: Round, contents: AgendaContents) -> list[Block]:
    """Every answer in full, as this viewer may see it, for a modal."""
    blocks = private.build_for_you(round_, contents, block_kit.LONGEST_TEXT, MOST_IN_FULL)
    for asked in round_.prompt.questions:
        public = (*contents.for_group.answers, *contents.late)
        here = [seen for seen in public if seen.position == asked.position]
        if here:
            blocks += [
                block_kit.paragraph(block_kit.bold(asked.text)),
                *(_answer(seen, block_kit.LONGEST_TEXT) for seen in here[:MOST_IN_FULL]),
            ]
        if (more := len(here) - MOST_IN_FULL) > 0:
            blocks.append(block_kit.small(f"And {more} more to this question."))
    return blocks or [block_kit.paragraph(block_kit.text("Nobody's answer is here to be read any more."))]


def _answer(seen: Seen, longest: int) -> Block:
    marks = [" – "] if seen.author else []
    after = [block_kit.text("".join(marks)), block_kit.mention(seen.author)] if seen.author else []
    if seen.late:
        after.append(block_kit.text(" (late)", italic=True))
    if seen.edited:
        after.append(block_kit.text(" (edited)", italic=True))
    return block_kit.quote(shorten(seen.text, longest), *after)


def build_draft(
    round_: Round, contents: AgendaContents, now: datetime, viewer: str | None = None, added: Added = NOTHING
) -> list[Block]:
    """What is for whoever leads alone; then, apart, the agenda as the channel gets it, with what they can do. `viewer`
    is a convener, where it is not whoever leads who looks."""
    leads = viewer is None or viewer == round_.meeting.facilitator
    posted = round_.meeting.agenda_posted_at is not None
    return [
        *private.build_for_you(round_, contents),
        block_kit.paragraph(
            block_kit.bold("The agenda" if posted else "Your draft" if leads else "The draft"),
            block_kit.text(" for "),
            block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
        ),
        *_body(round_, contents.for_group, added),
        *_late(round_, contents),
        _state(round_, now, posted=posted, leads=leads),
        *_actions(added.on_draft),
    ]


def _actions(buttons: Sequence[Element]) -> list[Block]:
    return [block_kit.actions(*buttons)] if buttons else []


def _late(round_: Round, contents: AgendaContents) -> list[Block]:
    if not contents.late:
        return []
    head = block_kit.paragraph(
        block_kit.bold("Came late"), block_kit.text(": the group reads it in the questions' thread")
    )
    return [head, *_answers(round_, contents.late)]


def _state(round_: Round, now: datetime, *, posted: bool, leads: bool) -> Block:
    if posted:
        return block_kit.small("It is in the channel. What you change is brought up to date there.")
    ends = (
        [
            block_kit.text(", when answering has ended ("),
            block_kit.timestamp(round_.prompt.closes_at, round_.group.zone, now),
            block_kit.text(")"),
        ]
        if round_.prompt.closed_at is None
        else []
    )
    return block_kit.paragraph(
        block_kit.text("I post this agenda in the channel "),
        block_kit.timestamp(round_.meeting.agenda_due_at, round_.group.zone, now),
        *ends,
        *([block_kit.text(". Nothing you need to do, unless you want to change it.")] if leads else _others(round_)),
    )


def _others(round_: Round) -> list[block_kit.Element]:
    """What a convener reads of somebody else's draft."""
    leader = round_.meeting.facilitator
    if leader is None:
        return [block_kit.text(". Nobody leads so far, so it is the conveners' to change.")]
    return [
        block_kit.text(". It is "),
        block_kit.mention(leader),
        block_kit.text("'s to change; as a convener you can, too."),
    ]


SURE = {
    Phase.BEFORE: "The questions have not gone out yet. They still come in their time, and what is answered comes into "
    "the agenda when answering has ended. Post the agenda so early?",
    Phase.OPEN: "Answering goes on until its announced time. The agenda goes out without what was answered; I add that "
    "when answering has ended.",
    Phase.LATE: "The group gets it now. What you change later is brought up to date there.",
}
SURE_WITHOUT_BATCH = (
    "The anonymous answers are not decided on yet, so it goes out without them. Approved later, they come into its "
    "thread."
)


def build_post_button(round_: Round) -> Element | None:
    """What is offered first, once answering has ended."""
    if round_.meeting.agenda_posted_at is not None or round_.prompt.closed_at is None:
        return None
    return block_kit.button("Post the agenda now …", POST, round_.meeting.id, style="primary")


def build_edit_button(round_: Round) -> Element:
    return block_kit.button("Edit", EDIT, round_.meeting.id)


def build_early_button(round_: Round) -> Element | None:
    """Early, and so not what is offered first."""
    if round_.meeting.agenda_posted_at is not None or round_.prompt.closed_at is not None:
        return None
    return block_kit.button("Post the agenda now …", POST, round_.meeting.id)


def build_preview(round_: Round, contents: AgendaContents, where: str, now: datetime, added: Added = NOTHING) -> View:
    """The agenda as it will stand in the channel, before it is posted, and what posting it now means."""
    message = build_posted(round_, contents, now, added)
    return preview.build_preview(
        POST_FORM, where, message, [block_kit.paragraph(block_kit.text(_sure(round_, now)))], meta=round_.meeting.id
    )


def _sure(round_: Round, now: datetime) -> str:
    return SURE_WITHOUT_BATCH if round_.prompt.batch is Batch.WAITING else SURE.get(round_.phase(now), SURE[Phase.LATE])


def build_for_member(round_: Round, contents: AgendaContents, now: datetime, added: Added = NOTHING) -> list[Block]:
    """For a member: the posted agenda, or when it will come."""
    if round_.meeting.agenda_posted_at is not None:
        meeting = block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now)
        body = [*_body(round_, contents.for_group, added), *_answers_to_come(round_, now)]
        return [block_kit.paragraph(block_kit.bold("The agenda for "), meeting), *body]
    asks = " What should be on it? Keep a topic for it:" if added.buttons else ""
    return [
        block_kit.paragraph(
            block_kit.text("The agenda comes into the channel "),
            block_kit.timestamp(round_.meeting.agenda_due_at, round_.group.zone, now),
            block_kit.text(f".{asks}"),
        ),
        *_actions(added.buttons),
    ]


def build_edit(round_: Round, items: Sequence[rules.Item], where: str) -> View:
    """`where` is the channel's name."""
    length = round_.meeting.length_minutes
    posted = round_.meeting.agenda_posted_at is not None
    reads = "It stands there: what you save is changed at once." if posted else "It goes there when it is posted."
    return block_kit.modal(
        EDIT_FORM,
        "Edit the agenda",
        [
            block_kit.field_input(
                "agenda",
                f"One line for each part; {length} minutes in all",
                block_kit.text_input(rules.as_lines(items), lines=True),
                hint="Put the minutes in front. A line without a number takes what is left.",
            ),
            block_kit.small(f"Everybody in {where} reads the agenda. {reads}"),
            block_kit.small(block_kit.NO_CLIENTS),
        ],
        submit="Save",
        close="Leave as it was",
        meta=round_.meeting.id,
    )


def build_posting(round_: Round) -> list[Block]:
    goes_on = " Answering goes on until its announced time, and what is answered comes into it then."
    said = "I post it in the channel now." + (goes_on if round_.prompt.closed_at is None else "")
    return [block_kit.paragraph(block_kit.bold("On its way. "), block_kit.text(said))]


def build_in_hub(context: HubContext) -> Element:
    return block_kit.button("Agenda", SHOW, context.round_.meeting.id)


def build_on_home(glimpse: MeetingSummary) -> Element:
    return block_kit.button("Agenda", SHOW, glimpse.meeting)


def build_task(entry: Entry, _details: None, now: datetime) -> list[Block]:
    """On the Home of whoever leads."""
    said = block_kit.paragraph(
        block_kit.bold(entry.name),
        block_kit.text(" – your agenda draft is ready. I post it "),
        block_kit.timestamp(entry.until, entry.zone, now),
        block_kit.text("."),
    )
    return [said, block_kit.actions(block_kit.button("Look at the draft", SHOW, entry.meeting))]
