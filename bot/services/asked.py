"""What single members were sent about questions, found before its record goes with the end of answering."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import TO_EACH
from storage import tables as t


@dataclass(frozen=True)
class Asked:
    """A message in somebody's DM that asks for answers to a meeting's questions."""

    workspace: str
    meeting: str
    channel: str
    ts: str


async def about_to_end(session: AsyncSession, group: str, now: datetime) -> Sequence[Asked]:
    """Those of the group's questions whose answering ends by now.

    Whom they reached would tell who had not answered, so this is kept nowhere: a process that dies now leaves the
    messages as they are, with the moment at which answering ended in them.
    """
    row, prompt = t.Delivery, t.Prompt
    ends = select(prompt.meeting_id).where(
        prompt.collaborative_id == group, prompt.closed_at.is_(None), prompt.closes_at <= now
    )
    sent = await session.execute(
        select(row.workspace_id, row.meeting_id, row.sent_channel, row.sent_ts).where(
            row.meeting_id.in_(ends), row.kind.in_(TO_EACH), row.state == "sent", row.sent_ts.is_not(None)
        )
    )
    return [Asked(workspace, str(meeting), str(channel), str(ts)) for workspace, meeting, channel, ts in sent]
