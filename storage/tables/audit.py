"""The audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.audit import Audited
from bot.domain.personal import GROUP, Chapter, ErasureAction
from storage.tables.base import NOBODY, Base, InWorkspace, new_id, of_person

_SHOWN = ("what", "done_at", GROUP)


class AuditEntry(InWorkspace, Base):
    """What somebody did about a meeting's answers or roles: to `person_id`, and in a role in the place of `former_id`.

    `done_by` is None where the bot followed what Slack or the person themselves said.
    """

    __tablename__ = "audit_entry"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    collaborative_id: Mapped[str] = mapped_column(ForeignKey("collaborative.id"))
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), index=True)
    what: Mapped[Audited]
    done_by: Mapped[str | None] = mapped_column(
        info=of_person("In the log: what I did", _SHOWN, ErasureAction.EMPTIED, Chapter.DONE)
    )
    done_at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(
        info=of_person("In the log: what was done about me", _SHOWN, ErasureAction.EMPTIED, Chapter.DONE)
    )
    former_id: Mapped[str | None] = mapped_column(
        info=of_person("In the log: roles that went from me to others", _SHOWN, ErasureAction.EMPTIED, Chapter.DONE)
    )
    details: Mapped[dict[str, Any]] = mapped_column(JSON, info=NOBODY)
