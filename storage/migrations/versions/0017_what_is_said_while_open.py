"""What is said while answering goes on stays as it is: to which questions there were too few answers without a name at
half-time; and no message that an earlier version left goes on to say how many took part."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

REDONE = "prompt_redone"
STANDING = sa.text(
    "SELECT d.workspace_id, d.collaborative_id, d.sent_channel, d.meeting_id, d.sent_at "
    "FROM delivery d JOIN prompt p ON p.meeting_id = d.meeting_id "
    "WHERE d.kind = 'prompt' AND d.state = 'sent' AND d.sent_channel IS NOT NULL AND p.closed_at IS NULL"
)
OWE = sa.text(
    "INSERT INTO delivery (id, workspace_id, collaborative_id, kind, operation, recipient, meeting_id, planned_for, "
    "due_at, dedupe_key, rank, state, attempts, looks, nonce) VALUES (:id, :workspace, :group, :kind, 'update', "
    ":channel, :meeting, :at, :at, :key, 0, 'planned', 0, 0, :nonce)"
)


def upgrade() -> None:
    op.add_column("prompt", sa.Column("few", sa.JSON(), nullable=True))
    connection = op.get_bind()
    for workspace, group, channel, meeting, at in connection.execute(STANDING).all():
        made = secrets.token_hex(16)
        values = {"workspace": workspace, "group": group, "channel": channel, "meeting": meeting, "at": at}
        connection.execute(
            OWE,
            values | {"id": made, "nonce": secrets.token_hex(16), "kind": REDONE, "key": f"{REDONE}:upgrade:{made}"},
        )
