"""One audit log in place of a table each for answers that were taken out and for roles that went to others; handing on
has one name."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

RENAMED = {"handover_due_at": "handoff_due_at", "handed_over_at": "handed_off_at"}

DEEDS = sa.text("SELECT * FROM deed")
CHANGES = sa.text("SELECT * FROM role_change")


def upgrade() -> None:
    for before, after in RENAMED.items():
        op.execute(f"ALTER TABLE meeting RENAME COLUMN {before} TO {after}")
    log = op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("collaborative_id", sa.String(64), nullable=False),
        sa.Column("meeting_id", sa.String(64), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("done_by", sa.String(64), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=True),
        sa.Column("former_id", sa.String(64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["collaborative_id"], ["collaborative.id"], name="fk_audit_entry_collaborative_id"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name="fk_audit_entry_meeting_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_audit_entry_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    connection = op.get_bind()
    moved = [
        {
            **_kept(row),
            "what": "answer_taken_out",
            "done_at": row["done_at"],
            "person_id": row["author_id"],
            "former_id": None,
            "details": {"kind": row["kind"], "position": row["position"]},
        }
        for row in connection.execute(DEEDS).mappings()
    ] + [
        {
            **_kept(row),
            "what": "role_changed",
            "done_at": row["changed_at"],
            "person_id": row["now_id"],
            "former_id": row["was_id"],
            "details": {"role": row["role"], "why": row["why"], "turn": row["turn"]},
        }
        for row in connection.execute(CHANGES).mappings()
    ]
    # As SQLite has them, moments are texts: they go from table to table as they are.
    names = [column.name for column in log.columns]
    columns = [sa.column(name, sa.JSON() if name == "details" else None) for name in names]
    if moved:
        connection.execute(sa.insert(sa.table(log.name, *columns)), moved)
    op.create_index("ix_audit_entry_meeting_id", "audit_entry", ["meeting_id"])
    op.create_index("ix_audit_entry_workspace_id", "audit_entry", ["workspace_id"])
    op.drop_table("deed")
    op.drop_table("role_change")


def _kept(row: sa.RowMapping) -> dict[str, object]:
    return {name: row[name] for name in ("id", "workspace_id", "collaborative_id", "meeting_id", "done_by")}
