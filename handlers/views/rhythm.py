"""A group's rhythm around its meetings: the form that conveners change it in."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from babel.dates import get_day_names

from bot.domain.charter import Rhythm
from bot.domain.errors import DomainError
from bot.domain.formatting import say_time, say_zone
from bot.domain.rhythm import MOST_AGENDA_HOURS, MOST_DAYS, MOST_HANDOFF_HOURS, MOST_QUESTIONS
from bot.domain.timetable import EVENING, MORNING, before
from bot.services.rhythm import GroupRhythm
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext

OPEN, FORM = "rhythm", "rhythm_form"

MOST = {
    "prompt_days": MOST_DAYS,
    "closes_days": MOST_DAYS,
    "agenda_hours": MOST_AGENDA_HOURS,
    "handoff_hours": MOST_HANDOFF_HOURS,
}


def build_form(found: GroupRhythm, now: datetime) -> View:
    rhythm, zone = found.group.charter.rhythm, found.group.zone
    early = f"For a meeting before {say_time(MORNING)} it comes at {say_time(EVENING)} on the working day before."
    return block_kit.modal(
        FORM,
        "Rhythm",
        [
            block_kit.paragraph(
                block_kit.text("What you change here holds from the meeting of "),
                block_kit.timestamp(found.holds_from.starts_at, zone, now),
                block_kit.text(" on. What is planned for the one before it stays as it is."),
            ),
            block_kit.field_input(
                "working_days",
                "Working days",
                _days(rhythm),
                hint="On the others the group hears nothing, unless it meets. Days below are working days.",
            ),
            _number("prompt_days", "Questions: days before the meeting", rhythm.prompt_days_before),
            block_kit.field_input("prompt_at", "Questions: at", _time(rhythm.prompt_at)),
            _number(
                "closes_days",
                "Answering ends: days before the meeting",
                rhythm.closes_days_before,
                "Then whoever leads gets the agenda draft and the anonymous answers. 0 is the meeting's own day.",
            ),
            block_kit.field_input("closes_time", "Answering ends: at", _time(rhythm.closes_time)),
            _number("agenda_hours", "Agenda: hours before the meeting", rhythm.agenda_hours_before, early),
            _number(
                "handoff_hours",
                "Handover without notes: hours after it",
                rhythm.handoff_hours_after,
                "At least 1, so that there is time for notes. On a day off it waits for the next working day.",
            ),
            block_kit.field_input("questions", "Questions at a time", _questions(rhythm)),
            block_kit.small(f"All times are {say_zone(zone)}."),
        ],
        submit="Keep",
        close="Leave as it was",
        meta=found.meeting,
    )


def _days(rhythm: Rhythm) -> block_kit.Element:
    names = get_day_names("wide", locale="en")
    options = [block_kit.option(str(names[day]), str(day)) for day in range(7)]
    picked = [option for option in options if int(option["value"]) in rhythm.working_days]
    return {"type": "checkboxes", "options": options} | ({"initial_options": picked} if picked else {})


def _number(name: str, label: str, value: int, hint: str = "") -> Block:
    element = {"type": "number_input", "is_decimal_allowed": False, "initial_value": str(value)}
    return block_kit.field_input(name, label, element, hint=hint)


def _time(at: time) -> block_kit.Element:
    return {"type": "timepicker", "initial_time": at.strftime("%H:%M")}


def _questions(rhythm: Rhythm) -> block_kit.Element:
    options = [block_kit.option(str(number), str(number)) for number in range(1, MOST_QUESTIONS + 1)]
    return block_kit.choice("static_select", options, str(rhythm.questions_per_prompt))


def parse_form(state: Mapping[str, Any]) -> Rhythm:
    """What was filled in; DomainError at a field that says nothing that could be."""
    values = {block: next(iter(given.values())) for block, given in state["values"].items()}
    return Rhythm(
        prompt_days_before=_parse_number(values, "prompt_days"),
        prompt_at=_parse_time(values, "prompt_at"),
        closes_days_before=_parse_number(values, "closes_days"),
        closes_time=_parse_time(values, "closes_time"),
        agenda_hours_before=_parse_number(values, "agenda_hours"),
        handoff_hours_after=_parse_number(values, "handoff_hours"),
        questions_per_prompt=int(values["questions"]["selected_option"]["value"]),
        working_days=frozenset(int(one["value"]) for one in values["working_days"].get("selected_options") or ()),
    )


def _parse_number(values: Mapping[str, Any], field: str) -> int:
    given = str(values[field].get("value") or "").strip()
    if not (given.isascii() and given.isdigit() and len(given) <= 3 and int(given) <= MOST[field]):
        raise DomainError(f"A whole number from 0 to {MOST[field]}.", field)
    return int(given)


def _parse_time(values: Mapping[str, Any], field: str) -> time:
    picked = values[field].get("selected_time")
    if not picked:
        raise DomainError("Pick a time.", field)
    return time.fromisoformat(picked)


def build_kept(found: GroupRhythm, rhythm: Rhythm, now: datetime) -> list[Block]:
    """What it means for the first meeting around which it holds."""
    zone = found.group.zone
    there = before(found.holds_from.slot, zone, rhythm)
    rows = [
        [block_kit.bold("Questions: "), block_kit.timestamp(there.opens_at, zone, now)],
        [block_kit.bold("Answering ends: "), block_kit.timestamp(there.closes_at, zone, now)],
        [block_kit.bold("Agenda: "), block_kit.timestamp(there.agenda_due_at, zone, now)],
    ]
    meeting = block_kit.timestamp(found.holds_from.starts_at, zone, now)
    return [
        block_kit.paragraph(
            block_kit.bold("Kept. "), block_kit.text("From the meeting of "), meeting, block_kit.text(" on:")
        ),
        block_kit.bullets(rows),
    ]


def build_in_hub(context: HubContext) -> Element | None:
    if context.viewer not in context.round_.group.conveners:
        return None
    return block_kit.button("Rhythm", OPEN, context.round_.meeting.id)
