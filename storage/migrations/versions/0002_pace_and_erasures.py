"""Pace that processes share, workspaces that stopped or were restored, and what was erased."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("workspace", sa.Column("stopped", sa.String(length=255), nullable=True))
    op.add_column("workspace", sa.Column("restored_at", types.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "slack_hold",
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("set_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_slack_hold_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "method", name=op.f("pk_slack_hold")),
    )
    op.create_table(
        "erasure",
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_erasure_workspace_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_erasure")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_erasure_workspace_id"), "erasure", ["workspace_id"])
    op.add_column("delivery", sa.Column("planned_for", types.UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE delivery SET planned_for = due_at")
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("planned_for", nullable=False)
    op.create_index("ix_delivery_lease_until", "delivery", ["lease_until", "workspace_id", "recipient"])
