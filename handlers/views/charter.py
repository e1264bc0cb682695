"""Setting a collaborative up: three short forms, and the message that says what was set up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from bot.domain.cadence import Cadence, Frequency, describe
from bot.domain.charter import LONGEST_NAME, LONGEST_PLACE, LONGEST_PURPOSE, Charter, Facilitation, Rhythm
from bot.domain.errors import DomainError
from bot.domain.formatting import say_zone
from bot.domain.questions import Purpose
from bot.domain.rounds import Group, Round
from handlers.views import block_kit
from handlers.views.block_kit import Block, View

WHAT, TIMES, WHO = "start_what", "start_times", "start_who"
ZONES = "zone"

PURPOSES = {
    Purpose.TOPIC: "A topic we want to understand",
    Purpose.PRACTICE: "A practice we want to get good at",
    Purpose.CROSS_SYSTEM: "Working together across systems",
}
FREQUENCIES = {
    Frequency.WEEKLY: "Every week",
    Frequency.BIWEEKLY: "Every two weeks",
    Frequency.MONTHLY_WEEKDAY: "Every month, like the second Tuesday",
    Frequency.MONTHLY_LAST: "Every month, like the last Friday",
    Frequency.MONTHLY_DATE: "Every month, like the 15th",
}
FACILITATION = {
    Facilitation.ROTATING: "We take turns",
    Facilitation.DESIGNATED: "One person leads each time",
}

Filled = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """What the forms are prefilled with when nothing was filled in yet."""

    zone: str
    people: Sequence[str]
    today: date


def build_what(channel: str, filled: Filled) -> View:
    """Form 1 of 3: what the group is."""
    kinds = [block_kit.option(words, kind) for kind, words in PURPOSES.items()]
    return block_kit.modal(
        WHAT,
        "New group · 1 of 3",
        [
            block_kit.field_input(
                "name",
                "Name",
                block_kit.text_input(
                    _text(filled, "name"), longest=LONGEST_NAME, placeholder="Trauma-informed care circle"
                ),
            ),
            block_kit.field_input(
                "purpose",
                "What do you want to learn together?",
                block_kit.text_input(_text(filled, "purpose"), lines=True, longest=LONGEST_PURPOSE),
                hint="In your own words. One sentence is enough.",
            ),
            block_kit.field_input(
                "purpose_kind",
                "What kind of purpose is it?",
                block_kit.choice("static_select", kinds, _text(filled, "purpose_kind") or Purpose.TOPIC),
                hint="It helps me pick questions that fit.",
            ),
        ],
        submit="Next",
        close="Later",
        meta=channel,
    )


def build_times(channel: str, filled: Filled, offer: Offer) -> View:
    """Form 2 of 3: when it meets. The first meeting's date says which weekday, or which day of the month."""
    often = [block_kit.option(words, frequency) for frequency, words in FREQUENCIES.items()]
    zone = _text(filled, "zone") or offer.zone
    first = _text(filled, "first")
    return block_kit.modal(
        TIMES,
        "New group · 2 of 3",
        [
            block_kit.field_input(
                "frequency",
                "How often?",
                block_kit.choice("static_select", often, _text(filled, "frequency") or Frequency.BIWEEKLY),
            ),
            block_kit.field_input(
                "first",
                "First meeting",
                {"type": "datepicker"} | ({"initial_date": first} if first else {}),
                hint="The ones after it fall on the same day.",
            ),
            block_kit.field_input("at", "Time", {"type": "timepicker", "initial_time": _text(filled, "at") or "10:00"}),
            block_kit.field_input(
                ZONES,
                "Time zone",
                {
                    "type": "external_select",
                    "min_query_length": 2,
                    "placeholder": block_kit.plain("Type a city near you"),
                    "initial_option": zone_option(zone),
                },
            ),
            block_kit.field_input(
                "length",
                "Length in minutes",
                {"type": "number_input", "is_decimal_allowed": False, "initial_value": _text(filled, "length") or "60"},
            ),
        ],
        submit="Next",
        close="Later",
        meta=channel,
    )


def build_who(channel: str, filled: Filled, offer: Offer) -> View:
    """Form 3 of 3: who, where, and who leads."""
    members = filled.get("members") or list(offer.people)
    ways = [block_kit.option(words, facilitation) for facilitation, words in FACILITATION.items()]
    designated = _text(filled, "designated")
    people: dict[str, Any] = {"type": "multi_users_select"}
    if members:
        people["initial_users"] = list(members)[:100]
    return block_kit.modal(
        WHO,
        "New group · 3 of 3",
        [
            block_kit.field_input(
                "members", "Members", people, hint="People in this channel. Others can be added later."
            ),
            block_kit.field_input(
                "place",
                "Where do you meet?",
                block_kit.text_input(_text(filled, "place"), longest=LONGEST_PLACE, placeholder="A room, or a link"),
                optional=True,
            ),
            block_kit.field_input(
                "facilitation",
                "Who leads?",
                block_kit.choice("radio_buttons", ways, _text(filled, "facilitation") or Facilitation.ROTATING),
            ),
            block_kit.field_input(
                "designated",
                "If one person leads: who?",
                {"type": "users_select"} | ({"initial_user": designated} if designated else {}),
                optional=True,
            ),
        ],
        submit="Start the group",
        close="Later",
        meta=channel,
    )


def _text(filled: Filled, name: str) -> str:
    value = filled.get(name)
    return "" if value is None else str(value)


def zone_option(zone: str) -> block_kit.Element:
    return block_kit.option(zone.replace("_", " "), zone)


def parse_answers(state: Mapping[str, Any]) -> dict[str, Any]:
    """A form's answers by field, as plain JSON values (None where nothing was given)."""
    return {block: _value(next(iter(actions.values()))) for block, actions in state["values"].items()}


def _value(given: Mapping[str, Any]) -> Any:
    for key in ("value", "selected_date", "selected_time", "selected_user", "selected_users"):
        if key in given:
            return given[key]
    picked = given.get("selected_option")
    return picked["value"] if picked else None


def parse_cadence(filled: Filled) -> Cadence:
    """The cadence that was filled in; BadCadence at its field."""
    if not filled.get("first"):
        raise DomainError("When do you meet first?", "first")
    return Cadence(
        Frequency(_text(filled, "frequency")),
        date.fromisoformat(_text(filled, "first")),
        time.fromisoformat(_text(filled, "at")),
        _text(filled, "zone"),
    )


def parse_length(filled: Filled) -> int | None:
    given = _text(filled, "length").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def parse_charter(filled: Filled, rhythm: Rhythm) -> Charter:
    """The charter that the three forms hold together."""
    return Charter(
        name=_text(filled, "name"),
        purpose_kind=Purpose(_text(filled, "purpose_kind")),
        purpose=_text(filled, "purpose"),
        cadence=parse_cadence(filled),
        length_minutes=parse_length(filled) or 0,
        place=_text(filled, "place").strip(),
        facilitation=Facilitation(_text(filled, "facilitation")),
        designated=filled.get("designated"),
        rhythm=rhythm,
    )


def build_started(round_: Round, now: datetime) -> block_kit.Message:
    """The one message that says what was set up, by whom, when it begins, who leads and what comes next."""
    group, charter = round_.group, round_.group.charter
    return block_kit.Message(
        [
            block_kit.heading(charter.name),
            block_kit.paragraph(*_set_up(group)),
            block_kit.quote(charter.purpose),
            block_kit.bullets(_facts(round_, now)),
            block_kit.paragraph(*_next(round_, now)),
        ]
    )


def _set_up(group: Group) -> list[block_kit.Element]:
    if group.starter is None:
        return [block_kit.text("A learning collaborative was set up here.")]
    return [block_kit.mention(group.starter), block_kit.text(" set up a learning collaborative here.")]


def _facts(round_: Round, now: datetime) -> list[list[block_kit.Element]]:
    charter = round_.group.charter
    rows = [
        [
            block_kit.bold("We meet "),
            block_kit.text(
                f"{describe(charter.cadence)}, {say_zone(round_.group.zone)}, {charter.length_minutes} minutes"
            ),
        ],
        [block_kit.bold("First meeting: "), block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now)],
    ]
    if charter.place:
        rows.append([block_kit.bold("Where: "), block_kit.text(charter.place)])
    if round_.meeting.facilitator:
        rows.append([block_kit.mention(round_.meeting.facilitator), *_turns(charter, round_.meeting.facilitator)])
    return rows


def _turns(charter: Charter, leader: str) -> list[block_kit.Element]:
    """What comes after whoever leads the first meeting, who may stand in for somebody."""
    if charter.facilitation is Facilitation.ROTATING:
        return [block_kit.text(" leads the first one; then we take turns")]
    if charter.designated in {None, leader}:
        return [block_kit.text(" leads")]
    return [block_kit.text(" leads the first one, and then "), block_kit.mention(charter.designated or "")]


def _next(round_: Round, now: datetime) -> list[block_kit.Element]:
    if round_.prompt.opens_at <= now:
        said = [
            block_kit.text("What happens next: I ask a question here now, so that there is something to start from.")
        ]
        return [*said, *_near(round_, now)]
    return [
        block_kit.text("What happens next: I ask a question here "),
        block_kit.timestamp(round_.prompt.opens_at, round_.group.zone, now),
        block_kit.text(". Until then I keep quiet."),
        *_near(round_, now),
    ]


def _near(round_: Round, now: datetime) -> list[block_kit.Element]:
    """What is squeezed, where the first meeting is so near."""
    if not round_.meeting.squeezed or round_.prompt.closes_at <= now:
        return []
    return [
        block_kit.text(" The first meeting is near, so this time there is less time than planned: answering ends "),
        block_kit.timestamp(round_.prompt.closes_at, round_.group.zone, now),
        block_kit.text(", and the agenda comes "),
        block_kit.timestamp(round_.meeting.agenda_due_at, round_.group.zone, now),
        block_kit.text("."),
    ]


def build_founded(group: Group) -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold(f"{group.charter.name} is set up. "), block_kit.text("I tell the channel now.")
        )
    ]


def build_start_offer() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("No collaborative lives in this channel yet. "),
            block_kit.text(
                "Start one, and I ask a good question before each meeting, keep the answers, and draft the agenda."
            ),
        ),
        block_kit.actions(block_kit.button("Start a group", "start", style="primary")),
    ]
