"""The facilitator's one DM a meeting, kept up to date, and short lines when something is needed from them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.delivery.lateness import AGENDA_DUE, HANDED_ON, MEETING_ENDS, REVIEW_ENDS, Late
from bot.delivery.message import Message as Rendered
from bot.delivery.types import (
    AT_ONCE,
    BEFORE_AGENDA,
    REFRESH,
    DeliveryType,
    NothingToSend,
    OwnHours,
    Refresh,
    RenderContext,
    differs,
    reading,
)
from bot.domain.anonymous_batches import REVIEWER_WARNED_BEFORE, warning_time
from bot.domain.arguments import read
from bot.domain.rounds import Batch, MeetingState, Post, Round, RoundToPlan
from bot.plugged import Section, Slot
from bot.services import returned_answers
from bot.services.deliveries import DesiredDelivery
from bot.services.returned_answers import AnonymousAuthors
from handlers.messages import agenda
from handlers.messages.base import Turn, post
from handlers.views import anonymous_review, facilitator, roles
from handlers.views.block_kit import Message

IN_PACKET: Slot[Section[Round, Any]] = Slot("what the packet says before there is a draft of the agenda")

OVER = "over"
"""What a message says of which nothing is left but that somebody else leads."""

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


def _as_turn(round_: Round) -> Turn:
    return Turn(round_.meeting.lead_turn)


def _to_leader(kind: str, round_: Round, due: datetime) -> DesiredDelivery:
    """Who leads in somebody's place gets all of it, once they do."""
    leader, since = round_.meeting.facilitator or "", round_.meeting.led_since
    return post(kind, round_, leader, due if since is None else max(due, since), _turn(round_), _as_turn(round_))


def _is_leaders(round_: Round, standing: Post | None) -> bool:
    return standing is not None and read(Turn, standing.arguments) == _as_turn(round_)


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


def notes_wanted(round_: RoundToPlan, _now: datetime) -> Iterable[DesiredDelivery]:
    """Where whoever led can't be written to any more, a convener is asked; where nobody led, too."""
    if round_.meeting.state != MeetingState.UPCOMING:
        return
    leader, ends = round_.meeting.facilitator, round_.meeting.ends_at
    members = {reader.person for reader in round_.readers}
    if leader is not None and (leader in members or not members):
        yield _to_leader("how_did_it_go", round_, ends)
    elif round_.conveners_here:
        convener = round_.conveners_here[0].person
        yield post("how_did_it_go", round_, convener, ends, f"{_turn(round_)}-{convener}", _as_turn(round_))


def batch_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    """To whoever leads: where that is somebody else by now, to them."""
    closed = round_.prompt.closed_at
    if round_.prompt.batch is Batch.WAITING and closed is not None and round_.meeting.facilitator:
        yield _to_leader("batch_ready", round_, closed)


def batch_due(context: RenderContext, rendered: Rendered, now: datetime) -> datetime | None:
    """What authors changed is heard of at a full hour; that somebody else leads by now, at once."""
    if not differs(context, rendered):
        return None
    look_at = context.round_.prompt.batch_look_at
    return now if look_at is None or rendered.says == OVER else max(now, look_at)


def batch_left_wanted(round_: Round, authors: AnonymousAuthors, now: datetime) -> Iterable[DesiredDelivery]:
    """Each convener hears once of what nobody has decided on: by the end of the meeting, and as soon as whoever leads
    can't or won't do it; where none of them is there any more, whoever leads next."""
    closed = round_.prompt.closed_at
    if round_.prompt.batch is not Batch.WAITING or closed is None:
        return
    led = round_.meeting.facilitator
    there = any(one.person == led and not one.wishes.away_at(now, one.zone) for one in authors.readers)
    due = max(closed, round_.meeting.ends_at) if led and there else closed
    for convener in round_.group.conveners:
        if convener != led:
            yield post("batch_left", round_, convener, due, convener)
    here, next_leader = {one.person for one in authors.readers}, round_.following and round_.following.facilitator
    if next_leader and not here & {led, *round_.group.conveners} and round_.reviews(next_leader):
        yield post("batch_left", round_, next_leader, max(closed, round_.meeting.ends_at), next_leader)


def batch_waits_wanted(round_: Round, authors: AnonymousAuthors, now: datetime) -> Iterable[DesiredDelivery]:
    """Whoever put it off hears once more of it, in their hours, before it is erased and before authors are worried."""
    ends, leads = round_.prompt.review_ends_at, round_.meeting.facilitator
    if round_.prompt.batch is not Batch.WAITING or ends is None:
        return
    for reader in authors.readers:
        if reader.person == leads:
            at = warning_time(reader, now, ends, REVIEWER_WARNED_BEFORE)
            yield post("batch_waits", round_, reader.person, at, reader.person)


async def compose_packet(context: RenderContext) -> Message:
    """With what is for one person alone, whose messages these are: who leads may have changed."""
    round_ = context.round_
    if (over := _over(context)) is not None:
        return over
    session, plugged = context.session, context.plugged
    contents, added = await agenda.read(session, plugged, round_, context.recipient, context.chooser)
    before_draft = (
        await plugged.sections(IN_PACKET, session, round_) if context.now < round_.meeting.draft_due_at else ()
    )
    return facilitator.build_packet(facilitator.Packet(round_, contents, added, before_draft), context.now)


def _over(context: RenderContext) -> Message | None:
    """Nobody else is shown what is for the leader's eyes: it goes from messages to whoever was to lead before."""
    round_ = context.round_
    if context.standing is not None:
        mine = _is_leaders(round_, context.standing)
        return None if mine else roles.build_over(round_, context.now)
    if context.recipient != round_.meeting.facilitator:
        raise NothingToSend("somebody else leads by now")
    return None


async def compose_draft(context: RenderContext) -> Message:
    return _over(context) or facilitator.build_draft_ready(context.round_, context.now)


async def compose_notes(context: RenderContext) -> Message:
    round_ = context.round_
    if round_.meeting.state != MeetingState.UPCOMING:
        return facilitator.build_handed_on(round_, context.now, notes=round_.meeting.handed_off_at is not None)
    return facilitator.build_how_did_it_go(round_, led=context.recipient == round_.meeting.facilitator)


async def compose_batch(context: RenderContext) -> Message:
    round_ = context.round_
    if context.standing is not None and (over := _over(context)) is not None:
        return replace(over, says=OVER)
    draft = _is_to_tell_of_draft(round_) and not _has(round_, "draft_ready")
    return anonymous_review.build_ready(round_, facilitator.build_draft_ready(round_, context.now) if draft else None)


async def compose_left(context: RenderContext) -> Message:
    return anonymous_review.build_left(context.round_, context.now)


def _moments(round_: Round) -> Iterable[datetime]:
    """When the questions go out, and when the draft is due."""
    return (round_.prompt.opens_at, round_.meeting.draft_due_at)


def _packet_needed_by(round_: Round) -> datetime:
    """Whoever begins to lead when the agenda is all but out hears of it before the meeting at least."""
    by, since = BEFORE_AGENDA.needed_by(round_), round_.meeting.led_since
    last = round_.meeting.starts_at - LEAST_TO_GET_READY
    return last if by is None or (since is not None and since >= by) else by


PACKET = DeliveryType(
    "packet",
    packet_wanted,
    compose_packet,
    refresh=Refresh(moments=_moments, before=True),
    hours=OwnHours(needed_by=_packet_needed_by),
    late=Late(MEETING_ENDS),
)
DRAFT = DeliveryType(
    "draft_ready", draft_wanted, compose_draft, refresh=REFRESH, hours=BEFORE_AGENDA, late=Late(AGENDA_DUE)
)
NOTES = DeliveryType("how_did_it_go", notes_wanted, compose_notes, refresh=REFRESH, hours=AT_ONCE, late=Late(HANDED_ON))
"""At the meeting's end, whenever they meet."""

_OF_BATCH = Refresh(due=batch_due)

BATCH = DeliveryType(
    "batch_ready", batch_wanted, compose_batch, refresh=_OF_BATCH, hours=BEFORE_AGENDA, late=Late(REVIEW_ENDS)
)
BATCH_WAITS = DeliveryType(
    "batch_waits",
    None,
    compose_left,
    refresh=_OF_BATCH,
    plan=reading(returned_answers.authors, batch_waits_wanted),
    late=Late(REVIEW_ENDS),
)
BATCH_LEFT = DeliveryType(
    "batch_left",
    None,
    compose_left,
    refresh=_OF_BATCH,
    plan=reading(returned_answers.authors, batch_left_wanted),
    late=Late(REVIEW_ENDS),
)
