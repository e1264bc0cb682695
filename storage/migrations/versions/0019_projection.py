"""What stands in Slack follows from what is stored: a message remembers how it looks, one row a message brings it up to
date, and what was written is noted in one place.

Kinds of deliveries that only updated another message are gone. How the messages of going meetings look is found out
before anything else happens (the scope "upgraded"), so that nothing is rewritten that nobody wrote to.
"""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

OF_PERSON = sa.text("scope = 'person'")

UPDATES = {
    "packet_refresh": "packet",
    "packet_over": "packet",
    "draft_refresh": "draft_ready",
    "draft_over": "draft_ready",
    "notes_refresh": "how_did_it_go",
    "batch_refresh": "batch_ready",
    "batch_over": "batch_ready",
    "batch_waits_refresh": "batch_waits",
    "batch_left_refresh": "batch_left",
    "agenda_edited": "agenda",
    "prompt_closed": "prompt",
    "summary_edited": "summary",
    "anonymous_redacted": "anonymous_shown",
    "handoff_edited": "handoff",
    "late_edited": "late_answer",
    "late_gone": "late_answer",
    "former_reader_settled": "former_reader",
    "too_few_refresh": "too_few",
    "too_few_left_refresh": "too_few_left",
    "batch_lapsing_refresh": "batch_lapsing",
    "returned_settled": "returned",
}
REDONE = (
    *("started", "prompt", "packet", "agenda", "handoff", "draft_ready", "invitation", "reminder", "thanks"),
)  # each had a kind “…_redone”
OF = UPDATES | {f"{kind}_redone": kind for kind in REDONE}
BY_ITSELF = {"asked", "draft"}
"""Updates of the packet that come with time, and are planned anew."""

FIRST_WORDS = {"too_few": "few", "too_few_left": "few", "batch_lapsing": "waits", "returned": "back"}
"""What is remembered of messages that only authors of anonymous answers get."""

delivery = sa.table(
    "delivery",
    *(
        sa.column(name)
        for name in (
            *("id", "workspace_id", "kind", "operation", "scope", "meeting_id", "recipient", "subject", "state"),
            *("reason", "sent_at", "sent_channel", "sent_ts", "as_of", "shown", "dedupe_key"),
        )
    ),
)
written = sa.table("written", *(sa.column(name) for name in ("workspace_id", "scope", "scope_id", "times")))


def upgrade() -> None:
    op.create_table(
        "written",
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("scope_id", sa.String(64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "scope", "scope_id", name="pk_written"),
        sqlite_with_rowid=False,
    )
    op.add_column("delivery", sa.Column("refreshes", sa.String(64), nullable=True))
    op.add_column("delivery", sa.Column("as_of", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("shown", sa.String(64), nullable=True))
    op.add_column("delivery", sa.Column("scope", sa.String(64), nullable=False, server_default="meeting"))
    op.drop_index("ix_delivery_thanks", "delivery")
    op.create_index(
        "ix_delivery_of_person",
        "delivery",
        ["workspace_id", "recipient"],
        sqlite_where=OF_PERSON,
        postgresql_where=OF_PERSON,
    )
    connection = op.get_bind()
    _messages(connection)
    _marks(connection)
    op.drop_index("ix_collaborative_plan_wanted", "collaborative")
    op.drop_column("collaborative", "plan_wanted")
    op.drop_index("ix_meeting_mend_wanted", "meeting")
    for name in ("mend_wanted", "agenda_revision", "agenda_given_revision", "packet_revision", "notes_revision"):
        op.drop_column("meeting", name)


def _messages(connection: sa.Connection) -> None:
    """Messages remember what their updates said; the updates' rows go."""
    query = sa.select(delivery).order_by(delivery.c.sent_at, delivery.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    standing: dict[tuple[object, object], list[dict[str, object]]] = {}
    for row in rows:
        if row["operation"] == "post" and row["state"] == "sent":
            standing.setdefault((row["kind"], row["meeting_id"]), []).append(row)
    known: dict[object, dict[str, object]] = {
        row["id"]: {"as_of": row["sent_at"], "shown": FIRST_WORDS.get(str(row["kind"]))}
        for posts in standing.values()
        for row in posts
    }
    to_come: set[tuple[object, object]] = set()
    for row in rows:
        kind = OF.get(str(row["kind"]))
        one = _of(row, standing.get((kind, row["meeting_id"]), ())) if kind is not None else None
        if one is None or row["operation"] not in {"update", "delete"}:
            continue
        if row["state"] == "sent":
            known[one["id"]] |= _said(row, str(kind))
        elif row["state"] in {"planned", "sending", "unclear"} and row["subject"] not in BY_ITSELF:
            to_come.add((one["workspace_id"], one["meeting_id"]))
            known[one["id"]]["differs"] = True
    _forget_updates(connection)
    _remember(connection, known, standing)
    _name_late_answers(connection)
    connection.execute(
        delivery.update()
        .where(delivery.c.kind.in_(("thanks", "home", "dm_cleanup", "note")))
        .values(scope="person", meeting_id=None)
    )
    _mark(connection, to_come, "meeting")
    _mark(
        connection,
        {(row["workspace_id"], row["meeting_id"]) for posts in standing.values() for row in posts},
        "upgraded",
    )


def _of(row: Mapping[str, object], posts: Iterable[Mapping[str, object]]) -> Mapping[str, object] | None:
    """The message that an update was about: of several, the one with its subject."""
    there = [one for one in posts if one["sent_channel"] == row["recipient"]]
    subject, told_apart, _ = str(row["subject"] or "").rpartition("/")
    named = [one for one in there if told_apart and (one["subject"] or "") == subject]
    return next(reversed(named or there), None)


def _said(row: Mapping[str, object], kind: str) -> dict[str, object]:
    said: dict[str, object] = {"as_of": row["sent_at"]}
    if row["kind"] == "late_gone":
        said["gone"] = True
    if kind in FIRST_WORDS:
        word = str(row["subject"] or "").rpartition("-")[2].rpartition("/")[2]
        said["shown"] = word if word in {"few", "enough", "settled"} else FIRST_WORDS[kind]
    return said


def _forget_updates(connection: sa.Connection) -> None:
    connection.execute(delivery.delete().where(delivery.c.kind.in_(sorted(OF))))


def _remember(
    connection: sa.Connection,
    known: Mapping[object, Mapping[str, object]],
    standing: Mapping[tuple[object, object], Iterable[Mapping[str, object]]],
) -> None:
    """The empty text is for what is found out at the start; None for what differs from what stands there."""
    to_find = {row["id"] for posts in standing.values() for row in posts if row["sent_ts"] is not None}
    for one, said in known.items():
        shown = said["shown"] or (None if said.get("differs") or one not in to_find else "")
        values = {"as_of": said["as_of"], "shown": shown}
        if said.get("gone"):
            values |= {"state": "withdrawn", "reason": "deleted: what it showed is gone", "shown": None, "as_of": None}
            values |= {"sent_at": None, "sent_channel": None, "sent_ts": None}
        connection.execute(delivery.update().where(delivery.c.id == one).values(values))


def _name_late_answers(connection: sa.Connection) -> None:
    """A message for each late answer, by the answer's id: of several, the last."""
    late = sa.select(delivery).where(delivery.c.kind == "late_answer").order_by(delivery.c.sent_at.is_(None).desc())
    rows = connection.execute(late.order_by(delivery.c.sent_at, delivery.c.subject)).mappings().all()
    last = {(row["meeting_id"], str(row["subject"]).partition(".")[0]): row["id"] for row in rows}
    for row in rows:
        if row["id"] not in last.values():
            connection.execute(delivery.delete().where(delivery.c.id == row["id"]))
    for (meeting, answer), one in last.items():
        named = {"subject": answer, "dedupe_key": f"late_answer:{meeting}:{answer}"}
        connection.execute(delivery.update().where(delivery.c.id == one).values(named))


def _marks(connection: sa.Connection) -> None:
    for scope, query in {
        "group": "SELECT workspace_id, id FROM collaborative WHERE plan_wanted",
        "meeting": "SELECT workspace_id, id FROM meeting WHERE mend_wanted",
    }.items():
        _mark(connection, {tuple(row) for row in connection.execute(sa.text(query))}, scope)


def _mark(connection: sa.Connection, what: Iterable[tuple[object, ...]], scope: str) -> None:
    there = sa.select(written.c.workspace_id, written.c.scope_id).where(written.c.scope == scope)
    known = {tuple(row) for row in connection.execute(there)}
    rows = [
        {"workspace_id": workspace, "scope": scope, "scope_id": one, "times": 1}
        for workspace, one in sorted((ws, one) for ws, one in set(what) - known if one is not None)
    ]
    if rows:
        connection.execute(written.insert(), rows)
