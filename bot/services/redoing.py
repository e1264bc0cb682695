"""What stands in Slack and shows people, what they wrote or a time, brought up to date however long ago it was posted.

It is owed from here on and not planned: what else is planned for a group says nothing about it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import TO_EACH
from bot.domain.deliveries import DeliveryState, Operation
from storage import tables as t
from storage.engine import MOST_ROWS

SHOW_PEOPLE = ("started", "prompt", "packet", "agenda", "handoff")
SHOW_TIMES = (*SHOW_PEOPLE, "draft_ready", *TO_EACH)
THANKS = "thanks"

REDONE = {kind: f"{kind}_redone" for kind in (*SHOW_TIMES, THANKS)}
"""What is posted, and the kind that brings it up to date."""


async def have_redone(
    session: AsyncSession, meetings: Collection[str], now: datetime, kinds: Collection[str] = SHOW_PEOPLE
) -> None:
    """Have what was posted about these meetings brought up to date from what is kept by now."""
    row, named = t.Delivery, sorted(meetings)
    for start in range(0, len(named), MOST_ROWS):
        some = row.meeting_id.in_(named[start : start + MOST_ROWS])
        await _redo(session, some & row.kind.in_(kinds), now)
    await session.flush()


async def have_thanks_redone(session: AsyncSession, answers: Collection[str], now: datetime) -> None:
    """Have the messages brought up to date that told people of thanks for these answers: they quote them."""
    named = sorted(answers)
    for start in range(0, len(named), MOST_ROWS):
        await _redo_thanks(session, t.Appreciation.reflection_id.in_(named[start : start + MOST_ROWS]), now)


async def have_thanks_of_redone(session: AsyncSession, workspace: str, giver: str, now: datetime) -> None:
    """The same of all thanks that somebody gave: they are named there."""
    thanks = t.Appreciation
    await _redo_thanks(session, (thanks.workspace_id == workspace) & (thanks.person_id == giver), now)


async def _redo_thanks(session: AsyncSession, given: ColumnElement[bool], now: datetime) -> None:
    """Thanks are told in the first message to their author on the day that they wait for, or on one after it."""
    row, answer = t.Delivery, t.Reflection
    waiting = await session.execute(
        select(t.Appreciation.workspace_id, answer.author_id, t.Appreciation.tell_on)
        .join(answer, answer.id == t.Appreciation.reflection_id)
        .where(given, answer.author_id.is_not(None))
        .distinct()
    )
    told: set[str] = set()
    for workspace, author, day in waiting:
        mine = (row.workspace_id == workspace, row.recipient == author, row.kind == THANKS, row.subject >= str(day))
        first = select(row.id).where(*mine, row.state == DeliveryState.SENT).order_by(row.subject).limit(1)
        told |= set(await session.scalars(first))
    await _redo(session, row.id.in_(told), now)
    await session.flush()


async def _redo(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> None:
    row = t.Delivery
    for sent in await session.scalars(
        select(row).where(which, row.state == DeliveryState.SENT, row.sent_channel.is_not(None))
    ):
        session.add(_redoing(sent, now))


def _redoing(sent: t.Delivery, now: datetime) -> t.Delivery:
    kind = REDONE[sent.kind]
    return t.Delivery(
        id=t.new_id(),
        workspace_id=sent.workspace_id,
        collaborative_id=sent.collaborative_id,
        kind=kind,
        operation=Operation.UPDATE,
        recipient=sent.sent_channel or sent.recipient,
        meeting_id=sent.meeting_id,
        subject=f"{sent.subject}/redone" if sent.subject else None,
        planned_for=now,
        due_at=now,
        dedupe_key=f"{kind}:{sent.id}:{t.new_id()}",
    )
