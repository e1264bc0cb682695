"""The facilitator's one DM a meeting, kept up to date, and short lines when something is needed from them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.delivery.lateness import AGENDA_DUE, HANDED_ON, MEETING_ENDS, REVIEW_ENDS, Late
from bot.delivery.types import AT_ONCE, BEFORE_AGENDA, DeliveryType, NothingToSend, OwnHours, RenderContext, want_none
from bot.domain.batches import REVIEWER_WARNED_BEFORE, review_ends, warning_time
from bot.domain.deliveries import Operation
from bot.domain.rounds import Batch, MeetingState, Post, Round
from bot.services import agendas, people
from bot.services.beside import Beside
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import about, post, update
from handlers.views import anonymous_review, facilitator
from handlers.views.block_kit import Message

LEAST_TO_GET_READY = timedelta(hours=1)
"""Before the meeting, whatever the hour."""


def _upcoming(round_: Round) -> bool:
    return round_.meeting.state == MeetingState.UPCOMING and round_.meeting.facilitator is not None


def packet_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    if _upcoming(round_):
        handed = round_.previous.handed_off_at if round_.previous else None
        yield _to_leader("packet", round_, handed or round_.group.started_at)


def _turn(round_: Round) -> str:
    """Tells the messages to this leader from those to whoever was to lead before."""
    return str(round_.meeting.lead_turn) if round_.meeting.lead_turn else ""


def _to_leader(kind: str, round_: Round, due: datetime) -> DesiredDelivery:
    """Who leads in somebody's place gets all of it, once they do."""
    leader, since = round_.meeting.facilitator or "", round_.meeting.led_since
    return post(kind, round_, leader, due if since is None else max(due, since), _turn(round_))


def _is_leaders(round_: Round, standing: Post | None) -> bool:
    return standing is not None and (standing.subject or "") == _turn(round_)


def refresh_wanted(round_: Round, now: datetime) -> Iterable[DesiredDelivery]:
    """Brought up to date when the questions went out, when the draft is due and whenever it changes (what was taken
    back must not stand there any longer), and when the agenda is out."""
    packet = round_.post("packet")
    if packet is None or not _is_leaders(round_, packet):
        return
    changed = _changes(round_)
    if round_.previous and round_.previous.notes_revision:
        yield from update("packet_refresh", "packet", round_, now, f"notes-{round_.previous.notes_revision}")
    if round_.meeting.state != MeetingState.UPCOMING:  # nothing of it stays there
        yield from update("packet_refresh", "packet", round_, round_.meeting.handed_off_at or now, "over")
        return
    if not _upcoming(round_):  # only what was changed since: nothing stays there that was taken back
        if changed:
            yield from update("packet_refresh", "packet", round_, now, f"changed-{changed}")
        return
    steps = {"asked": round_.prompt.opens_at, "draft": round_.meeting.draft_due_at}
    if round_.meeting.agenda_posted_at is not None:
        steps["posted"] = round_.meeting.agenda_posted_at
    if changed and now >= round_.meeting.draft_due_at:
        steps[f"changed-{changed}"] = now
    for step, due in steps.items():
        if due > packet.sent_at:
            yield from update("packet_refresh", "packet", round_, due, step)


def _changes(round_: Round) -> str:
    """Which state of what it shows of answers and agenda: as the group sees them, and what is for its reader alone."""
    public, private = round_.meeting.agenda_revision, round_.meeting.packet_revision
    return f"{public}.{private}" if private else str(public or "")


def draft_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    """Who began to lead after it was due has it in their packet; and where anonymous answers wait to be read, one
    line says both."""
    with_batch = round_.prompt.batch is Batch.WAITING or _has(round_, "batch_ready")
    if _is_to_tell_of_draft(round_) and (_has(round_, "draft_ready") or not with_batch):
        yield _to_leader("draft_ready", round_, round_.meeting.draft_due_at)


def _is_to_tell_of_draft(round_: Round) -> bool:
    since = round_.meeting.led_since
    has_it = since is not None and round_.meeting.draft_due_at <= since
    return _upcoming(round_) and round_.meeting.agenda_posted_at is None and not has_it


def _has(round_: Round, kind: str) -> bool:
    """Whether whoever leads now was sent one."""
    return any(_is_leaders(round_, one) for one in round_.posts.get(kind, ()))


def after_wanted(kind: str, of: str) -> Callable[[Round, datetime], Iterable[DesiredDelivery]]:
    """What was needed of whoever leads is done: when the agenda is out, and when the job is handed on."""

    def wanted(round_: Round, now: datetime) -> Iterable[DesiredDelivery]:
        meeting = round_.meeting
        steps = {"posted": meeting.agenda_posted_at if of == "draft_ready" else None}
        if meeting.state != MeetingState.UPCOMING:
            steps = {"over": meeting.handed_off_at or now}
        for one in round_.posts.get(of, ()):
            if of == "draft_ready" and not _is_leaders(round_, one):
                continue  # it says that somebody else leads
            for step, due in steps.items():
                if due is not None and due > one.sent_at:
                    yield about(kind, round_, one, due, step)

    return wanted


def notes_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    """Where whoever led can't be written to any more, a convener is asked; where nobody led, too."""
    if round_.meeting.state != MeetingState.UPCOMING:
        return
    leader, ends = round_.meeting.facilitator, round_.meeting.ends_at
    members = {reader.person for reader in round_.readers}
    if leader is not None and (leader in members or not members):
        yield _to_leader("how_did_it_go", round_, ends)
    elif round_.conveners_here:
        convener = round_.conveners_here[0].person
        yield post("how_did_it_go", round_, convener, ends, f"{_turn(round_)}-{convener}")


def batch_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    """To whoever leads: where that is somebody else by now, to them."""
    closed = round_.prompt.closed_at
    if round_.prompt.batch is Batch.WAITING and closed is not None and round_.meeting.facilitator:
        yield _to_leader("batch_ready", round_, closed)


def batch_refresh_wanted(kind: str, refresh: str) -> Callable[[Round, datetime], Iterable[DesiredDelivery]]:
    """What authors changed is heard of at a full hour; and whatever became of it, the button goes."""

    def wanted(round_: Round, now: datetime) -> Iterable[DesiredDelivery]:
        prompt = round_.prompt
        if prompt.batch is Batch.COLLECTING:
            return
        for one in round_.posts.get(kind, ()):
            if kind == "batch_ready" and not _is_leaders(round_, one):
                continue  # whoever was to lead before has nothing to decide
            if prompt.batch is not Batch.WAITING:
                yield _refreshed(refresh, round_, one, max(now, prompt.batch_look_at or now), prompt.batch)
                if kind == "batch_ready" and (out := round_.meeting.agenda_posted_at) is not None and out > one.sent_at:
                    yield _refreshed(refresh, round_, one, max(out, prompt.batch_look_at or out), f"{prompt.batch}-out")
            elif kind == "batch_ready" and (out := round_.meeting.agenda_posted_at) is not None and out > one.sent_at:
                yield _refreshed(refresh, round_, one, max(out, prompt.batch_look_at or out), f"out-{_looked(round_)}")
            elif prompt.batch_look_at is not None:
                yield _refreshed(refresh, round_, one, prompt.batch_look_at, str(prompt.batch_revision))

    return wanted


def _looked(round_: Round) -> str:
    return str(round_.prompt.batch_revision) if round_.prompt.batch_look_at is not None else ""


def _refreshed(kind: str, round_: Round, one: Post, due: datetime, what: str) -> DesiredDelivery:
    if one.subject is None:  # the only one of its kind
        return post(kind, round_, one.channel, due, what, operation=Operation.UPDATE)
    return about(kind, round_, one, due, what)


def batch_left_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """Each convener hears once of what nobody has decided on: by the end of the meeting, and as soon as whoever leads
    can't or won't do it; where none of them is there any more, whoever leads next."""
    closed = round_.prompt.closed_at
    if round_.prompt.batch is not Batch.WAITING or closed is None:
        return
    led = round_.meeting.facilitator
    there = any(one.person == led and not one.wishes.away_at(now, one.zone) for one in beside.readers)
    due = max(closed, round_.meeting.ends_at) if led and there else closed
    for convener in round_.group.conveners:
        if convener != led:
            yield post("batch_left", round_, convener, due, convener)
    here, next_leader = {one.person for one in beside.readers}, round_.following and round_.following.facilitator
    if next_leader and not here & {led, *round_.group.conveners} and round_.reviews(next_leader):
        yield post("batch_left", round_, next_leader, max(closed, round_.meeting.ends_at), next_leader)


def batch_waits_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """Whoever put it off hears once more of it, in their hours, before it is erased and before authors are worried."""
    ends, leads = review_ends(round_.prompt), round_.meeting.facilitator
    if round_.prompt.batch is not Batch.WAITING or ends is None:
        return
    for reader in beside.readers:
        if reader.person == leads:
            at = warning_time(reader, now, ends, REVIEWER_WARNED_BEFORE)
            yield post("batch_waits", round_, reader.person, at, reader.person)


async def compose_packet(context: RenderContext) -> Message:
    """With what is for one person alone only where these direct messages are theirs: who leads may have changed."""
    round_, claimed = context.round_, context.claimed
    if claimed.operation == Operation.UPDATE:
        _require(_is_leaders(round_, round_.post("packet", claimed.subject, claimed.recipient)))
    else:
        _require(claimed.recipient == round_.meeting.facilitator)
    reader = await people.reader_of_dm(context.session, claimed.workspace, claimed.recipient)
    contents = await agendas.contents(context.session, round_, reader, context.chooser)
    return facilitator.build_packet(facilitator.Packet(round_, contents), context.now)


def _require(leads: bool) -> None:
    """Nobody else is shown what is for the leader's eyes."""
    if not leads:
        raise NothingToSend("somebody else leads by now")


async def compose_draft(context: RenderContext) -> Message:
    if context.claimed.operation != Operation.UPDATE:
        _require(context.claimed.recipient == context.round_.meeting.facilitator)
    return facilitator.build_draft_ready(context.round_, context.now)


async def compose_notes(context: RenderContext) -> Message:
    round_ = context.round_
    if round_.meeting.state != MeetingState.UPCOMING:
        return facilitator.build_handed_on(round_, context.now, notes=round_.meeting.handed_off_at is not None)
    return facilitator.build_how_did_it_go(round_, led=context.claimed.recipient == round_.meeting.facilitator)


async def compose_batch(context: RenderContext) -> Message:
    round_ = context.round_
    draft = _is_to_tell_of_draft(round_) and not _has(round_, "draft_ready")
    return anonymous_review.build_ready(round_, facilitator.build_draft_ready(round_, context.now) if draft else None)


async def compose_left(context: RenderContext) -> Message:
    return anonymous_review.build_left(context.round_, context.now)


def _packet_needed_by(round_: Round) -> datetime:
    """Whoever begins to lead when the agenda is all but out hears of it before the meeting at least."""
    by, since = BEFORE_AGENDA.needed_by(round_), round_.meeting.led_since
    last = round_.meeting.starts_at - LEAST_TO_GET_READY
    return last if by is None or (since is not None and since >= by) else by


PACKET = DeliveryType(
    "packet", packet_wanted, compose_packet, hours=OwnHours(needed_by=_packet_needed_by), late=Late(MEETING_ENDS)
)
REFRESH = DeliveryType("packet_refresh", refresh_wanted, compose_packet, updates="packet", late=Late(merged=True))
DRAFT = DeliveryType("draft_ready", draft_wanted, compose_draft, hours=BEFORE_AGENDA, late=Late(AGENDA_DUE))
DRAFT_REFRESH = DeliveryType(
    "draft_refresh",
    after_wanted("draft_refresh", "draft_ready"),
    compose_draft,
    updates="draft_ready",
    late=Late(merged=True),
)
NOTES = DeliveryType("how_did_it_go", notes_wanted, compose_notes, hours=AT_ONCE, late=Late(HANDED_ON))
"""At the meeting's end, whenever they meet."""

NOTES_REFRESH = DeliveryType(
    "notes_refresh", after_wanted("notes_refresh", "how_did_it_go"), compose_notes, updates="how_did_it_go"
)

BATCH = DeliveryType("batch_ready", batch_wanted, compose_batch, hours=BEFORE_AGENDA, late=Late(REVIEW_ENDS))
BATCH_REFRESH = DeliveryType(
    "batch_refresh", batch_refresh_wanted("batch_ready", "batch_refresh"), compose_batch, updates="batch_ready"
)
BATCH_WAITS = DeliveryType("batch_waits", want_none, compose_left, beside=batch_waits_wanted, late=Late(REVIEW_ENDS))
BATCH_WAITS_REFRESH = DeliveryType(
    "batch_waits_refresh",
    batch_refresh_wanted("batch_waits", "batch_waits_refresh"),
    compose_left,
    updates="batch_waits",
)
BATCH_LEFT = DeliveryType("batch_left", want_none, compose_left, beside=batch_left_wanted, late=Late(REVIEW_ENDS))
BATCH_LEFT_REFRESH = DeliveryType(
    "batch_left_refresh",
    batch_refresh_wanted("batch_left", "batch_left_refresh"),
    compose_left,
    updates="batch_left",
)
