"""The line that deliveries stand in, by when they were meant to go out."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

OPEN = sa.text("state IN ('planned', 'unclear')")


def upgrade() -> None:
    op.create_index(
        "ix_delivery_line", "delivery", ["planned_for", "rank", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
