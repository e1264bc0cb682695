"""Conditions that several readers share."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from bot.domain.rounds import Batch
from storage import tables as t


def batch_shown() -> ColumnElement[bool]:
    """Whether the group was shown a prompt's anonymous answers: approved, and what they stand in is in the channel.

    An agenda may wait overnight for its time; until Slack has taken it for certain, they count as not shown.
    """
    prompt, owed, meeting = _table(t.Prompt), _table(t.Delivery), _table(t.Meeting).alias()
    stands_in = or_(owed.c.kind == "anonymous_shown", and_(owed.c.kind == "agenda", meeting.c.batch_in_agenda))
    posted = (
        select(owed.c.id)
        .join(meeting, meeting.c.id == owed.c.meeting_id)
        .where(owed.c.meeting_id == prompt.c.meeting_id, stands_in, owed.c.state == "sent")
    )
    return and_(prompt.c.batch == Batch.APPROVED, exists(posted).correlate(prompt))


def _table(declared: type[t.Base]) -> Any:
    return declared.__table__
