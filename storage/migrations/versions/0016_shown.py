"""What is approved and what was shown are told apart; until when a batch waits for a decision after an outage."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0016"
down_revision = "0015"

APPROVED = sa.text("batch = 'approved'")
POSTED = (
    "SELECT d.meeting_id FROM delivery d JOIN meeting m ON m.id = d.meeting_id WHERE d.state = 'sent' "
    "AND (d.kind = 'anonymous_shown' OR (d.kind = 'agenda' AND m.batch_in_agenda))"
)


def upgrade() -> None:
    op.add_column("prompt", sa.Column("review_until", UtcDateTime(timezone=True), nullable=True))
    op.execute(f"UPDATE prompt SET batch = 'shown' WHERE batch = 'approved' AND meeting_id IN ({POSTED})")  # noqa: S608 - as above
    op.create_index("ix_prompt_approved", "prompt", ["closed_at"], sqlite_where=APPROVED, postgresql_where=APPROVED)
