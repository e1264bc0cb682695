"""The days on which each person works, and who took a role over from whom, and when."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column(
        "person_setting", sa.Column("works_on", sa.String(length=7), nullable=False, server_default=sa.text("'01234'"))
    )
    op.add_column("meeting", sa.Column("lead_turn", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("meeting", sa.Column("led_since", types.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "role_change",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("collaborative_id", sa.String(length=64), nullable=False),
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("was_id", sa.String(length=64), nullable=True),
        sa.Column("now_id", sa.String(length=64), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("why", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["collaborative_id"], ["collaborative.id"], name=op.f("fk_role_change_collaborative_id")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_role_change_meeting_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_role_change_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change")),
    )
    op.create_index(op.f("ix_role_change_meeting_id"), "role_change", ["meeting_id"])
    op.create_index(op.f("ix_role_change_workspace_id"), "role_change", ["workspace_id"])
