"""Prepares a backup's content to take over: erasures since then are applied, no unshown anonymous answer comes back,
and nothing is posted twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP
from bot.domain.deliveries import DeliveryState, Operation
from bot.services import anonymous_batches, message_cleanup
from bot.services.deliveries import RESTORED
from bot.services.erasure_log import erase_again
from bot.services.forgetting import forget_again
from bot.services.message_cleanup import Face
from storage import tables as t
from storage.engine import upsert

Rows = Sequence[Mapping[str, Any]]
"""Rows of another database's table, by column."""

AUTHORS_OWN = ("text", "visibility", "author_id", "reader_id", "edited", "returned", "revision")
"""What an author can change of an answer."""


async def take_erasures(session: AsyncSession, rows: Rows) -> None:
    """Apply erasures made elsewhere since the backup, and keep their log for the next restore."""
    known = set(await session.scalars(select(t.Workspace.id)))
    strange = {str(row["workspace_id"]) for row in rows} - known
    await upsert(session, t.Workspace, [{"id": one, "name": one, "bot_id": ""} for one in sorted(strange)])
    have = await session.scalars(select(t.Erasure.row_id).where(t.Erasure.row_id.in_([r["row_id"] for r in rows])))
    held = set(have)  # what the backup knows to be erased it holds no more; whoever came back since is in it anew
    await upsert(session, t.Erasure, rows)
    await erase_again(session, rows)
    await forget_again(session, [row for row in rows if row["row_id"] not in held])


async def take_changes(session: AsyncSession, rows: Rows) -> None:
    """Answers that the backup holds, too, are set to their authors' last state: no removed author and no removed word
    comes back."""
    now = {row["id"]: row for row in rows}
    for row in await session.scalars(select(t.Reflection).where(t.Reflection.id.in_(now))):
        for column in AUTHORS_OWN:
            setattr(row, column, now[row.id][column])
    await session.flush()
    session.expunge_all()


async def take_messages(session: AsyncSession, rows: Rows, now: datetime) -> None:
    """Messages to authors of anonymous answers, from the database that is replaced: no backup has them. They are
    settled in Slack."""
    known = set(await session.scalars(select(t.Workspace.id)))
    standing = [row for row in rows if row["sent_ts"] and row["sent_channel"] and row["workspace_id"] in known]
    done = [
        Face.GONE if row["arguments"].get("face") == Face.GONE and row["kind"] == CLEANUP else Face.VOIDED
        for row in standing
    ]
    await message_cleanup.owe(
        session, [message_cleanup.debt(row, face, now) for row, face in zip(standing, done, strict=True)]
    )


async def begin_anew(session: AsyncSession, now: datetime) -> None:
    """The last step; then this is the live database."""
    await anonymous_batches.void(session, now)
    await anonymous_batches.give_keys(session)
    await _doubt_what_may_have_been_posted(session, now)
    await session.execute(delete(t.SlackHold))  # by another database's clock
    await session.execute(update(t.Workspace).values(restored_at=now))
    # What stands in Slack may have been changed since.
    await session.execute(update(t.Delivery).where(t.Delivery.shown.is_not(None)).values(shown=None))
    await session.execute(update(t.Home).values(shown=None, due_at=now))


async def _doubt_what_may_have_been_posted(session: AsyncSession, now: datetime) -> None:
    """Deliveries that the backup has as not sent may have been sent since: posts are searched for when they are due,
    and direct messages that were due are not sent again. Planning removes those that can't have been posted yet."""
    row = t.Delivery
    to_a_person = or_(row.recipient.startswith("U"), row.recipient.startswith("W"))
    doubtful = or_(row.state == DeliveryState.SENDING, row.due_at <= now, not_(to_a_person))
    await session.execute(
        update(row)
        .where(
            row.operation == Operation.POST,
            row.state.in_((DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNCLEAR, DeliveryState.ASKED)),
            doubtful,
        )
        .where(row.kind != CLEANUP)
        .values(state=DeliveryState.UNCLEAR, reason=RESTORED, attempts=0, looks=0)
    )
    await session.execute(
        update(row).where(row.state == DeliveryState.SENDING).values(state=DeliveryState.PLANNED, attempts=0)
    )
    await session.execute(update(row).values(lease_owner=None, lease_until=None))
