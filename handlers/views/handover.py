"""After the meeting: the form for notes, and the message that hands facilitation on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.rounds import Round
from bot.services.agendas import Topic
from bot.services.handoff_notes import Notes
from handlers.views import kit, preview
from handlers.views.kit import Block, View
from handlers.views.personal import more

NOTES, FORM, PREVIEW, BACK = "notes", "notes_form", "notes_preview", "notes_back"
MOST_CARRIED = 5
IN_HANDOVER = "The group reads them in the handover, and with your name on the next agenda."
ON_AGENDA = "The group reads them with your name on the next agenda. The handover that it has read stays without them."


def build_form(found: Round, notes: Notes, where: str) -> View:
    """What the group reads, and apart from it what only the next facilitator reads. `where` is the channel's name."""
    handed = found.meeting.handed_over_at is not None
    reads = f"Everybody in {where} reads this, guests too: it stands in the handover that I post there."
    return kit.modal(
        FORM,
        "Correct the notes" if handed else "How did it go?",
        [
            kit.field_input(
                "notes",
                "For the group: what was decided, what is open?",
                kit.text_input(notes.group, lines=True),
                hint=f"{reads} A few lines are plenty.",
                optional=True,
            ),
            kit.field_input(
                "for_next",
                "For the next facilitator alone",
                kit.text_input(notes.for_next, lines=True),
                hint="Only whoever leads next reads this, in their packet: not the group, no convener.",
                optional=True,
            ),
            kit.field_input(
                "topics",
                "Topics to keep for next time",
                kit.text_input(notes.topics, lines=True, longest=2000, placeholder="One topic a line"),
                hint=ON_AGENDA if handed else IN_HANDOVER,
                optional=True,
            ),
            kit.small(kit.NO_CLIENTS),
        ],
        submit="See how it looks",
        close="Not yet",
        meta=found.meeting.id,
    )


def parse_form(state: Mapping[str, Any]) -> Notes:
    values = state["values"]
    return Notes(*(values[name][name].get("value") or "" for name in ("notes", "for_next", "topics")))


def build_preview(
    found: Round, notes: Notes, topics: Sequence[Topic], where: str, now: datetime, *, reach: bool = True
) -> View:
    """The handover as the channel will read it, with `topics` carried over, and apart from it what only the next
    facilitator reads. `found` has the meeting that is to follow; `reach`: the app can write to whoever leads it."""
    standing = found.meeting.handed_over_at is not None
    shown = replace(found, meeting=replace(found.meeting, notes=notes.group))
    after = [
        *_for_next(found, notes, reach=reach),
        *(_kept_later(notes) if standing else []),
        kit.actions(kit.button("Back", BACK, found.meeting.id)),
        kit.small("If you close this, I keep what you wrote, and nobody reads it."),
    ]
    message = build_handoff(shown, topics, now)
    meta = f"{found.meeting.id}|{notes.stamp}"
    return preview.build_preview(PREVIEW, where, message, after, meta=meta, standing=standing)


def _for_next(found: Round, notes: Notes, *, reach: bool) -> list[Block]:
    if not notes.for_next:
        return [kit.small("You wrote nothing for the next facilitator alone.")]
    leads = found.following.facilitator if found.following else None
    who = [kit.at(leads)] if leads else [kit.t("whoever leads next")]
    return [
        kit.para(
            kit.b("Only "),
            *who,
            kit.b(" reads this, in their packet" if reach else " reads this, when they look at the agenda's draft"),
        ),
        kit.quote(notes.for_next),
        *([kit.small("Should somebody else lead instead, they get it.")] if leads else []),
    ]


def _kept_later(notes: Notes) -> list[Block]:
    if not notes.lines:
        return []
    said = kit.para(kit.b("These come onto the next agenda"), kit.t(", where the group reads them with your name"))
    return [said, kit.bullets([kit.t(line)] for line in notes.lines)]


def parse_preview(meta: str) -> tuple[str, str]:
    """(meeting, the stamp of what was looked at)."""
    meeting, _, looked_at = meta.partition("|")
    return meeting, looked_at


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


def build_handed(found: Round, where: str, *, came: bool = True) -> list[Block]:
    """What happens now. `found` is as it was before; `came`: the handover went, or goes, into the channel."""
    if found.meeting.handed_over_at is None:
        said = f"I announce the handover in {where} now and give the next facilitator what they need."
    elif found.post("handoff"):
        said = f"I change the handover in {where} now, and the next facilitator's packet with it."
    elif came:
        said = f"The handover goes to {where} with what you wrote, and so does the next facilitator's packet."
    else:
        said = f"The handover never came into {where}, so the group reads nothing of it; the next facilitator does."
    return [kit.para(kit.b("Thank you. "), kit.t(said))]
