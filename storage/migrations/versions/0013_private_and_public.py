"""What is for one person, apart from what the group reads; and no number before answering ends."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

UNSENT = "UPDATE delivery SET state = 'withdrawn', reason = 'no number before answering ends' "


def upgrade() -> None:
    op.execute(UNSENT + "WHERE kind = 'answer_count' AND state <> 'sent'")
    for column in ("packet_revision", "notes_revision"):
        op.add_column("meeting", sa.Column(column, sa.Integer(), nullable=False, server_default=sa.text("0")))
    for column in ("shown", "stays", "public"):
        op.add_column("reflection", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "handoff_note",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_handoff_note_meeting_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_handoff_note_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoff_note")),
        sa.UniqueConstraint("meeting_id", "author_id", name=op.f("uq_handoff_note_meeting_id")),
    )
    op.create_index(op.f("ix_handoff_note_workspace_id"), "handoff_note", ["workspace_id"])
    op.create_index("ix_handoff_note_written_on", "handoff_note", ["written_on"])
    op.create_table(
        "notes_draft",
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("filled", sa.JSON(), nullable=False),
        sa.Column("saved_on", sa.Date(), nullable=False),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_notes_draft_meeting_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_notes_draft_workspace_id")),
        sa.PrimaryKeyConstraint("meeting_id", "person_id", name=op.f("pk_notes_draft")),
    )
    op.create_index(op.f("ix_notes_draft_workspace_id"), "notes_draft", ["workspace_id"])
