"""How far channels and people have been read from Slack, so that reading goes on from where it stopped."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "directory_reading",
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.String(length=1024), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_directory_reading_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_directory_reading")),
    )
    for table in ("person", "channel", "channel_member"):
        op.add_column(table, sa.Column("read_in", sa.Integer(), server_default="0", nullable=False))
    op.add_column("channel", sa.Column("listed_in", sa.Integer(), server_default="0", nullable=False))
    op.add_column("channel", sa.Column("cursor", sa.String(length=1024), server_default="", nullable=False))
    op.create_index("ix_channel_member_person", "channel_member", ["workspace_id", "person_id"])
