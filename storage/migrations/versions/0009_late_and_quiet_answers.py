"""Late answers, what is remembered of who sees them, the life of an anonymous batch, and deeds with a record."""

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0009"
down_revision = "0008"

TO_NOTICE = sa.text("notice_at IS NOT NULL")
MEND_WANTED = sa.text("mend_wanted")


def upgrade() -> None:
    op.add_column("person", sa.Column("sees", sa.String(length=64), nullable=True))
    op.add_column(
        "collaborative", sa.Column("notice_hours_before", sa.Integer(), nullable=False, server_default=sa.text("4"))
    )
    op.add_column("meeting", sa.Column("mend_wanted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_meeting_mend_wanted",
        "meeting",
        ["collaborative_id"],
        sqlite_where=MEND_WANTED,
        postgresql_where=MEND_WANTED,
    )
    op.add_column("prompt", sa.Column("notice_at", types.UtcDateTime(timezone=True), nullable=True))
    op.add_column("prompt", sa.Column("batch_revision", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("prompt", sa.Column("batch_look_at", types.UtcDateTime(timezone=True), nullable=True))
    # Those that are open: nobody has been told yet, and at the latest when answering ends nobody need be.
    op.execute("UPDATE prompt SET notice_at = closes_at WHERE closed_at IS NULL")
    op.create_index("ix_prompt_notice", "prompt", ["notice_at"], sqlite_where=TO_NOTICE, postgresql_where=TO_NOTICE)
    op.add_column("reflection", sa.Column("returned", sa.Text(), nullable=True))
    op.add_column("reflection", sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "deed",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("collaborative_id", sa.String(length=64), nullable=False),
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("done_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=True),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["collaborative_id"], ["collaborative.id"], name=op.f("fk_deed_collaborative_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_deed_meeting_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_deed_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed")),
    )
    op.create_index(op.f("ix_deed_meeting_id"), "deed", ["meeting_id"])
    op.create_index(op.f("ix_deed_workspace_id"), "deed", ["workspace_id"])
