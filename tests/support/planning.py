"""Planning as the tick does it, with every kind of delivery."""

from datetime import datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import planning, refreshing
from bot.delivery.message import looks
from bot.delivery.types import NothingToSend, RenderContext
from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import Round, RoundToPlan
from bot.domain.scopes import Scope
from bot.services import changes, refreshes, rounds
from bot.services.deliveries import DesiredDelivery
from bot.services.refreshes import Standing
from bot.services.rounds import post_of
from handlers.capabilities import CAPABILITIES
from handlers.capability import delivery_types, due_steps
from storage import tables as t
from storage import written
from storage.written import note

TYPES, STEPS = delivery_types(CAPABILITIES), due_steps(CAPABILITIES)


async def plan_group(session: AsyncSession, workspace: str, group: str, now: datetime) -> None:
    """One group, and all that was written, until nothing is left to follow."""
    note(session, {(workspace, Scope.GROUP, group)})
    await written.save(session)
    while (found := await changes.read(session, now, 1000)).marks:
        desired = await refreshing.look(session, TYPES, found, now)
        groups = {(workspace, group), *found.groups}
        await planning.plan_groups(session, TYPES, groups, now, {one for _, one in found.meetings})
        await refreshes.align(session, desired)
        await changes.mark_homes(session, found, now)
        await changes.done(session, found)
        await written.save(session)


def to_render(session: AsyncSession, round_: Round, row: t.Delivery, now: datetime) -> RenderContext:
    """What a planned delivery is rendered from."""
    return RenderContext(session, round_, row.workspace_id, row.recipient, row.arguments, None, now, Random(1))


async def rendering(session: AsyncSession, row: t.Delivery, now: datetime) -> RenderContext:
    """The same; of one that stands in Slack, or is brought up to date there, what it is rendered from anew."""
    refreshed = await session.get(t.Delivery, row.refreshes) if row.refreshes is not None else None
    one = refreshed or row
    round_ = await rounds.round_of(session, one.workspace_id, one.meeting_id) if one.meeting_id else None
    if one.state != DeliveryState.SENT:
        assert round_ is not None
        return to_render(session, round_, one, now)
    standing = Standing(one.kind, one.workspace_id, one.collaborative_id, one.meeting_id, one.scope, post_of(one))
    return refreshing.context_of(session, round_, standing, TYPES.refreshed[one.kind], now)


async def deliver(session: AsyncSession, row: t.Delivery, at: datetime) -> None:
    """Slack took it, as the tick would record that."""
    context = await rendering(session, row, at)
    if row.refreshes is None:
        person = row.recipient.startswith("U")
        row.sent_channel, row.sent_ts = f"D{row.recipient}" if person else row.recipient, row.id
    row.state, row.sent_at = DeliveryState.SENT, at
    await session.flush()
    await remember_looks(session, row, context, at)


async def remember_looks(session: AsyncSession, row: t.Delivery, context: RenderContext, at: datetime) -> None:
    """How a message looks that was sent, or brought up to date by this row."""
    one = await session.get_one(t.Delivery, row.refreshes) if row.refreshes is not None else row
    refresh = TYPES.refreshed.get(one.kind)
    if refresh is None:
        return
    try:
        message = await TYPES.kinds[one.kind].compose(context)
    except NothingToSend:
        return
    one.shown, one.as_of = looks(message), context.now
    if context.of_meeting is not None:
        standing = refreshing.of_round(one.kind, context.of_meeting, post_of(one))
        await refreshes.want_next(session, standing, refresh.next_moment(context.of_meeting, at))
    await session.flush()


def wanted_of(round_: Round, now: datetime) -> list[DesiredDelivery]:
    return planning.wanted_of(RoundToPlan.of(round_, readers=(), conveners_here=()), TYPES, now)
