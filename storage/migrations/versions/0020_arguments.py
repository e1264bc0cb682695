"""What a delivery is about stands in named values, in place of one text that had to be taken apart."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

delivery = sa.table(
    "delivery", sa.column("id"), sa.column("kind"), sa.column("subject"), sa.column("arguments", sa.JSON())
)


def _turn(subject: str) -> Mapping[str, object]:
    turn = subject.partition("-")[0]
    return {"turn": int(turn)} if turn else {}


def _thanked(subject: str) -> Mapping[str, object]:
    day, _, positions = subject.partition(":")
    return {"day": day, "positions": [int(one) for one in positions.split(",") if one]}


def _unclear(subject: str) -> Mapping[str, object]:
    unclear, kind = subject.split("/")[:2]
    return {"delivery": unclear, "kind": kind}


def _named(name: str) -> Callable[[str], Mapping[str, object]]:
    return lambda subject: {name: subject.partition(":")[0]}


ARGUMENTS: Mapping[str, Callable[[str], Mapping[str, object]]] = {
    **dict.fromkeys(("packet", "draft_ready", "batch_ready", "how_did_it_go"), _turn),
    **dict.fromkeys(("lead_ended", "lead_changed", "taken_over", "welcome"), _named("change")),
    "returned": _named("token"),
    "redacted": _named("entry"),
    "thanks": _named("day"),
    "thanked": _thanked,
    "late_answer": _named("answer"),
    "former_reader": lambda subject: {"mark": subject.rpartition(":")[2]},
    "unclear": _unclear,
    "reminder": lambda subject: {"which": subject.rpartition(":")[2]},
    "dm_cleanup": _named("face"),
}


def upgrade() -> None:
    op.add_column("delivery", sa.Column("arguments", sa.JSON(), nullable=False, server_default="{}"))
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(delivery.c.id, delivery.c.kind, delivery.c.subject).where(delivery.c.subject.is_not(None))
    )
    for row in rows.mappings().all():
        made = ARGUMENTS.get(row["kind"])
        if made is not None:
            this = delivery.update().where(delivery.c.id == row["id"])
            connection.execute(this.values(arguments=dict(made(row["subject"]))))
    op.drop_column("delivery", "subject")
