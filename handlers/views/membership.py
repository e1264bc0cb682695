"""Looking after a group: adding people, and taking over or handing over the care for one that has no convener left."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.charter import Facilitation
from bot.domain.formatting import join_words
from bot.domain.rounds import Round
from bot.services.membership import Care
from handlers.views import block_kit
from handlers.views.block_kit import Block, View
from handlers.views.charter import FACILITATION

ADD, ADD_FORM, TAKE_OVER, NAME, NAME_FORM = "members_add", "members_form", "take_over", "convener", "convener_form"
LEAD, LEAD_FORM = "who_leads", "who_leads_form"
ALONE = "This group has no convener any more: nobody who can add people or take out what must not stand there."


def build_care(round_: Round, care: Care) -> list[Block]:
    """The buttons for it, as far as they are somebody's."""
    buttons = []
    if care.add:
        buttons.append(block_kit.button("Add people", ADD, round_.meeting.id))
        buttons.append(block_kit.button("Who leads", LEAD, round_.meeting.id))
    if care.take_over:
        asked = ("You become its convener, and the channel reads it.", "Take it over")
        pressed = block_kit.button("Take this group over", TAKE_OVER, round_.meeting.id, confirm=asked)
        pressed["confirm"]["deny"] = block_kit.plain("Not now")
        buttons.append(pressed)
    if care.name:
        buttons.append(block_kit.button("Name a convener", NAME, round_.meeting.id))
    said = [block_kit.paragraph(block_kit.text(ALONE))] if care.take_over or care.name else []
    return [*said, block_kit.actions(*buttons)] if buttons else []


def build_from_outside(round_: Round, care: Care) -> list[Block]:
    """For somebody who is no member of it and can do something for it."""
    return [
        block_kit.paragraph(block_kit.bold(round_.group.charter.name), block_kit.text(" lives here.")),
        *build_care(round_, care),
    ]


def build_add(round_: Round) -> View:
    return block_kit.modal(
        ADD_FORM,
        "Add people",
        [
            block_kit.field_input(
                "members",
                "Who joins the group?",
                {"type": "multi_users_select", "max_selected_items": 100},
                hint="People in its channel. Who left and is back can be added again.",
            ),
            block_kit.small(
                "I write to each of them once, within their hours. In turns, nobody leads at their first meeting."
            ),
        ],
        submit="Add",
        close="Not now",
        meta=round_.meeting.id,
    )


def build_name(round_: Round) -> View:
    return block_kit.modal(
        NAME_FORM,
        "Name a convener",
        [
            block_kit.field_input(
                "convener",
                "Who looks after the group?",
                {"type": "users_select"},
                hint="Somebody in its channel. They become a member if they are not one yet.",
            ),
            block_kit.small("The channel reads it. A convener can add people and take out answers."),
        ],
        submit="Name",
        close="Not now",
        meta=round_.meeting.id,
    )


def build_lead(round_: Round) -> View:
    charter = round_.group.charter
    ways = [block_kit.option(words, facilitation) for facilitation, words in FACILITATION.items()]
    chosen = {"initial_user": charter.designated} if charter.designated else {}
    return block_kit.modal(
        LEAD_FORM,
        "Who leads",
        [
            block_kit.field_input(
                "facilitation", "Who leads?", block_kit.choice("radio_buttons", ways, charter.facilitation)
            ),
            block_kit.field_input(
                "designated",
                "If one person leads: who?",
                {"type": "users_select"} | chosen,
                hint="They lead the coming meeting too, even if it is their first. I tell them, and whoever was to "
                "lead it. Whom I can't write to, you tell yourself: I say so then.",
                optional=True,
            ),
        ],
        submit="Keep",
        close="Leave as it was",
        meta=round_.meeting.id,
    )


def parse_lead(state: Mapping[str, Any]) -> tuple[Facilitation, str | None]:
    values = state["values"]
    facilitation = Facilitation(values["facilitation"]["facilitation"]["selected_option"]["value"])
    return facilitation, values["designated"]["designated"].get("selected_user")


def build_chosen(facilitation: Facilitation, name: str, *, reach: bool = True, is_first: bool = False) -> list[Block]:
    """`reach`: the app can write to whoever leads; `is_first`: the coming meeting is their first."""
    if facilitation is not Facilitation.DESIGNATED:
        return [block_kit.paragraph(block_kit.bold("Kept. "), block_kit.text("You take turns from now on."))]
    said = [block_kit.text(f"{name} leads every meeting from now on.")]
    if is_first:
        said.append(block_kit.text(" The coming one is their first with the group: a word from you will help."))
    if not reach:
        said.append(
            block_kit.text(
                f" I can't write to {name}, from another organisation: please tell them. They find the agenda's draft "
                "behind “More…” in the channel; after the meeting I ask you for the notes."
            )
        )
    return [block_kit.paragraph(block_kit.bold("Kept. "), *said)]


def parse_add(state: Mapping[str, Any]) -> list[str]:
    return list(state["values"]["members"]["members"].get("selected_users") or ())


def parse_name(state: Mapping[str, Any]) -> str | None:
    picked: str | None = state["values"]["convener"]["convener"].get("selected_user")
    return picked


def build_added(names: Sequence[str], out_of_reach: Sequence[str]) -> list[Block]:
    """Who was added; to those from another organisation the app can't write."""
    said = [block_kit.bold("Added: "), block_kit.text(f"{join_words(names)}. ")]
    if len(out_of_reach) < len(names):
        said.append(block_kit.text("I write to them once, within their hours."))
    if out_of_reach:
        said.append(
            block_kit.text(
                f" I can't write to {join_words(out_of_reach)}, from another organisation: please tell them."
            )
        )
    return [block_kit.paragraph(*said)]


def build_convenes(name: str) -> list[Block]:
    return [block_kit.paragraph(block_kit.bold("Done. "), block_kit.text(f"{name} now. The channel reads it."))]
