"""Query conditions that several readers share."""

from sqlalchemy import ColumnElement, FromClause, Select, and_, or_, select

from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import Batch
from storage import tables as t

MAY_STAND = (DeliveryState.SENDING, DeliveryState.UNCLEAR, DeliveryState.ASKED)
"""States of a post that may be in the channel although its result is unknown."""


def batch_shown() -> ColumnElement[bool]:
    """Whether the group was shown a prompt's anonymous answers."""
    return t.Prompt.batch.has(t.AnonymousBatch.state == Batch.SHOWN)


def holding_batch(*states: str) -> Select[str]:
    """The meetings whose anonymous answers are in a post with one of these states."""
    owed, agenda = _table(t.Delivery), _table(t.Agenda).alias()
    stands_in = or_(owed.c.kind == "anonymous_shown", and_(owed.c.kind == "agenda", agenda.c.holds_batch))
    return (
        select(owed.c.meeting_id)
        .join(agenda, agenda.c.meeting_id == owed.c.meeting_id)
        .where(stands_in, owed.c.state.in_(states))
    )


def _table(declared: type[t.Base]) -> FromClause:
    return declared.__table__
