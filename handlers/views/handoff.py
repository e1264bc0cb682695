"""After the meeting: the form for notes, and the message that hands facilitation on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.domain.overview import Entry
from bot.domain.rounds import Round
from bot.services.handoff_notes import Notes
from handlers.views import block_kit, preview
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext
from handlers.views.personal import more as more_button

NOTES, FORM, PREVIEW, BACK = "notes", "notes_form", "notes_preview", "notes_back"


@dataclass(frozen=True)
class Added:
    """What capabilities add to a handover that is looked at: what they show in it, and where one stands already, what
    they say of what comes later instead."""

    shown: Sequence[Block] = ()
    later: Sequence[Block] = ()


NOTHING = Added()


def build_form(round_: Round, notes: Notes, where: str, more: Sequence[Block] = ()) -> View:
    """What the group reads, and apart from it what only the next facilitator reads. `where` is the channel's name."""
    handed = round_.meeting.handed_off_at is not None
    reads = f"Everybody in {where} reads this, guests too: it stands in the handover that I post there."
    return block_kit.modal(
        FORM,
        "Correct the notes" if handed else "How did it go?",
        [
            block_kit.field_input(
                "notes",
                "For the group: what was decided, what is open?",
                block_kit.text_input(notes.group, lines=True),
                hint=f"{reads} A few lines are plenty.",
                optional=True,
            ),
            block_kit.field_input(
                "for_next",
                "For the next facilitator alone",
                block_kit.text_input(notes.for_next, lines=True),
                hint="Only whoever leads next reads this, in their packet: not the group, no convener.",
                optional=True,
            ),
            *more,
            block_kit.small(block_kit.NO_CLIENTS),
        ],
        submit="See how it looks",
        close="Not yet",
        meta=round_.meeting.id,
    )


def parse_form(state: Mapping[str, Any], more: Iterable[str] = ()) -> Notes:
    """`more` are the names of the fields that capabilities bring."""
    values = state["values"]
    said = {name: values.get(name, {}).get(name, {}).get("value") or "" for name in ("notes", "for_next", *more)}
    return Notes(said["notes"], said["for_next"], {name: said[name] for name in more})


def build_preview(
    round_: Round, notes: Notes, where: str, now: datetime, added: Added = NOTHING, *, reach: bool = True
) -> View:
    """The handover as the channel will read it, and apart from it what only the next facilitator reads. `round_` has
    the meeting that is to follow; `reach`: the app can write to whoever leads it."""
    standing = round_.meeting.handed_off_at is not None
    shown = replace(round_, meeting=replace(round_.meeting, notes=notes.group))
    after = [
        *_for_next(round_, notes, reach=reach),
        *(added.later if standing else ()),
        block_kit.actions(block_kit.button("Back", BACK, round_.meeting.id)),
        block_kit.small("If you close this, I keep what you wrote, and nobody reads it."),
    ]
    message = build_handoff(shown, now, added.shown)
    meta = f"{round_.meeting.id}|{notes.stamp}"
    return preview.build_preview(PREVIEW, where, message, after, meta=meta, standing=standing)


def _for_next(round_: Round, notes: Notes, *, reach: bool) -> list[Block]:
    if not notes.for_next:
        return [block_kit.small("You wrote nothing for the next facilitator alone.")]
    leads = round_.following.facilitator if round_.following else None
    who = [block_kit.mention(leads)] if leads else [block_kit.text("whoever leads next")]
    return [
        block_kit.paragraph(
            block_kit.bold("Only "),
            *who,
            block_kit.bold(
                " reads this, in their packet" if reach else " reads this, when they look at the agenda's draft"
            ),
        ),
        block_kit.quote(notes.for_next),
        *([block_kit.small("Should somebody else lead instead, they get it.")] if leads else []),
    ]


def parse_preview(meta: str) -> tuple[str, str]:
    """(meeting, the stamp of what was looked at)."""
    meeting, _, looked_at = meta.partition("|")
    return meeting, looked_at


def build_handoff(round_: Round, now: datetime, more: Sequence[Block] = ()) -> block_kit.Message:
    """Who led, thanks, who is next and when, and what capabilities tell of."""
    blocks = [block_kit.heading("Handing over"), block_kit.paragraph(*_thanks(round_))]
    if round_.meeting.notes:
        blocks += [block_kit.paragraph(block_kit.bold("From the notes")), block_kit.quote(round_.meeting.notes)]
    blocks.append(block_kit.paragraph(*_next(round_, now)))
    return block_kit.Message([*blocks, *more, block_kit.actions(more_button(round_.meeting.id))])


def _thanks(round_: Round) -> list[block_kit.Element]:
    leader = round_.meeting.facilitator
    if leader is None:
        return [block_kit.text("Thank you all for this meeting.")]
    return [block_kit.text("Thank you "), block_kit.mention(leader), block_kit.text(" for leading this meeting.")]


def _next(round_: Round, now: datetime) -> list[block_kit.Element]:
    following = round_.following
    if following is None:
        return [block_kit.text("The next meeting is not set yet.")]
    moment = block_kit.timestamp(following.starts_at, round_.group.zone, now)
    if following.facilitator is None:
        return [block_kit.bold("Next: "), moment]
    return [
        block_kit.bold("Next: "),
        moment,
        block_kit.text(", led by "),
        block_kit.mention(following.facilitator),
        block_kit.text("."),
    ]


def build_handed(round_: Round, where: str, *, came: bool = True) -> list[Block]:
    """What happens now. `round_` is as it was before; `came`: the handover went, or goes, into the channel."""
    if round_.meeting.handed_off_at is None:
        said = f"I announce the handover in {where} now and give the next facilitator what they need."
    elif round_.post("handoff"):
        said = f"I change the handover in {where} now, and the next facilitator's packet with it."
    elif came:
        said = f"The handover goes to {where} with what you wrote, and so does the next facilitator's packet."
    else:
        said = f"The handover never came into {where}, so the group reads nothing of it; the next facilitator does."
    return [block_kit.paragraph(block_kit.bold("Thank you. "), block_kit.text(said))]


def build_in_hub(context: HubContext) -> Element | None:
    round_ = context.round_
    if not round_.leads(context.viewer) or round_.meeting.starts_at > context.now:
        return None
    return block_kit.button("Notes and handover", NOTES, round_.meeting.id)


def build_task(entry: Entry, _details: None, now: datetime) -> list[Block]:
    """On the Home of whoever led."""
    said = block_kit.paragraph(
        block_kit.bold(entry.name),
        block_kit.text(" – how did it go? Two lines help whoever leads next. I hand over "),
        block_kit.timestamp(entry.until, entry.zone, now),
        block_kit.text("."),
    )
    return [said, block_kit.actions(block_kit.button("Write notes and hand over", NOTES, entry.meeting))]
