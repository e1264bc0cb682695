"""What the facilitator gets by DM: one message a meeting, kept up to date, and short lines when something is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.rounds import MeetingState, Round
from bot.services.agenda import AgendaContents, private_shown
from handlers.views import agenda, block_kit, handoff, private
from handlers.views.agenda import Added
from handlers.views.block_kit import Block


@dataclass(frozen=True)
class Packet:
    """What the facilitator of a meeting is given, with what capabilities add to the agenda's draft, and say before
    there is one."""

    found: Round
    contents: AgendaContents
    added: Added = agenda.NOTHING
    before_draft: Sequence[Block] = ()


def build_packet(packet: Packet, now: datetime) -> block_kit.Message:
    """Everything to lead the next meeting, in one message that is brought up to date in place, until it is over."""
    found = packet.found
    if found.meeting.state != MeetingState.UPCOMING:
        return build_handed_on(found, now)
    blocks = [
        block_kit.heading("You lead the next meeting"),
        block_kit.paragraph(
            block_kit.bold(found.group.charter.name),
            block_kit.text(" meets "),
            block_kit.timestamp(found.meeting.starts_at, found.group.zone, now),
            block_kit.text(". Until then I do the collecting; here is what you need."),
        ),
    ]
    rest = [*_last_notes(found), *_questions(found, now)]
    if now < found.meeting.draft_due_at:
        notes = private.build_for_you(found, replace(packet.contents, answers=()))
        return block_kit.Message([*blocks, *notes, *rest, *packet.before_draft, *_later(found, now)])
    public = replace(packet.contents, answers=packet.contents.public, notes=())
    draft = agenda.build_draft(found, public, now, added=packet.added)
    mine = private.build_for_you(found, packet.contents)
    return block_kit.Message(
        [*blocks, *mine, *rest, block_kit.divider(), *draft], shows=private_shown(packet.contents, private.MOST)
    )


def _last_notes(round_: Round) -> list[Block]:
    """What the group reads too."""
    if round_.previous is None or not round_.previous.notes:
        return []
    return [
        block_kit.paragraph(block_kit.bold("Notes from last time"), block_kit.text(", which the group has read")),
        block_kit.quote(round_.previous.notes),
    ]


def _questions(round_: Round, now: datetime) -> list[Block]:
    asked = round_.prompt.opens_at <= now
    head = block_kit.bold("I asked the group" if asked else "I will ask the group ")
    moment = [] if asked else [block_kit.timestamp(round_.prompt.opens_at, round_.group.zone, now)]
    return [
        block_kit.paragraph(head, *moment),
        block_kit.bullets([block_kit.text(q.text)] for q in round_.prompt.questions),
    ]


def _later(round_: Round, now: datetime) -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.text("Your agenda draft comes here "),
            block_kit.timestamp(round_.meeting.draft_due_at, round_.group.zone, now),
            block_kit.text("."),
        ),
        block_kit.actions(block_kit.button("See the draft now", agenda.SHOW, round_.meeting.id)),
    ]


def build_handed_on(round_: Round, now: datetime, *, notes: bool = False) -> block_kit.Message:
    """In the place of what was needed of whoever led a meeting, once the job is handed on. `notes`: they can be
    corrected from here."""
    said = [
        block_kit.text("The meeting of "),
        block_kit.bold(round_.group.charter.name),
        block_kit.text(" "),
        block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
        block_kit.text(" is over, and the job is handed on." if round_.meeting.handed_off_at else " is over."),
    ]
    correct = (
        [block_kit.actions(block_kit.button("Correct the notes", handoff.NOTES, round_.meeting.id))] if notes else []
    )
    return block_kit.Message([block_kit.paragraph(*said), *correct])


def _build_draft_out(round_: Round, now: datetime) -> block_kit.Message:
    said = [
        block_kit.text("The agenda for "),
        block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
        block_kit.text(" is in the channel. What you change is brought up to date there."),
    ]
    return block_kit.Message(
        [block_kit.paragraph(*said), block_kit.actions(block_kit.button("Look at it", agenda.SHOW, round_.meeting.id))]
    )


def build_draft_ready(round_: Round, now: datetime) -> block_kit.Message:
    """That it waits for whoever leads; later, what became of it."""
    if round_.meeting.state != MeetingState.UPCOMING:
        return build_handed_on(round_, now)
    if round_.meeting.agenda_posted_at is not None:
        return _build_draft_out(round_, now)
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text("Your agenda draft for "),
                block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now),
                block_kit.text(" is ready. Change what you like; I post it "),
                block_kit.timestamp(round_.meeting.agenda_due_at, round_.group.zone, now),
                block_kit.text("."),
            ),
            block_kit.actions(block_kit.button("Look at the draft", agenda.SHOW, round_.meeting.id, style="primary")),
        ]
    )


def build_how_did_it_go(round_: Round, *, led: bool = True) -> block_kit.Message:
    """To whoever led the meeting; where nobody did who can be asked, to a convener."""
    name = block_kit.bold(round_.group.charter.name)
    said = [block_kit.text("Thank you for leading "), name, block_kit.text(". How did it go?")]
    if not led:
        said = [name, block_kit.text(" has met, and I can't ask whoever led it. Do you know how it went?")]
    return block_kit.Message(
        [
            block_kit.paragraph(*said, block_kit.text(" Two lines help whoever leads next.")),
            block_kit.actions(
                block_kit.button("Write notes and hand over", handoff.NOTES, round_.meeting.id, style="primary")
            ),
        ]
    )
