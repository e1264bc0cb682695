"""The prompt in the channel, the form to answer it, and what its author sees afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.domain.anonymity import COUNT_FROM, ENOUGH, Visibility
from bot.domain.questions import Wants
from bot.domain.rounds import Asked, Round
from bot.domain.speech import count, join_words
from bot.domain.text import shorten
from bot.services.reflections import Own
from handlers.views import kit, responses
from handlers.views.kit import Block, View

FORM, AGAIN = "answer_form", "answer_again"
ANSWER, PASS, EDIT, WITHDRAW, SEES = "answer", "pass", "answer_edit", "withdraw", "sees"

LONGEST_OF_HISTORY = 500
NOTHING_GIVEN: Mapping[int, str] = MappingProxyType({})
CUT = "Your message is longer than an answer can be: this is its beginning. The message itself stays where it is."

MISSED = {"prompt": "its questions", "agenda": "its agenda", "handoff": "the word on who is next"}

SCALE = ("1 – not at all", "2 – a little", "3 – somewhat", "4 – quite a bit", "5 – very much")


def sees_options(facilitator: str | None) -> list[kit.Element]:
    only = f"Only {facilitator} sees it" if facilitator else "Only the facilitator sees it"
    return [
        kit.option("The group, with my name", Visibility.NAMED),
        kit.option("The group, without my name", Visibility.ANONYMOUS),
        kit.option(only, Visibility.FACILITATOR),
    ]


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
    so_far = f"{count(prompt.took_part, 'person', 'people')} took part" if prompt.took_part >= COUNT_FROM else ""
    if not prompt.is_open(now):
        said = kit.small(f"Answering has ended. {so_far}{'.' if so_far else ''}".strip())
        read = kit.actions(kit.button("Read the answers", responses.READ, found.meeting.id))
        return [said, read] if prompt.can_be_read else [said]
    return [
        kit.actions(
            kit.button("Answer", ANSWER, found.meeting.id, style="primary"),
            kit.button("Pass this time", PASS, found.meeting.id),
        ),
        kit.para(kit.t("Open until "), kit.when(prompt.closes_at, found.group.zone, now), kit.t(".")),
        *([kit.small(f"{so_far} so far.")] if so_far else []),
    ]


def build_form(
    found: Round, own: Sequence[Own], facilitator: str | None, given: Mapping[int, str] = NOTHING_GIVEN
) -> View:
    """Every question, who sees the answers, and a way to pass. `given` are words to begin with, by position."""
    mine = {o.asked.position: o.text for o in own} | dict(given)
    sees = own[0].visibility if own else Visibility.NAMED
    questions = [_question(asked, mine.get(asked.position, "")) for asked in found.prompt.questions]
    cut = any(len(text) > kit.LONGEST_TEXT for text in given.values())
    return kit.modal(
        FORM,
        "Your answer",
        [
            *([kit.small(CUT)] if cut else []),
            *questions,
            kit.field_input("sees", "Who sees it?", kit.choice("radio_buttons", sees_options(facilitator), sees)),
            kit.small(anonymous_words(len(found.group.members))),
            kit.field_input(
                "pass",
                "Or",
                {"type": "checkboxes", "options": [kit.option("I pass this time", "pass")]},
                hint="Passing is an answer too. Nobody sees who passed.",
                optional=True,
            ),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Send",
        close="Not now",
        meta=found.meeting.id,
    )


def anonymous_words(members: int) -> str:
    """What anonymity can and cannot do in a group of this size, before anybody submits."""
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


def build_kept(found: Round, own: Sequence[Own], facilitator: str | None, now: datetime) -> list[Block]:
    """What is kept, with a way to edit, withdraw and change who sees it."""
    blocks = [kit.para(kit.b("Thank you, that is kept. " if own else "Nothing of yours is kept here. "))]
    for o in own:
        blocks += build_own(found.meeting.id, o, facilitator)
    if own:
        blocks.append(
            kit.para(
                kit.t("You can change it until "),
                kit.when(found.prompt.closes_at, found.group.zone, now),
                kit.t(". Find it again with /collab mine, or on my Home."),
            )
        )
    else:
        blocks.append(kit.actions(kit.button("Answer", ANSWER, found.meeting.id, style="primary")))
    return blocks


@dataclass(frozen=True)
class Ways:
    """What somebody can do about an answer of theirs now."""

    change: bool = True
    withdraw: bool = True


ALL_WAYS = Ways()


def build_own(meeting: str, own: Own, facilitator: str | None, ways: Ways = ALL_WAYS) -> list[Block]:
    """One of somebody's own answers, who sees it, and what they can do about it."""
    about = f"{meeting}:{own.asked.position}"
    pick = kit.choice("static_select", sees_options(facilitator), own.visibility)
    sees = pick["initial_option"]["text"]["text"]
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
        kit.small(f"Who sees it: {sees}."),
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
        meta=found.meeting.id,
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
