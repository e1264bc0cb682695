"""Since when a post that is looked for may stand in its channel, where that is not about when it was meant to."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("stands_since", types.UtcDateTime(timezone=True), nullable=True))
