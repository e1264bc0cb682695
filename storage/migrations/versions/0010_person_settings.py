"""What each person chose to be sent, and answers by their day, for those that are kept only for a time."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "person_setting",
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("reminders", sa.String(length=64), nullable=False),
        sa.Column("by_dm", sa.Boolean(), nullable=False),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("works_from", types.WallTime(length=5), nullable=False),
        sa.Column("works_until", types.WallTime(length=5), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_person_setting_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "person_id", name=op.f("pk_person_setting")),
    )
    op.create_index("ix_reflection_given_on", "reflection", ["given_on"])
