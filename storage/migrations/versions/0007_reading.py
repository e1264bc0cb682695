"""Thanks for answers, and prompts whose named answers were shared before answering ended."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0007"
down_revision = "0006"

THANKS = sa.text("kind = 'thanks'")


def upgrade() -> None:
    op.add_column("prompt", sa.Column("shared_at", types.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "appreciation",
        sa.Column("reflection_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("tell_on", sa.Date(), nullable=False),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflection.id"], name=op.f("fk_appreciation_reflection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_appreciation_workspace_id")),
        sa.PrimaryKeyConstraint("reflection_id", "person_id", name=op.f("pk_appreciation")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_appreciation_workspace_id"), "appreciation", ["workspace_id"])
    op.create_index("ix_appreciation_tell_on", "appreciation", ["workspace_id", "tell_on"])
    op.create_index(
        "ix_delivery_thanks",
        "delivery",
        ["workspace_id", "recipient"],
        sqlite_where=THANKS,
        postgresql_where=THANKS,
    )
