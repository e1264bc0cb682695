"""Deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.personal import GROUP, Chapter, ErasureAction
from bot.domain.scopes import Scope
from storage.tables.base import NOBODY, UNSHOWN, WITH_PEOPLE, Base, InWorkspace, Plain, new_id, of_person

# Conditions of partial indexes. A query says them in these words: a database would not see that such an index is
# meant if the value came as a parameter.
OPEN = "state IN ('planned', 'unclear')"
HELD = "state IN ('sending', 'asked')"
OF_PERSON = "scope = 'person'"


class Delivery(InWorkspace, Base):
    """Something the bot owes to Slack at a time. It is a row before it is a call.

    A message that was sent remembers as of when it speaks (`as_of`) and how it looks (`shown`, a digest; of one that
    only authors of anonymous answers may know of, one word). `refreshes` is the id of the message that this row brings
    up to date.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_held", "state", sqlite_where=text(HELD), postgresql_where=text(HELD)),
        Index("ix_delivery_open", "due_at", "rank", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_delivery_line", "planned_for", "rank", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_delivery_meeting", "meeting_id", "kind"),
        Index("ix_delivery_collaborative", "collaborative_id", "state"),
        Index(
            "ix_delivery_of_person",
            "workspace_id",
            "recipient",
            sqlite_where=text(OF_PERSON),
            postgresql_where=text(OF_PERSON),
        ),
        Index("ix_delivery_lease_until", "lease_until", "workspace_id", "recipient"),
        {"info": UNSHOWN},
    )
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[Plain]
    operation: Mapped[Operation]
    scope: Mapped[Scope] = mapped_column(default=Scope.MEETING, server_default=Scope.MEETING)
    collaborative_id: Mapped[str | None] = mapped_column(ForeignKey("collaborative.id"))
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"))
    recipient: Mapped[str] = mapped_column(
        info=of_person(
            "Messages to me", ("kind", "state", "due_at", "sent_at", GROUP), ErasureAction.ROW_GOES, Chapter.ABOUT_ME
        )
    )
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}", info=WITH_PEOPLE)
    planned_for: Mapped[datetime]
    stands_since: Mapped[datetime | None]
    due_at: Mapped[datetime]
    rank: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.PLANNED)
    attempts: Mapped[int] = mapped_column(default=0)
    looks: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(255), info=NOBODY)
    dedupe_key: Mapped[str] = mapped_column(String(255), unique=True, info=WITH_PEOPLE)
    nonce: Mapped[str] = mapped_column(default=new_id, info=NOBODY)
    lease_owner: Mapped[Plain | None]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_channel: Mapped[str | None] = mapped_column(info=WITH_PEOPLE)
    sent_ts: Mapped[Plain | None]
    refreshes: Mapped[Plain | None]
    as_of: Mapped[datetime | None]
    shown: Mapped[Plain | None]
