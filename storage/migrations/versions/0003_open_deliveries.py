"""Indexes of what is to come, without what is over; and of a person's groups."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

OPEN = sa.text("state IN ('planned', 'unclear')")
UPCOMING = sa.text("state = 'upcoming'")
HELD = sa.text("state IN ('sending', 'asked')")


def upgrade() -> None:
    op.create_index("ix_delivery_open", "delivery", ["due_at", "rank", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_delivery_held", "delivery", ["state"], sqlite_where=HELD, postgresql_where=HELD)
    op.drop_index("ix_delivery_due", "delivery")
    op.create_index(
        "ix_meeting_to_come", "meeting", ["handover_due_at"], sqlite_where=UPCOMING, postgresql_where=UPCOMING
    )
    op.drop_index("ix_meeting_handover", "meeting")
    op.create_index("ix_member_person", "member", ["workspace_id", "person_id"])
