"""Reconciles planned deliveries with what should be planned, group by group."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.types import DeliveryTypes, Planning
from bot.domain.anonymity import AUTHORS_ONLY
from bot.domain.rounds import RoundToPlan
from bot.services import deliveries, leading, people, preferences, roles, rounds
from bot.services.deliveries import DesiredDelivery

log = structlog.get_logger()

BROKEN = (LookupError, TypeError, ValueError, IntegrityError)
"""Errors that concern one group only: its rows are inconsistent, or conflict with what is to be written."""


async def plan_group(session: AsyncSession, types: DeliveryTypes, workspace: str, group: str, now: datetime) -> None:
    """Plan one group. Idempotent."""
    await plan_groups(session, types, [(workspace, group)], now)


async def plan_groups(
    session: AsyncSession,
    types: DeliveryTypes,
    wanted: Collection[tuple[str, str]],
    now: datetime,
    changed: Collection[str] = (),
) -> None:
    """Plan the groups of these (workspace, id); `changed` are meetings of theirs that were written to, however long ago
    they were."""
    if not wanted:
        return
    groups = await rounds.groups_by_id(session, wanted)
    if await leading.settle(session, groups, now):
        groups = await rounds.groups_by_id(session, wanted)
    recent = await rounds.recent(session, groups, changed)
    conveners = await roles.conveners_here(session, groups)
    to_plan: dict[str, list[RoundToPlan]] = {}
    for one in groups:
        readers, here = await preferences.readers(session, one), tuple(conveners[one.id])
        found = recent[one.id]
        to_plan[one.id] = [RoundToPlan.of(r, readers if r is found[-1] else (), here) for r in found]
    strangers = await people.strangers_in(session, [g.id for g in groups])
    planning = Planning(session, [one for found in to_plan.values() for one in found], strangers, now)
    planned = {kind.name: await kind.plan(planning) for kind in types.kinds.values() if kind.plan is not None}
    should = {}
    for g in groups:
        wants = [want for one in to_plan[g.id] for want in wanted_of(one, types, now, planned)]
        should[g.workspace, g.id] = [w for w in wants if (g.workspace, w.recipient) not in strangers]
    for group, delivery, want in await deliveries.reconcile(session, should):
        if want.kind not in AUTHORS_ONLY:
            log.info("delivery planned", delivery=delivery, kind=want.kind, group=group, due_at=want.due_at)


Planned = Mapping[str, Mapping[str, Iterable[DesiredDelivery]]]
"""What was planned for many rounds at once, by kind and meeting."""


def wanted_of(
    round_: RoundToPlan, types: DeliveryTypes, now: datetime, planned: Planned = MappingProxyType({})
) -> list[DesiredDelivery]:
    """The deliveries of all kinds that a round calls for, in the kinds' order."""
    wanted: list[DesiredDelivery] = []
    for kind in types.kinds.values():
        if kind.groups.hold(round_):
            wanted += kind.wanted(round_, now) if kind.wanted is not None else ()
            wanted += planned.get(kind.name, {}).get(round_.meeting.id, ())
    return _current(round_, types, wanted, now)


def _current(
    round_: RoundToPlan, types: DeliveryTypes, wanted: Iterable[DesiredDelivery], now: datetime
) -> list[DesiredDelivery]:
    """With their expiry, where they set none; without those that expired before they were ever planned."""
    current = []
    for want in wanted:
        expires_at = want.expires_at or types.kinds[want.kind].late.expires(round_)
        if expires_at is None:
            current.append(want)
        elif expires_at > now:
            current.append(want if want.expires_at else want.until(expires_at))
    return current
