"""By which edition of its zone's rules a meeting was placed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("meeting", sa.Column("placed_by", sa.String(length=64), nullable=True))
