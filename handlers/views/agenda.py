"""The agenda: the facilitator's draft, the posted one, editing, and topics kept for later."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain import agenda as rules
from bot.domain.anonymity import Seen
from bot.domain.rounds import Batch, Phase, Round
from bot.domain.text import shorten
from bot.services.agendas import Contents, Topic
from handlers.views import anonymous, kit, preview, private
from handlers.views.kit import Block, View
from handlers.views.personal import more

SHOW, EDIT, EDIT_FORM, POST, POST_FORM, SHARE, SHARE_FORM, PARK, PARK_FORM, UNPARK, READ_ALL = (
    "agenda",
    "agenda_edit",
    "agenda_edit_form",
    "agenda_post",
    "agenda_post_form",
    "answers_share",
    "answers_share_form",
    "park",
    "park_form",
    "unpark",
    "answers",
)
UNASKED = "No questions went out before this meeting."
OUT_OF_REACH = "No questions went out before this meeting: I was out of reach when they were due."
MOST_ANSWERS, FEWER_ANSWERS, MOST_TOPICS, MOST_IN_FULL = 12, 8, 10, 30
"""The fewer where there are three questions: a message takes fifty blocks."""

LONGEST_EXCERPT = 600
SHOWN_WHOLE = 150
"""However many answers there are, one of this length is not cut."""


def build_posted(found: Round, contents: Contents, now: datetime, *, unasked: bool | None = None) -> kit.Message:
    """The agenda as the group sees it in the channel. `unasked`: its questions never went out; True where that was
    because the app was out of reach."""
    blocks = [
        kit.heading("Agenda"),
        kit.para(kit.b("Meeting: "), kit.when(found.meeting.starts_at, found.group.zone, now), *_lead(found)),
        *_place(found),
        *([kit.small(OUT_OF_REACH if unasked else UNASKED)] if unasked is not None else []),
        *_body(found, contents.for_group),
        *_answers_to_come(found, now),
    ]
    park = kit.button("Park a topic", PARK, found.meeting.id)
    return kit.Message([*blocks, kit.actions(park, more(found.meeting.id))])


def _answers_to_come(found: Round, now: datetime) -> list[Block]:
    """Where it was posted early."""
    prompt = found.prompt
    if prompt.can_be_read or prompt.closes_at <= now:
        return []
    until = [kit.t("Answering goes on until "), kit.when(prompt.closes_at, found.group.zone, now)]
    return [kit.para(*until, kit.t("; I add here what was answered then."))]


def _lead(found: Round) -> list[kit.Element]:
    leader = found.meeting.facilitator
    return [kit.t(" · led by "), kit.at(leader)] if leader else []


def _place(found: Round) -> list[Block]:
    place = found.group.charter.place
    return [kit.para(kit.t("Where: "), kit.t(place))] if place else []


def _body(found: Round, contents: Contents) -> list[Block]:
    blocks = [kit.bullets([kit.b(f"{i.minutes} min  "), kit.t(i.title)] for i in contents.items)]
    blocks += _answers(found, contents.answers)
    blocks += anonymous.build_in_agenda(found, contents.anonymous)
    if contents.parked:
        blocks += [kit.para(kit.b("Kept from earlier")), kit.bullets(_topic(t) for t in contents.parked[:MOST_TOPICS])]
    if (more := len(contents.parked) - MOST_TOPICS) > 0:
        blocks.append(kit.small(f"And {more} more: type /collab park to see them all."))
    return blocks


def _topic(topic: Topic) -> list[kit.Element]:
    return [kit.t(topic.text), kit.t(" – "), kit.at(topic.by)]


def _answers(found: Round, answers: Sequence[Seen]) -> list[Block]:
    blocks: list[Block] = []
    most = MOST_ANSWERS if len(found.prompt.questions) < 3 else FEWER_ANSWERS
    for asked in found.prompt.questions:
        here = [seen for seen in answers if seen.position == asked.position]
        if here:
            blocks.append(kit.para(kit.b(asked.text)))
            blocks += [_answer(seen, LONGEST_EXCERPT) for seen in here[:most]]
        if (more := len(here) - most) > 0:
            blocks.append(kit.small(f"And {more} more to this question."))
    if any(len(seen.text) > SHOWN_WHOLE for seen in answers) or len(answers) > most:
        blocks.append(kit.actions(kit.button("Read all answers in full", READ_ALL, found.meeting.id)))
    return blocks


def build_all_answers(found: Round, contents: Contents) -> list[Block]:
    """Every answer in full, as this viewer may see it, for a modal."""
    blocks = private.build_for_you(found, contents, kit.LONGEST_TEXT, MOST_IN_FULL)
    for asked in found.prompt.questions:
        public = (*contents.for_group.answers, *contents.late)
        here = [seen for seen in public if seen.position == asked.position]
        if here:
            blocks += [kit.para(kit.b(asked.text)), *(_answer(seen, kit.LONGEST_TEXT) for seen in here[:MOST_IN_FULL])]
        if (more := len(here) - MOST_IN_FULL) > 0:
            blocks.append(kit.small(f"And {more} more to this question."))
    return blocks or [kit.para(kit.t("Nobody's answer is here to be read any more."))]


def _answer(seen: Seen, longest: int) -> Block:
    marks = [" – "] if seen.author else []
    after = [kit.t("".join(marks)), kit.at(seen.author)] if seen.author else []
    if seen.late:
        after.append(kit.t(" (late)", italic=True))
    if seen.edited:
        after.append(kit.t(" (edited)", italic=True))
    return kit.quote(shorten(seen.text, longest), *after)


def build_draft(found: Round, contents: Contents, now: datetime, viewer: str | None = None) -> list[Block]:
    """What is for whoever leads alone; then, apart, the agenda as the channel gets it, with what they can do. `viewer`
    is a convener, where it is not whoever leads who looks."""
    leads = viewer is None or viewer == found.meeting.facilitator
    posted = found.meeting.agenda_posted_at is not None
    return [
        *private.build_for_you(found, contents),
        kit.para(
            kit.b("The agenda" if posted else "Your draft" if leads else "The draft"),
            kit.t(" for "),
            kit.when(found.meeting.starts_at, found.group.zone, now),
        ),
        *_body(found, contents.for_group),
        *_late(found, contents),
        _state(found, now, posted=posted, leads=leads),
        draft_actions(found, posted=posted),
    ]


def _late(found: Round, contents: Contents) -> list[Block]:
    if not contents.late:
        return []
    head = kit.para(kit.b("Came late"), kit.t(": the group reads it in the questions' thread"))
    return [head, *_answers(found, contents.late)]


def _state(found: Round, now: datetime, *, posted: bool, leads: bool) -> Block:
    if posted:
        return kit.small("It is in the channel. What you change is brought up to date there.")
    ends = (
        [kit.t(", when answering has ended ("), kit.when(found.prompt.closes_at, found.group.zone, now), kit.t(")")]
        if found.prompt.closed_at is None
        else []
    )
    return kit.para(
        kit.t("I post this agenda in the channel "),
        kit.when(found.meeting.agenda_due_at, found.group.zone, now),
        *ends,
        *([kit.t(". Nothing you need to do, unless you want to change it.")] if leads else _others(found)),
    )


def _others(found: Round) -> list[kit.Element]:
    """What a convener reads of somebody else's draft."""
    leader = found.meeting.facilitator
    if leader is None:
        return [kit.t(". Nobody leads so far, so it is the conveners' to change.")]
    return [kit.t(". It is "), kit.at(leader), kit.t("'s to change; as a convener you can, too.")]


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


def draft_actions(found: Round, *, posted: bool) -> Block:
    buttons = [kit.button("Edit", EDIT, found.meeting.id), kit.button("Park a topic", PARK, found.meeting.id)]
    if not posted and found.prompt.closed_at is not None:
        buttons.insert(0, kit.button("Post the agenda now …", POST, found.meeting.id, style="primary"))
    elif not posted:  # early, and so not what is offered first
        buttons.append(kit.button("Post the agenda now …", POST, found.meeting.id))
    if found.thread("prompt") and not found.prompt.can_be_read:
        buttons.append(kit.button("Post the named answers now …", SHARE, found.meeting.id))
    return kit.actions(*buttons)


def build_preview(found: Round, contents: Contents, where: str, now: datetime) -> View:
    """The agenda as it will stand in the channel, before it is posted, and what posting it now means."""
    message = build_posted(found, contents, now)
    return preview.build_preview(POST_FORM, where, message, [kit.para(kit.t(_sure(found, now)))], meta=found.meeting.id)


def _sure(found: Round, now: datetime) -> str:
    return SURE_WITHOUT_BATCH if found.prompt.batch is Batch.WAITING else SURE.get(found.phase(now), SURE[Phase.LATE])


def build_for_member(found: Round, contents: Contents, now: datetime) -> list[Block]:
    """For a member: the posted agenda, or when it will come."""
    if found.meeting.agenda_posted_at is not None:
        meeting = kit.when(found.meeting.starts_at, found.group.zone, now)
        body = [*_body(found, contents.for_group), *_answers_to_come(found, now)]
        return [kit.para(kit.b("The agenda for "), meeting), *body]
    return [
        kit.para(
            kit.t("The agenda comes into the channel "),
            kit.when(found.meeting.agenda_due_at, found.group.zone, now),
            kit.t(". What should be on it? Keep a topic for it:"),
        ),
        kit.actions(kit.button("Park a topic", PARK, found.meeting.id)),
    ]


def build_edit(found: Round, items: Sequence[rules.Item], where: str) -> View:
    """`where` is the channel's name."""
    length = found.meeting.length_minutes
    posted = found.meeting.agenda_posted_at is not None
    reads = "It stands there: what you save is changed at once." if posted else "It goes there when it is posted."
    return kit.modal(
        EDIT_FORM,
        "Edit the agenda",
        [
            kit.field_input(
                "agenda",
                f"One line for each part; {length} minutes in all",
                kit.text_input(rules.as_lines(items), lines=True),
                hint="Put the minutes in front. A line without a number takes what is left.",
            ),
            kit.small(f"Everybody in {where} reads the agenda. {reads}"),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Save",
        close="Leave as it was",
        meta=found.meeting.id,
    )


def build_park(found: Round) -> View:
    return kit.modal(
        PARK_FORM,
        "Park a topic",
        [
            kit.field_input(
                "topic",
                "What should we keep for later?",
                kit.text_input(longest=300),
                hint="The group reads it on its agenda in the channel, with your name.",
            ),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Park it",
        close="Not now",
        meta=found.meeting.id,
    )


def build_parked(found: Round, topics: Sequence[Topic], viewer: str, said: str = "") -> list[Block]:
    """What is parked, all of it; each to be closed by its author or whoever leads."""
    blocks = [kit.para(kit.b(said))] if said else []
    if not topics:
        blocks.append(kit.para(kit.t("Nothing is parked. Keep something with /collab park and a few words.")))
    else:
        blocks.append(kit.bullets(_topic(topic) for topic in topics))
    mine = [topic for topic in topics if topic.by == viewer or found.leads(viewer)]
    elements = [kit.button("Park a topic", PARK, found.meeting.id)]
    if mine:
        options = [kit.option(topic.text, f"{found.meeting.id}:{topic.id}") for topic in mine]
        done = kit.choice("static_select", options, None)
        elements.append({"action_id": UNPARK, **done, "placeholder": kit.plain("Done with…")})
    return [*blocks, kit.actions(*elements)]


def build_posting(found: Round) -> list[Block]:
    goes_on = " Answering goes on until its announced time, and what is answered comes into it then."
    said = "I post it in the channel now." + (goes_on if found.prompt.closed_at is None else "")
    return [kit.para(kit.b("On its way. "), kit.t(said))]
