"""The facilitator's one DM a meeting, kept up to date, and short lines when something is needed from them."""

from collections.abc import Iterable
from datetime import datetime

from bot.delivery.kinds.hours import in_hours
from bot.delivery.registry import Kind, Pointless, Situation, post, update
from bot.domain.rounds import Batch, Post, Round
from bot.services import agendas
from bot.services.deliveries import Wanted
from handlers.views import anonymous, facilitator
from handlers.views.kit import Message


def _upcoming(found: Round) -> bool:
    return found.meeting.state == "upcoming" and found.meeting.facilitator is not None


def packet_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    if _upcoming(found):
        handed = found.previous.handed_over_at if found.previous else None
        yield _to_leader("packet", found, handed or found.group.started_at)


def _turn(found: Round) -> str:
    """Tells the messages to this leader from those to whoever was to lead before."""
    return str(found.meeting.lead_turn) if found.meeting.lead_turn else ""


def _to_leader(kind: str, found: Round, due: datetime) -> Wanted:
    """Who leads in somebody's place gets all of it, once they do, in their own hours."""
    leader, since = found.meeting.facilitator or "", found.meeting.led_since
    if since is not None and due <= since:
        due = in_hours(found, leader, since)
    return post(kind, found, leader, due, _turn(found))


def _is_leaders(found: Round, standing: Post | None) -> bool:
    return standing is not None and (standing.subject or "") == _turn(found)


def refresh_wanted(found: Round, now: datetime) -> Iterable[Wanted]:
    """Brought up to date when the questions went out, when the draft is due and whenever it changes (what was taken
    back must not stand there any longer), and when the agenda is out."""
    packet = found.post("packet")
    if packet is None or not _is_leaders(found, packet):
        return
    if not _upcoming(found):  # only what was changed since: nothing stays there that was taken back
        if found.meeting.agenda_revision:
            yield from update("packet_refresh", "packet", found, now, f"changed-{found.meeting.agenda_revision}")
        return
    steps = {"asked": found.prompt.opens_at, "draft": found.meeting.draft_due_at}
    if found.meeting.agenda_posted_at is not None:
        steps["posted"] = found.meeting.agenda_posted_at
    if found.meeting.agenda_revision and now >= found.meeting.draft_due_at:
        steps[f"changed-{found.meeting.agenda_revision}"] = now
    for step, due in steps.items():
        if due > packet.sent_at:
            yield from update("packet_refresh", "packet", found, due, step)


def draft_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    """Who began to lead after it was due has it in their packet."""
    since, due = found.meeting.led_since, found.meeting.draft_due_at
    has_it = since is not None and due <= in_hours(found, found.meeting.facilitator or "", since)
    if _upcoming(found) and found.meeting.agenda_posted_at is None and not has_it:
        yield _to_leader("draft_ready", found, due)


def notes_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    """Where whoever led can't be written to any more, a convener is asked; where nobody led, too."""
    if found.meeting.state != "upcoming":
        return
    leader, ends = found.meeting.facilitator, found.meeting.ends_at
    members = {reader.person for reader in found.readers}
    if leader is not None and (leader in members or not members):
        yield _to_leader("how_did_it_go", found, ends)
    elif found.conveners_here:
        convener = found.conveners_here[0].person
        yield post("how_did_it_go", found, convener, ends, f"{_turn(found)}-{convener}")


def batch_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    closed = found.prompt.closed_at
    if found.prompt.batch is Batch.WAITING and closed is not None and found.meeting.facilitator:
        yield _to_leader("batch_ready", found, closed)


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
    found, owed = situation.found, situation.owed
    if owed.operation == "update":
        _require(_is_leaders(found, found.post("packet", owed.subject, owed.recipient)))
    else:
        _require(owed.recipient == found.meeting.facilitator)
    contents = await agendas.contents(situation.session, found, found.meeting.facilitator)
    return facilitator.build_packet(facilitator.Packet(found, contents), situation.now)


def _require(leads: bool) -> None:
    """Nobody else is shown what is for the leader's eyes."""
    if not leads:
        raise Pointless("somebody else leads by now")


async def compose_draft(situation: Situation) -> Message:
    if situation.owed.operation != "update":
        _require(situation.owed.recipient == situation.found.meeting.facilitator)
    return facilitator.build_draft_ready(situation.found, situation.now)


async def compose_notes(situation: Situation) -> Message:
    found = situation.found
    return facilitator.build_how_did_it_go(found, led=situation.owed.recipient == found.meeting.facilitator)


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
