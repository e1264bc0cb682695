"""`/collab settings`: what I am sent, and when."""

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.formatting import WEEK, day_name, say_day, say_days, say_time, say_zone
from bot.domain.reminders import Hours, Recipient, Reminders, Wishes
from handlers.views import block_kit
from handlers.views.block_kit import Block, View

OPEN, FORM, MY_DATA = "settings", "settings_form", "mydata"
CHANNEL, DM = "channel", "dm"

HOW_OFTEN = {
    Reminders.NONE: "None",
    Reminders.LIGHT: "One, half-way until answering ends",
    Reminders.TWICE: "Two: half-way, and shortly before answering ends",
}
WHERE = {CHANNEL: "In the channel", DM: "In the channel, and by direct message"}


def build_form(reader: Recipient) -> View:
    wishes = reader.wishes
    often = [block_kit.option(words, value) for value, words in HOW_OFTEN.items()]
    where = [block_kit.option(words, value) for value, words in WHERE.items()]
    return block_kit.modal(
        FORM,
        "My settings",
        [
            block_kit.field_input(
                "reminders",
                "Reminders",
                block_kit.choice("radio_buttons", often, wishes.reminders),
                hint="By direct message, only while questions are open and only if you have not answered or passed. "
                "Nobody else can see whether you got one.",
            ),
            block_kit.field_input(
                "where",
                "Where do you want the questions?",
                block_kit.choice("radio_buttons", where, DM if wishes.by_dm else CHANNEL),
            ),
            block_kit.field_input(
                "away",
                "Away? The day you are back",
                {"type": "datepicker"} | ({"initial_date": wishes.away_until.isoformat()} if wishes.away_until else {}),
                hint="Until then I send you neither reminders nor questions, and you are not asked to lead a meeting.",
                optional=True,
            ),
            block_kit.field_input("days", "Days I work", _days(wishes.hours.days)),
            block_kit.field_input("begins", "My working hours begin", _time(wishes.hours.begins)),
            block_kit.field_input(
                "ends",
                "They end",
                _time(wishes.hours.ends),
                hint="For a night's work pick a time before the beginning: it ends on the next day.",
            ),
            block_kit.small(f"In your own time zone as Slack has it: {say_zone(reader.zone)}."),
        ],
        submit="Keep",
        close="Leave as it was",
    )


def _days(picked: Collection[int]) -> block_kit.Element:
    days = [block_kit.option(day_name(day), str(day)) for day in range(WEEK)]
    element: block_kit.Element = {"type": "checkboxes", "options": days}
    chosen = [option for option in days if int(option["value"]) in picked]
    return element | ({"initial_options": chosen} if chosen else {})


def _time(at: time) -> block_kit.Element:
    return {"type": "timepicker", "initial_time": at.strftime("%H:%M")}


def parse_form(state: Mapping[str, Any]) -> Wishes:
    """What was chosen; DomainError at a field that was left empty."""
    values = {block: next(iter(given.values())) for block, given in state["values"].items()}
    back = values["away"].get("selected_date")
    return Wishes(
        Reminders(values["reminders"]["selected_option"]["value"]),
        by_dm=values["where"]["selected_option"]["value"] == DM,
        away_until=date.fromisoformat(back) if back else None,
        hours=Hours(
            _parse_time(values, "begins"),
            _parse_time(values, "ends"),
            frozenset(int(option["value"]) for option in values["days"].get("selected_options") or ()),
        ),
    )


def _parse_time(values: Mapping[str, Any], field: str) -> time:
    picked = values[field].get("selected_time")
    if not picked:
        raise DomainError("Pick a time.", field)
    return time.fromisoformat(picked)


def build_kept(reader: Recipient, today: date) -> list[Block]:
    """What was chosen, in words."""
    wishes = reader.wishes
    hours = f"{say_time(wishes.hours.begins)} to {say_time(wishes.hours.ends)}"
    hours += " the next day" if wishes.hours.over_midnight else ""
    rows = [
        [block_kit.bold("Reminders: "), block_kit.text(HOW_OFTEN[wishes.reminders])],
        [block_kit.bold("Questions: "), block_kit.text(WHERE[DM if wishes.by_dm else CHANNEL])],
        [
            block_kit.bold("Working hours: "),
            block_kit.text(f"{hours}, {say_days(wishes.hours.days)}, {say_zone(reader.zone)}"),
        ],
    ]
    if wishes.away_until is not None and wishes.away_on(today):
        back = _on(say_day(wishes.away_until, today))
        rows.append(
            [
                block_kit.bold("Away: "),
                block_kit.text(f"back {back}. If you were to lead a meeting before, the next in line does."),
            ]
        )
    return [block_kit.paragraph(block_kit.bold("Kept.")), block_kit.bullets(rows)]


def _on(day: str) -> str:
    return day if day == "tomorrow" else f"on {day}"
