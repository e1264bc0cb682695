"""When a prompt's anonymous answers were lost; and what ended batches had left behind goes: keys, texts and records."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0012"
down_revision = "0011"

ALIVE = (
    "batch IN ('collecting', 'waiting') AND collaborative_id IN (SELECT id FROM collaborative WHERE state = 'active')"
)
TO_AUTHORS = "('too_few', 'too_few_left', 'returned', 'returned_settled', 'thanked')"


def upgrade() -> None:
    op.add_column("prompt", sa.Column("voided_at", UtcDateTime(timezone=True), nullable=True))
    ended = f"SELECT id FROM prompt WHERE NOT ({ALIVE}) AND batch <> 'approved'"  # noqa: S608 - names of ours
    unshown = f"FROM reflection WHERE visibility = 'anonymous' AND prompt_id IN ({ended})"
    op.execute(f"DELETE FROM appreciation WHERE reflection_id IN (SELECT id {unshown})")  # noqa: S608 - as above
    op.execute(f"DELETE {unshown}")
    over = f"SELECT meeting_id FROM prompt WHERE NOT ({ALIVE})"  # noqa: S608 - as above
    op.execute(f"DELETE FROM delivery WHERE kind IN {TO_AUTHORS} AND meeting_id IN ({over})")  # noqa: S608 - as above
    op.execute(
        "UPDATE prompt SET batch = CASE batch WHEN 'collecting' THEN 'none' ELSE 'withheld' END "  # noqa: S608 - as above
        f"WHERE NOT ({ALIVE}) AND batch IN ('collecting', 'waiting')"
    )
    op.execute(f"UPDATE prompt SET key = NULL WHERE NOT ({ALIVE})")  # noqa: S608 - as above
