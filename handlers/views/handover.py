"""After the meeting: the form for notes, and the message that hands facilitation on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.rounds import Round
from bot.services.agendas import Topic
from handlers.views import kit
from handlers.views.kit import View
from handlers.views.personal import more

NOTES, FORM = "notes", "notes_form"
MOST_CARRIED = 5


def build_form(found: Round) -> View:
    return kit.modal(
        FORM,
        "How did it go?",
        [
            kit.field_input(
                "notes",
                "What should the next facilitator know?",
                kit.text_input(found.meeting.notes or "", lines=True),
                hint="Decisions, what worked, what was left open. A few lines are plenty.",
                optional=True,
            ),
            kit.field_input(
                "topics",
                "Keep for next time",
                kit.text_input(lines=True, longest=2000, placeholder="One topic a line"),
                optional=True,
            ),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="Hand over",
        close="Not yet",
        meta=found.meeting.id,
    )


def parse_form(state: Mapping[str, Any]) -> tuple[str, list[str]]:
    """(notes, topics to park)."""
    values = state["values"]
    topics = (values["topics"]["topics"].get("value") or "").splitlines()
    return values["notes"]["notes"].get("value") or "", [line for line in topics if line.strip()]


def build_handoff(found: Round, topics: Sequence[Topic], now: datetime) -> kit.Message:
    """Who led, thanks, who is next and when, and what is carried over."""
    blocks = [kit.heading("Handing over"), kit.para(*_thanks(found))]
    if found.meeting.notes:
        blocks += [kit.para(kit.b("From the notes")), kit.quote(found.meeting.notes)]
    blocks.append(kit.para(*_next(found, now)))
    if topics:
        carried = [[kit.t(topic.text)] for topic in topics[:MOST_CARRIED]]
        if (rest := len(topics) - MOST_CARRIED) > 0:
            carried.append([kit.t(f"and {rest} more", italic=True)])
        blocks += [kit.para(kit.b("We carry over")), kit.bullets(carried)]
    return kit.Message([*blocks, kit.actions(more(found.meeting.id))])


def _thanks(found: Round) -> list[kit.Element]:
    leader = found.meeting.facilitator
    if leader is None:
        return [kit.t("Thank you all for this meeting.")]
    return [kit.t("Thank you "), kit.at(leader), kit.t(" for leading this meeting.")]


def _next(found: Round, now: datetime) -> list[kit.Element]:
    following = found.following
    if following is None:
        return [kit.t("The next meeting is not set yet.")]
    moment = kit.when(following.starts_at, found.group.zone, now)
    if following.facilitator is None:
        return [kit.b("Next: "), moment]
    return [kit.b("Next: "), moment, kit.t(", led by "), kit.at(following.facilitator), kit.t(".")]


def build_handed(found: Round) -> list[kit.Block]:
    said = "Thank you. I announce the handover in the channel and give the next facilitator what they need."
    if found.meeting.handed_over_at is not None:
        said = "Thank you, the notes are kept."
    return [kit.para(kit.t(said))]
