"""The facilitator's one DM a meeting, kept up to date, and short lines when something is needed from them."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.registry import Kind, Situation, post, update
from bot.domain.rounds import Batch, Round
from bot.services import agendas, people
from bot.services.deliveries import Wanted
from handlers.views import anonymous, facilitator
from handlers.views.kit import Message


def _upcoming(found: Round) -> bool:
    return found.meeting.state == "upcoming" and found.meeting.facilitator is not None


def packet_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    if _upcoming(found):
        handed = found.previous.handed_over_at if found.previous else None
        yield post("packet", found, found.meeting.facilitator or "", handed or found.group.started_at)


def refresh_wanted(found: Round, now: datetime) -> Iterable[Wanted]:
    """Brought up to date when the questions went out, when the draft is due and whenever it changes (what was taken
    back must not stand there any longer), and when the agenda is out."""
    packet = found.post("packet")
    if packet is None:
        return
    changed = _changes(found)
    if found.previous and found.previous.notes_revision:
        yield from update("packet_refresh", "packet", found, now, f"notes-{found.previous.notes_revision}")
    if not _upcoming(found):  # only what was changed since: nothing stays there that was taken back
        if changed:
            yield from update("packet_refresh", "packet", found, now, f"changed-{changed}")
        return
    steps = {"asked": found.prompt.opens_at, "draft": found.meeting.draft_due_at}
    if found.meeting.agenda_posted_at is not None:
        steps["posted"] = found.meeting.agenda_posted_at
    if changed and now >= found.meeting.draft_due_at:
        steps[f"changed-{changed}"] = now
    for step, due in steps.items():
        if due > packet.sent_at:
            yield from update("packet_refresh", "packet", found, due, step)


def _changes(found: Round) -> str:
    """Which state of what it shows of answers and agenda: as the group sees them, and what is for its reader alone."""
    public, private = found.meeting.agenda_revision, found.meeting.packet_revision
    return f"{public}.{private}" if private else str(public or "")


def draft_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    if _upcoming(found) and found.meeting.agenda_posted_at is None:
        yield post("draft_ready", found, found.meeting.facilitator or "", found.meeting.draft_due_at)


def notes_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    if _upcoming(found):
        yield post("how_did_it_go", found, found.meeting.facilitator or "", found.meeting.ends_at)


def batch_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    closed = found.prompt.closed_at
    if found.prompt.batch is Batch.WAITING and closed is not None and found.meeting.facilitator:
        yield post("batch_ready", found, found.meeting.facilitator, closed)


def batch_refresh_wanted(found: Round, now: datetime) -> Iterable[Wanted]:
    """What authors changed is heard of at a full hour; and whatever was decided, the button goes."""
    prompt = found.prompt
    if prompt.batch is Batch.WAITING and prompt.batch_look_at is not None:
        yield from update("batch_refresh", "batch_ready", found, prompt.batch_look_at, str(prompt.batch_revision))
    elif prompt.batch in {Batch.APPROVED, Batch.WITHHELD}:
        yield from update("batch_refresh", "batch_ready", found, now, "decided")


def batch_left_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    """Not reviewed by the end of the meeting: each convener hears of it once."""
    closed = found.prompt.closed_at
    if found.prompt.batch is Batch.WAITING and closed is not None:
        led = found.meeting.facilitator
        due = max(closed, found.meeting.ends_at) if led else closed
        for convener in found.group.conveners:
            if convener != led:
                yield post("batch_left", found, convener, due, convener)


async def compose_packet(situation: Situation) -> Message:
    """With what is for one person alone only where these direct messages are theirs: who leads may have changed."""
    found, owed = situation.found, situation.owed
    reader = await people.reader_of_dm(situation.session, owed.workspace, owed.recipient)
    contents = await agendas.contents(situation.session, found, reader)
    return facilitator.build_packet(facilitator.Packet(found, contents), situation.now)


async def compose_draft(situation: Situation) -> Message:
    return facilitator.build_draft_ready(situation.found, situation.now)


async def compose_notes(situation: Situation) -> Message:
    return facilitator.build_how_did_it_go(situation.found)


async def compose_batch(situation: Situation) -> Message:
    return anonymous.build_ready(situation.found)


async def compose_left(situation: Situation) -> Message:
    return anonymous.build_left(situation.found)


PACKET = Kind("packet", packet_wanted, compose_packet)
REFRESH = Kind("packet_refresh", refresh_wanted, compose_packet, updates="packet")
DRAFT = Kind("draft_ready", draft_wanted, compose_draft)
NOTES = Kind("how_did_it_go", notes_wanted, compose_notes)
BATCH = Kind("batch_ready", batch_wanted, compose_batch)
BATCH_REFRESH = Kind("batch_refresh", batch_refresh_wanted, compose_batch, updates="batch_ready")
BATCH_LEFT = Kind("batch_left", batch_left_wanted, compose_left)
