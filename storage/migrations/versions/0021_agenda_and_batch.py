"""A meeting's agenda, and a prompt's anonymous answers as a whole, stand in a table each: most of their columns were
empty most of the time."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

REVIEW_TIME = timedelta(days=7)

MOMENT = sa.DateTime(timezone=True)
prompt = sa.table("prompt", sa.column("id"), sa.column("closed_at", MOMENT), sa.column("review_until", MOMENT))
batch = sa.table("anonymous_batch", sa.column("prompt_id"), sa.column("review_ends_at", MOMENT))


def upgrade() -> None:
    _make_agenda()
    op.execute(
        "INSERT INTO agenda (meeting_id, workspace_id, draft_due_at, due_at, posted_at, items, holds_batch) "
        "SELECT id, workspace_id, draft_due_at, agenda_due_at, agenda_posted_at, agenda, batch_in_agenda "
        "FROM meeting WHERE id IN (SELECT meeting_id FROM prompt)"  # one that lapsed before it was planned has none
    )
    op.drop_index("ix_meeting_to_post", "meeting")
    for name in ("draft_due_at", "agenda_due_at", "agenda_posted_at", "agenda", "batch_in_agenda"):
        op.drop_column("meeting", name)
    _make_batch()
    op.execute(
        "INSERT INTO anonymous_batch "
        "(prompt_id, workspace_id, collaborative_id, state, notice_at, few, revision, look_at, voided_at) "
        "SELECT id, workspace_id, collaborative_id, batch, notice_at, few, batch_revision, batch_look_at, voided_at "
        "FROM prompt"
    )
    _set_ends(op.get_bind())
    for name in ("ix_prompt_waiting", "ix_prompt_approved", "ix_prompt_notice"):
        op.drop_index(name, "prompt")
    for name in ("batch", "notice_at", "few", "batch_revision", "batch_look_at", "review_until", "voided_at"):
        op.drop_column("prompt", name)


def _make_agenda() -> None:
    op.create_table(
        "agenda",
        sa.Column("meeting_id", sa.String(64), nullable=False),
        sa.Column("draft_due_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("posted_at", MOMENT, nullable=True),
        sa.Column("items", sa.JSON(), nullable=True),
        sa.Column("holds_batch", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_agenda_meeting_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_agenda_workspace_id"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_agenda"),
    )
    op.create_index("ix_agenda_workspace_id", "agenda", ["workspace_id"])
    _index("ix_agenda_to_post", "agenda", "due_at", "posted_at IS NULL")


def _make_batch() -> None:
    op.create_table(
        "anonymous_batch",
        sa.Column("prompt_id", sa.String(64), nullable=False),
        sa.Column("collaborative_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("notice_at", MOMENT, nullable=True),
        sa.Column("few", sa.JSON(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("look_at", MOMENT, nullable=True),
        sa.Column("review_ends_at", MOMENT, nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name="fk_anonymous_batch_prompt_id"),
        sa.ForeignKeyConstraint(["collaborative_id"], ["collaborative.id"], name="fk_anonymous_batch_collaborative_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_anonymous_batch_workspace_id"),
        sa.PrimaryKeyConstraint("prompt_id", name="pk_anonymous_batch"),
    )
    for name in ("workspace_id", "collaborative_id"):
        op.create_index(f"ix_anonymous_batch_{name}", "anonymous_batch", [name])
    _index("ix_anonymous_batch_waiting", "anonymous_batch", "review_ends_at", "state = 'waiting'")
    _index("ix_anonymous_batch_approved", "anonymous_batch", "review_ends_at", "state = 'approved'")
    _index("ix_anonymous_batch_notice", "anonymous_batch", "notice_at", "notice_at IS NOT NULL")


def _index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _set_ends(connection: sa.Connection) -> None:
    """Until when each waits for a decision, which was worked out at each look."""
    closed = connection.execute(sa.select(prompt).where(prompt.c.closed_at.is_not(None))).all()
    ends = [{"of": row.id, "ends": row.review_until or row.closed_at + REVIEW_TIME} for row in closed]
    if ends:
        this = sa.update(batch).where(batch.c.prompt_id == sa.bindparam("of"))
        connection.execute(this.values(review_ends_at=sa.bindparam("ends")), ends)
