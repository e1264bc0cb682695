"""Brings what stands in Slack into line with what is stored: one refresh for all messages and Homes.

What was written tells which scopes it touched (`storage.written`). The messages about these are rendered anew, each as
of its own time, and those that would look different are updated. A new version, or other words, change nothing by
themselves: what nobody wrote to is not looked at.
"""

from datetime import datetime
from random import Random

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.message import looks
from bot.delivery.planning import BROKEN
from bot.delivery.types import DeliveryTypes, NothingToSend, Refresh, RenderContext, Vanished
from bot.domain.deliveries import Operation
from bot.domain.rounds import Post, Round
from bot.domain.scopes import Scope
from bot.services import changes, refreshes, rounds
from bot.services.changes import Changes
from bot.services.refreshes import DesiredRefresh, Standing

log = structlog.get_logger()


async def look(session: AsyncSession, types: DeliveryTypes, found: Changes, now: datetime) -> list[DesiredRefresh]:
    """Which of the messages that may be out of date are to be updated, and when. Reads only."""
    standing = await _about_meetings(session, types, found)
    personal = [kind for kind, refresh in types.refreshed.items() if refresh.scope is Scope.PERSON]
    standing += [(None, one) for one in await refreshes.of_people(session, found.people, personal)]
    return [await _desired(session, types, round_, one, now) for round_, one in standing]


async def _about_meetings(
    session: AsyncSession, types: DeliveryTypes, found: Changes
) -> list[tuple[Round | None, Standing]]:
    about = await changes.meetings_of(session, found)
    if not about:
        return []
    before, after = await changes.neighbours(session, about)
    there = await rounds.rounds_of(session, {*about, *before, *after})
    standing: list[tuple[Round | None, Standing]] = []
    for round_ in there.values():
        one = (round_.group.workspace, round_.meeting.id)
        for kind, refresh in types.refreshed.items():
            touched = one in about or (refresh.after and one in before) or (refresh.before and one in after)
            if touched and refresh.scope is Scope.MEETING:
                standing += [(round_, of_round(kind, round_, post)) for post in round_.posts.get(kind, ())]
    return standing


async def adopt(session: AsyncSession, types: DeliveryTypes, found: Changes) -> None:
    """Remember how messages look that an earlier version posted: as it would show them from what is stored, before
    anything of that is changed."""
    for round_ in (await rounds.rounds_of(session, found.meetings)).values():
        for kind, refresh in types.refreshed.items():
            for post in round_.posts.get(kind, ()):
                if post.shown != refreshes.NOT_KNOWN:
                    continue
                as_of = post.as_of or post.sent_at
                try:
                    one = of_round(kind, round_, post)
                    message = await types.kinds[kind].compose(context_of(session, round_, one, refresh, as_of))
                except NothingToSend:
                    continue
                except BROKEN:
                    log.exception("refreshing broken", kind=kind)
                    continue
                await refreshes.record_looks(session, post.id, looks(message), as_of)
    await changes.done(session, found)


def of_round(kind: str, round_: Round, post: Post) -> Standing:
    return Standing(kind, round_.group.workspace, round_.group.id, round_.meeting.id, Scope.MEETING, post)


async def _desired(
    session: AsyncSession, types: DeliveryTypes, round_: Round | None, one: Standing, now: datetime
) -> DesiredRefresh:
    refresh, post, due = types.refreshed[one.kind], one.post, None
    operation = Operation.UPDATE
    try:
        context = context_of(session, round_, one, refresh, now)
        message = await types.kinds[one.kind].compose(context)
        due = refresh.due(context, message, now)
    except Vanished:
        operation, due = Operation.DELETE, now
    except NothingToSend:
        pass
    except BROKEN:  # it holds up no other
        log.exception("refreshing broken", kind=one.kind)
    times = [due] if due is not None else []
    if round_ is not None and (moment := refresh.next_moment(round_, now)) is not None:
        times.append(moment)
    group = round_.group if round_ is not None else None
    held = group.stopped if group is not None and post.channel == group.channel else None
    return DesiredRefresh(one, operation, min(times, default=None), held)


def context_of(
    session: AsyncSession, round_: Round | None, one: Standing, refresh: Refresh, now: datetime
) -> RenderContext:
    """To render a message that stands in Slack anew."""
    post = one.post
    at = refresh.speaks_as_of(round_, post, now)
    chooser = Random(post.nonce)  # noqa: S311 - what has to be hard to guess is the order, by whoever has no nonce
    return RenderContext(session, round_, one.workspace, post.recipient, post.arguments, post, at, chooser)
