"""Who does what has changed: the one before, the conveners, the group and whoever was added hear of it, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.lateness import HANDED_ON, MEETING_STARTS, Late
from bot.delivery.types import BEFORE_MEETING, DeliveryType, NothingToSend, RenderContext, reading
from bot.domain.arguments import read
from bot.domain.leading import Role, RoleChange
from bot.domain.rounds import MeetingState, Round, RoundToPlan
from bot.services import roles
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import Turn, post
from handlers.views import roles as views
from handlers.views.block_kit import Message


@dataclass(frozen=True)
class Changed:
    """The log's entry of a change."""

    change: str


def _of(changes: Sequence[RoleChange], *kinds: Role) -> list[RoleChange]:
    return [one for one in changes if one.role in kinds]


def _to_come(round_: Round, now: datetime) -> bool:
    return round_.meeting.state == MeetingState.UPCOMING and now < round_.meeting.starts_at


# ---- Another leader ----


def ended_wanted(round_: Round, made: Sequence[RoleChange], now: datetime) -> Iterable[DesiredDelivery]:
    """Whoever was to lead and knew it, for the last time that they lost it."""
    lost = {one.was: one for one in _of(made, Role.FACILITATOR) if one.was is not None}
    for person, change in lost.items():
        stands = person != round_.meeting.facilitator and person in change.reachable and _knew(round_, change)
        if stands and _to_come(round_, now):
            yield post("lead_ended", round_, person, change.at, change.id, Changed(change.id))


def _knew(round_: Round, change: RoleChange) -> bool:
    """The first leader stands in what the channel reads; the others have got a packet, or know nothing of it."""
    told = {read(Turn, post.arguments).turn for post in round_.posts.get("packet", ())}
    return change.turn == 1 or change.turn - 1 in told


def changed_wanted(round_: RoundToPlan, made: Sequence[RoleChange], now: datetime) -> Iterable[DesiredDelivery]:
    changes = _of(made, Role.FACILITATOR, Role.DESIGNATED)
    leads = _of(made, Role.FACILITATOR)
    undone = leads and leads[0].was == round_.meeting.facilitator and not round_.posts.get("lead_changed")
    if not changes or not _to_come(round_, now) or (undone and len(changes) == len(leads)):
        return
    latest = (leads or changes)[-1]
    for reader in round_.conveners_here:
        if reader.person not in {round_.meeting.facilitator, latest.was, latest.done_by}:
            which = f"{latest.id}:{reader.person}"
            yield post("lead_changed", round_, reader.person, latest.at, which, Changed(latest.id))


async def _changes(context: RenderContext) -> list[RoleChange]:
    return (await roles.changes(context.session, [context.round_], context.now))[context.round_.meeting.id]


async def compose_ended(context: RenderContext) -> Message:
    change = await _change(context)
    if change.was == context.round_.meeting.facilitator:
        raise NothingToSend("they lead again by now")
    return views.build_ended(context.round_, change, context.now)


async def compose_changed(context: RenderContext) -> Message:
    return views.build_changed(context.round_, await _changes(context), context.now)


# ---- Another convener, another member ----


def taken_over_wanted(round_: Round, made: Sequence[RoleChange], _now: datetime) -> Iterable[DesiredDelivery]:
    for one in _of(made, Role.CONVENER):
        yield post("taken_over", round_, round_.group.channel, one.at, one.id, Changed(one.id))


def welcome_wanted(round_: Round, made: Sequence[RoleChange], _now: datetime) -> Iterable[DesiredDelivery]:
    """Who was added and is a member still."""
    for one in _of(made, Role.MEMBER):
        is_there = one.now in one.reachable and one.now in round_.group.members
        if one.now is not None and is_there and one.now != one.done_by:
            yield post("welcome", round_, one.now, one.at, one.id, Changed(one.id))


async def _change(context: RenderContext) -> RoleChange:
    wanted = context.arguments(Changed).change
    found = next((one for one in await _changes(context) if one.id == wanted), None)
    if found is None:
        raise NothingToSend("it is not known any more")
    return found


async def compose_taken_over(context: RenderContext) -> Message:
    return views.build_taken_over(context.round_, await _change(context))


async def compose_welcome(context: RenderContext) -> Message:
    return views.build_welcome(context.round_, await _change(context), context.now)


KINDS = (
    DeliveryType(
        "lead_ended",
        None,
        compose_ended,
        plan=reading(roles.changes, ended_wanted),
        hours=BEFORE_MEETING,
        late=Late(MEETING_STARTS),
    ),
    DeliveryType(
        "lead_changed",
        None,
        compose_changed,
        plan=reading(roles.changes, changed_wanted),
        hours=BEFORE_MEETING,
        late=Late(MEETING_STARTS),
    ),
    DeliveryType(
        "taken_over",
        None,
        compose_taken_over,
        plan=reading(roles.changes, taken_over_wanted),
        asks=True,
        late=Late(HANDED_ON),
    ),
    DeliveryType("welcome", None, compose_welcome, plan=reading(roles.changes, welcome_wanted), late=Late(HANDED_ON)),
)
