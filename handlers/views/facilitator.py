"""What the facilitator gets by DM: one message a meeting, kept up to date, and short lines when something is needed."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.rounds import Round
from bot.services.agendas import Contents, private_shown
from handlers.views import agenda, handover, kit, private
from handlers.views.kit import Block


@dataclass(frozen=True)
class Packet:
    """What the facilitator of a meeting is given."""

    found: Round
    contents: Contents


def build_packet(packet: Packet, now: datetime) -> kit.Message:
    """Everything to lead the next meeting, in one message that is brought up to date in place, until it is over."""
    found = packet.found
    if found.meeting.state != "upcoming":
        return build_handed_on(found, now)
    blocks = [
        kit.heading("You lead the next meeting"),
        kit.para(
            kit.b(found.group.charter.name),
            kit.t(" meets "),
            kit.when(found.meeting.starts_at, found.group.zone, now),
            kit.t(". Until then I do the collecting; here is what you need."),
        ),
    ]
    rest = [*_last_notes(found), *_questions(found, now)]
    if now < found.meeting.draft_due_at:
        notes = private.build_for_you(found, replace(packet.contents, answers=()))
        return kit.Message([*blocks, *notes, *rest, *_carried(packet), *_later(found, now)])
    draft = agenda.build_draft(found, replace(packet.contents, answers=packet.contents.public, notes=()), now)
    mine = private.build_for_you(found, packet.contents)
    return kit.Message(
        [*blocks, *mine, *rest, kit.divider(), *draft], shows=private_shown(packet.contents, private.MOST)
    )


def _last_notes(found: Round) -> list[Block]:
    """What the group reads too."""
    if found.previous is None or not found.previous.notes:
        return []
    return [
        kit.para(kit.b("Notes from last time"), kit.t(", which the group has read")),
        kit.quote(found.previous.notes),
    ]


def _questions(found: Round, now: datetime) -> list[Block]:
    asked = found.prompt.opens_at <= now
    head = kit.b("I asked the group" if asked else "I will ask the group ")
    moment = [] if asked else [kit.when(found.prompt.opens_at, found.group.zone, now)]
    return [kit.para(head, *moment), kit.bullets([kit.t(q.text)] for q in found.prompt.questions)]


def _carried(packet: Packet) -> list[Block]:
    topics = packet.contents.parked[: agenda.MOST_TOPICS]
    if not topics:
        return []
    return [kit.para(kit.b("Kept from earlier")), kit.bullets([kit.t(topic.text)] for topic in topics)]


def _later(found: Round, now: datetime) -> list[Block]:
    return [
        kit.para(
            kit.t("Your agenda draft comes here "),
            kit.when(found.meeting.draft_due_at, found.group.zone, now),
            kit.t("."),
        ),
        kit.actions(kit.button("See the draft now", agenda.SHOW, found.meeting.id)),
    ]


def build_handed_on(found: Round, now: datetime, *, notes: bool = False) -> kit.Message:
    """In the place of what was needed of whoever led a meeting, once the job is handed on. `notes`: they can be
    corrected from here."""
    said = [
        kit.t("The meeting of "),
        kit.b(found.group.charter.name),
        kit.t(" "),
        kit.when(found.meeting.starts_at, found.group.zone, now),
        kit.t(" is over, and the job is handed on." if found.meeting.handed_over_at else " is over."),
    ]
    correct = [kit.actions(kit.button("Correct the notes", handover.NOTES, found.meeting.id))] if notes else []
    return kit.Message([kit.para(*said), *correct])


def _build_draft_out(found: Round, now: datetime) -> kit.Message:
    said = [
        kit.t("The agenda for "),
        kit.when(found.meeting.starts_at, found.group.zone, now),
        kit.t(" is in the channel. What you change is brought up to date there."),
    ]
    return kit.Message([kit.para(*said), kit.actions(kit.button("Look at it", agenda.SHOW, found.meeting.id))])


def build_draft_ready(found: Round, now: datetime) -> kit.Message:
    """That it waits for whoever leads; later, what became of it."""
    if found.meeting.state != "upcoming":
        return build_handed_on(found, now)
    if found.meeting.agenda_posted_at is not None:
        return _build_draft_out(found, now)
    return kit.Message(
        [
            kit.para(
                kit.t("Your agenda draft for "),
                kit.when(found.meeting.starts_at, found.group.zone, now),
                kit.t(" is ready. Change what you like; I post it "),
                kit.when(found.meeting.agenda_due_at, found.group.zone, now),
                kit.t("."),
            ),
            kit.actions(kit.button("Look at the draft", agenda.SHOW, found.meeting.id, style="primary")),
        ]
    )


def build_how_did_it_go(found: Round, *, led: bool = True) -> kit.Message:
    """To whoever led the meeting; where nobody did who can be asked, to a convener."""
    name = kit.b(found.group.charter.name)
    said = [kit.t("Thank you for leading "), name, kit.t(". How did it go?")]
    if not led:
        said = [name, kit.t(" has met, and I can't ask whoever led it. Do you know how it went?")]
    return kit.Message(
        [
            kit.para(*said, kit.t(" Two lines help whoever leads next.")),
            kit.actions(kit.button("Write notes and hand over", handover.NOTES, found.meeting.id, style="primary")),
        ]
    )
