"""Homes that are kept up to date; deliveries to one person that belong to no group."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "home",
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=True),
        sa.Column("due_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_home_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "person_id", name="pk_home"),
    )
    op.create_index("ix_home_due", "home", ["due_at"])
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("collaborative_id", existing_type=sa.String(length=64), nullable=True)
