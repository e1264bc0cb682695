"""The prompt in the channel, the form to answer it, and what its author sees afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.domain.anonymity import COUNT_FROM, ENOUGH, Visibility
from bot.domain.questions import Wants
from bot.domain.rounds import Asked, Phase, Round
from bot.domain.seeing import YOURSELF, fresh
from bot.domain.speech import count, join_words
from bot.domain.text import shorten, stamp
from bot.services.reflections import Own
from handlers.views import kit, responses
from handlers.views.kit import Block, View
from handlers.views.personal import more

FORM, AGAIN = "answer_form", "answer_again"
ANSWER, PASS, EDIT, WITHDRAW, SEES = "answer", "pass", "answer_edit", "withdraw", "sees"

LONGEST_OF_HISTORY = 500
NOT_PASSED = "You have answered already, so I leave it at that. To pass after all, withdraw your answer first."
NOTHING_GIVEN: Mapping[int, str] = MappingProxyType({})
CUT = "Your message is longer than an answer can be: this is its beginning. The message itself stays where it is."

MISSED = {"prompt": "its questions", "agenda": "its agenda", "handoff": "the word on who is next"}

SCALE = ("1 – not at all", "2 – a little", "3 – somewhat", "4 – quite a bit", "5 – very much")


def sees_options(
    facilitator: str | None, phase: Phase = Phase.OPEN, chosen: Visibility | None = None
) -> list[kit.Element]:
    """Without a name only in time, or where it is so: late, an answer would stand alone."""
    only = "Only I see it, as I lead" if facilitator == YOURSELF else f"Only {facilitator or 'the facilitator'} sees it"
    can_be = phase is Phase.OPEN or chosen is Visibility.ANONYMOUS
    quiet = [kit.option("The group, without my name", Visibility.ANONYMOUS)] if can_be else []
    return [kit.option("The group, with my name", Visibility.NAMED), *quiet, kit.option(only, Visibility.FACILITATOR)]


def build_prompt(found: Round, now: datetime, *, missed: Collection[str] = ()) -> kit.Message:
    """The questions for the next meeting, each with why it is asked; brought up to date in place.

    `missed` are the kinds of which something about the meeting before was dropped.
    """
    blocks = [
        kit.heading("Before we meet"),
        kit.para(
            kit.t("Two minutes, in your own time, before "),
            kit.when(found.meeting.starts_at, found.group.zone, now),
            kit.t("."),
        ),
        *_missed(missed),
    ]
    for asked in found.prompt.questions:
        blocks += [kit.para(kit.b(asked.text)), kit.small(f"Why we ask: {asked.why}")]
    return kit.Message([*blocks, *_prompt_end(found, now)])


def _missed(kinds: Collection[str]) -> list[Block]:
    """What the group did not get around its last meeting, in the order in which it would have come."""
    names = [name for kind, name in MISSED.items() if kind in kinds]
    if not names:
        return []
    return [kit.small(f"I was out of reach around your last meeting; {join_words(names)} did not come. Now I am back.")]


def _prompt_end(found: Round, now: datetime) -> list[Block]:
    prompt = found.prompt
    if not prompt.is_open(now):
        said = kit.small(f"Answering has ended. {took_part_words(found)}".strip())
        late = [kit.button("Answer late", ANSWER, found.meeting.id)] if found.phase(now) is Phase.LATE else []
        read = [kit.button("Read the answers", responses.READ, found.meeting.id)] if prompt.can_be_read else []
        return [said, kit.actions(*read, *late, more(found.meeting.id))]
    return [
        kit.actions(
            kit.button("Answer", ANSWER, found.meeting.id, style="primary"),
            kit.button("Pass this time", PASS, found.meeting.id),
            more(found.meeting.id),
        ),
        kit.para(kit.t("Open until "), kit.when(prompt.closes_at, found.group.zone, now), kit.t(".")),
    ]


def took_part_words(found: Round) -> str:
    """How many took part, when answering has ended and there were enough of them; before, it would tell who answers
    when."""
    number = found.prompt.took_part
    ended = found.prompt.closed_at is not None
    return f"{count(number, 'person', 'people')} took part." if ended and number >= COUNT_FROM else ""


@dataclass(frozen=True)
class Writer:
    """Whoever answers: what they answered so far, for whom a new answer is, and who leads the meeting."""

    own: Sequence[Own]
    sees: Visibility
    facilitator: str | None


def build_form(found: Round, writer: Writer, now: datetime, given: Mapping[int, str] = NOTHING_GIVEN) -> View:
    """Every question, who sees the answers, and a way to pass; late, only what can still be. `given` are words to begin
    with, by position."""
    phase, own = found.phase(now), writer.own
    mine = {o.asked.position: o.text for o in own} | dict(given)
    cut = any(len(text) > kit.LONGEST_TEXT for text in given.values())
    known = own[0].visibility if own else fresh(writer.sees, phase)
    asked = [q for q in found.prompt.questions if phase is not Phase.OVER or q.position in mine]
    sees = kit.choice("radio_buttons", sees_options(writer.facilitator, phase), known)
    return kit.modal(
        FORM,
        "Your answer" if phase is Phase.OPEN else "Your late answer",
        [
            *([kit.small(CUT)] if cut else []),
            *([kit.para(kit.t(late_words(writer.facilitator)))] if phase is Phase.LATE else []),
            *(_question(question, mine.get(question.position, "")) for question in asked),
            kit.field_input("sees", "Who sees it?", sees),
            *(_quiet_and_pass(found) if phase is Phase.OPEN else []),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Send",
        close="Not now",
        meta=_meta(found, own),
    )


def _quiet_and_pass(found: Round) -> list[Block]:
    return [
        kit.small(anonymous_words(len(found.group.members))),
        kit.field_input(
            "pass",
            "Or",
            {"type": "checkboxes", "options": [kit.option("I pass this time", "pass")]},
            hint="Passing is an answer too. Nobody sees who passed.",
            optional=True,
        ),
    ]


def late_words(facilitator: str | None) -> str:
    """In one line, what a late answer can be."""
    return (
        f"Answering has ended, so this comes late: with your name in the questions' thread, or for "
        f"{facilitator or 'the facilitator'} alone. It can't be without your name any more."
    )


def _meta(found: Round, own: Sequence[Own]) -> str:
    """The meeting, and a stamp of each text that the form is opened with."""
    stamps = {o.asked.position: stamp(o.text) for o in own}
    marks = (f"{q.position}={stamps.get(q.position) or stamp('')}" for q in found.prompt.questions)
    return "|".join((found.meeting.id, *marks))


def parse_meta(meta: str) -> tuple[str, dict[int, str]]:
    """(meeting, the stamps of the texts that the form was opened with, by position)."""
    meeting, *marks = meta.split("|")
    pairs = (mark.partition("=") for mark in marks)
    return meeting, {int(position): mark for position, _, mark in pairs}


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


def _question(asked: Asked, text: str) -> Block:
    if asked.wants is Wants.SCALE:
        options = [kit.option(words, words) for words in SCALE]
        element = kit.choice("radio_buttons", options, text)
    else:
        element = kit.text_input(text, lines=True)
    return kit.field_input(
        f"answer-{asked.position}", asked.text, element, hint=f"Why we ask: {asked.why}", optional=True
    )


def parse_form(state: Mapping[str, Any]) -> tuple[dict[int, str], Visibility, bool]:
    """(answers by question position, who sees them, whether this is a pass)."""
    answers, sees, passes = {}, Visibility.NAMED, False
    for block, given in state["values"].items():
        value = next(iter(given.values()))
        if block == "sees":
            sees = Visibility(value["selected_option"]["value"])
        elif block == "pass":
            passes = bool(value.get("selected_options"))
        elif block.startswith("answer-"):
            picked = value.get("selected_option")
            answers[int(block.removeprefix("answer-"))] = picked["value"] if picked else value.get("value") or ""
    return answers, sees, passes


@dataclass(frozen=True)
class Told:
    """What is said above what is kept: what became of what others may have seen, and what was replaced."""

    said: Sequence[str] = ()
    replaced: Sequence[Own] = ()


def build_kept(
    found: Round, own: Sequence[Own], facilitator: str | None, now: datetime, told: Told = Told()
) -> list[Block]:
    """What is kept, with a way to edit, withdraw and change who sees it."""
    phase = found.phase(now)
    blocks = [
        kit.para(kit.b("Thank you, that is kept. " if own else "It is taken back. Nothing of yours is kept here. "))
    ]
    blocks += [kit.para(kit.t(words)) for words in told.said]
    blocks += _replaced(told.replaced)
    for o in own:
        blocks += build_own(found.meeting.id, o, facilitator, phase)
    if not own:
        label = "Answer late" if phase is Phase.LATE else "Answer"
        answer = [kit.actions(kit.button(label, ANSWER, found.meeting.id, style="primary"))]
        return [*blocks, *(answer if phase is not Phase.OVER else [])]
    if phase is not Phase.OPEN:
        return [*blocks, kit.small("You can change it or take it back at any time; I bring up to date what shows it.")]
    return [
        *blocks,
        kit.para(
            kit.t("You can change it until "),
            kit.when(found.prompt.closes_at, found.group.zone, now),
            kit.t(". Find it again behind “More…” below the questions."),
        ),
    ]


def _replaced(replaced: Sequence[Own]) -> list[Block]:
    """Saved from two places: the later save stands, and the other is given back."""
    if not replaced:
        return []
    said = "Meanwhile you had saved this from another place. What you sent just now replaced it; here it is again:"
    return [kit.para(kit.t(said)), *(kit.quote(o.text) for o in replaced)]


@dataclass(frozen=True)
class Ways:
    """What somebody can do about an answer of theirs now."""

    change: bool = True
    withdraw: bool = True


ALL_WAYS = Ways()


def build_own(meeting: str, own: Own, facilitator: str | None, phase: Phase, ways: Ways = ALL_WAYS) -> list[Block]:
    """One of somebody's own answers, who sees it, and what they can do about it."""
    about = f"{meeting}:{own.asked.position}"
    pick = kit.choice("static_select", sees_options(facilitator, phase, own.visibility), own.visibility)
    sees = pick["initial_option"]["text"]["text"]
    late = " It is shown as late." if own.late else ""
    elements = []
    if ways.change:
        elements.append(kit.button("Edit", EDIT, about))
    if ways.withdraw:
        sure = ("I take your answer back and delete it.", "Withdraw")
        elements.append(kit.button("Withdraw", WITHDRAW, about, confirm=sure))
    if ways.change:
        elements.append({"action_id": SEES, **pick})
    return [
        kit.para(kit.t(own.asked.text, italic=True)),
        kit.quote(own.text),
        kit.small(f"Who sees it: {sees}.{late}"),
        *([kit.actions(*elements, block=f"own:{about}")] if elements else []),
    ]


def build_again(found: Round, own: Own, text: str) -> View:
    """A second `/collab reflect` asks: add or replace. The new text stands in the form, so nothing is lost."""
    ways = [kit.option("Add it to my earlier answer", "add"), kit.option("Put it in its place", "replace")]
    return kit.modal(
        AGAIN,
        "You answered before",
        [
            kit.para(kit.t(own.asked.text, italic=True)),
            kit.quote(own.text),
            kit.field_input(f"answer-{own.asked.position}", "Your new answer", kit.text_input(text, lines=True)),
            kit.field_input("how", "What shall I do with it?", kit.choice("radio_buttons", ways, "add")),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Keep it",
        close="Leave as it was",
        meta=_meta(found, [own]),
    )


def parse_again(state: Mapping[str, Any]) -> tuple[int, str, bool]:
    """(the question's position, the new answer, whether it is added to the earlier one)."""
    values = state["values"]
    block = next(name for name in values if name.startswith("answer-"))
    added = values["how"]["how"]["selected_option"]["value"] == "add"
    return int(block.removeprefix("answer-")), values[block][block].get("value") or "", added


def build_passed() -> list[Block]:
    return [
        kit.para(
            kit.b("That is fine. "),
            kit.t("You passed this time; nobody sees who did. You can still answer if something comes up."),
        )
    ]


def build_mine(history: Sequence[tuple[str, str, str]]) -> list[Block]:
    """What somebody wrote over all groups, newest first."""
    if not history:
        return [kit.para(kit.t("You have no answers kept under your name yet."))]
    blocks = [kit.para(kit.b("Your latest answers"))]
    for group, question, text in history:
        blocks += [kit.para(kit.t(f"{group}: {question}", italic=True)), kit.quote(shorten(text, LONGEST_OF_HISTORY))]
    return blocks
