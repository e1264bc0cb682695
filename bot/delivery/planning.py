"""Reconciles planned deliveries with what should be planned, group by group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.kinds import KINDS
from bot.delivery.kinds.thanks import thanks_wanted
from bot.delivery.kinds.troubles import unclear_wanted
from bot.domain.anonymity import AUTHORS_ONLY
from bot.domain.rounds import Round
from bot.services import beside, deliveries, leading, people, preferences, roles, rounds, thanks
from bot.services.beside import Beside
from bot.services.deliveries import DesiredDelivery
from bot.services.thanks import Waiting

log = structlog.get_logger()

BROKEN = (LookupError, TypeError, ValueError, IntegrityError)
"""Errors that concern one group only: its rows are inconsistent, or conflict with what is to be written."""


async def plan_group(session: AsyncSession, workspace: str, group: str, now: datetime) -> None:
    """Plan one group. Idempotent."""
    await plan_groups(session, [(workspace, group)], now)


async def plan_groups(session: AsyncSession, wanted: Collection[tuple[str, str]], now: datetime) -> None:
    """Plan the groups of these (workspace, id)."""
    groups = await rounds.groups_by_id(session, wanted)
    if await leading.settle(session, groups, now):
        groups = await rounds.groups_by_id(session, wanted)
    recent, asked = await rounds.recent(session, groups), await deliveries.asked(session, [g.id for g in groups], now)
    conveners = await roles.conveners_here(session, groups)
    for one in groups:
        readers, here = await preferences.readers(session, one), tuple(conveners[one.id])
        recent[one.id] = [replace(found, conveners_here=here) for found in recent[one.id]]
        recent[one.id][-1] = replace(recent[one.id][-1], readers=readers)
    strangers = await people.strangers_in(session, [g.id for g in groups])
    thanks_waiting = await thanks.waiting_in(session, groups, now)
    stands = await beside.beside(session, [one for found in recent.values() for one in found], now)
    await rounds.mended(session, groups)
    should = {}
    for g in groups:
        found = recent[g.id]
        all_of_it = _wanted_in(found, thanks_waiting[g.id], now) + [
            w for one in found for w in _beside(one, stands, now)
        ]
        told = [w for w in all_of_it if (g.workspace, w.recipient) not in strangers]
        out_of_reach = {person for workspace, person in strangers if workspace == g.workspace}
        should[g.workspace, g.id] = [*told, *unclear_wanted(found[-1], asked[g.id], out_of_reach, now)]
    for group, delivery, want in await deliveries.reconcile(session, should):
        if want.kind not in AUTHORS_ONLY:
            log.info("delivery planned", delivery=delivery, kind=want.kind, group=group, due_at=want.due_at)


def _wanted_in(found: Sequence[Round], waiting: Sequence[Waiting], now: datetime) -> list[DesiredDelivery]:
    return [*(w for one in found for w in wanted_of(one, now)), *thanks_wanted(found[-1], waiting)]


def wanted_of(round_: Round, now: datetime) -> list[DesiredDelivery]:
    """The deliveries of all kinds that a round calls for."""
    if round_.group.stopped:
        return list(KINDS["stopped"].wanted(round_, now))
    return [w for kind in KINDS.values() for w in kind.wanted(round_, now) if _current(w, now)]


def _beside(round_: Round, stands: Mapping[str, Beside], now: datetime) -> list[DesiredDelivery]:
    """The deliveries that extra rows beside a round call for."""
    if round_.group.stopped:
        return []
    kinds = [kind.beside for kind in KINDS.values() if kind.beside is not None]
    return [w for wanted in kinds for w in wanted(round_, stands[round_.meeting.id], now) if _current(w, now)]


def _current(wanted: DesiredDelivery, now: datetime) -> bool:
    """Do not plan what expired before it was ever planned."""
    return wanted.expires_at is None or wanted.expires_at > now
