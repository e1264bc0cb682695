"""What is due next, in its order, without looking at anything else; what was sent is in no index of what is to come."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"

OPEN = sa.text("state IN ('planned', 'unclear')")
HELD = sa.text("state IN ('sending', 'asked')")


def upgrade() -> None:
    op.create_index("ix_delivery_open", "delivery", ["due_at", "rank", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_delivery_held", "delivery", ["state"], sqlite_where=HELD, postgresql_where=HELD)
    op.drop_index("ix_delivery_due", "delivery")
