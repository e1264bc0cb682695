"""The rhythm goes by working days, answering ends at a time of its own, and so does the agenda come.

Open rounds keep their times: their agenda is due when it was, which is when answering ends. From their next round on,
groups follow the new rhythm. What a group had changed is kept as far as it can be said in the new terms: days of the
calendar become working days, and answering ends on the day on which the draft came.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0011"
down_revision = "0010"

TO_POST = sa.text("state = 'upcoming' AND agenda_posted_at IS NULL")
OLD_PROMPT_DAYS, OLD_DRAFT_DAYS = 3, 1
FRIDAY = 4
AFTERNOON = time(15)


def upgrade() -> None:
    op.add_column(
        "collaborative", sa.Column("closes_days_before", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )
    op.add_column(
        "collaborative", sa.Column("closes_time", types.WallTime(length=5), nullable=False, server_default="15:00")
    )
    op.add_column(
        "collaborative", sa.Column("working_days", types.Week(length=7), nullable=False, server_default="01234")
    )
    _say_rhythms_anew()
    op.drop_column("collaborative", "draft_days_before")
    _give_agendas_a_time()
    for name in ("squeezed", "former_rhythm", "batch_in_agenda"):
        op.add_column("meeting", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE meeting SET former_rhythm = true WHERE state = 'upcoming'")
    op.add_column("reflection", sa.Column("on_agenda", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_meeting_to_post", "meeting", ["agenda_due_at"], sqlite_where=TO_POST, postgresql_where=TO_POST)


def _give_agendas_a_time() -> None:
    """What it was until now: the end of answering; where no questions were asked, the meeting itself."""
    # SQLite takes no new column that may not be empty without a default, and can't change one in place.
    never = sa.text("'1970-01-01 00:00:00.000000'")
    due: sa.Column[datetime] = sa.Column(
        "agenda_due_at", types.UtcDateTime(timezone=True), nullable=False, server_default=never
    )
    op.add_column("meeting", due)
    op.execute(
        "UPDATE meeting SET agenda_due_at = COALESCE("
        "(SELECT closes_at FROM prompt WHERE prompt.meeting_id = meeting.id), starts_at)"
    )


# ---- Rhythms ----

_groups = sa.table(
    "collaborative",
    sa.column("id", sa.String()),
    sa.column("first_on", sa.Date()),
    sa.column("meets_at", types.WallTime()),
    sa.column("prompt_at", types.WallTime()),
    sa.column("closes_time", types.WallTime()),
    *(
        sa.column(name, sa.Integer())
        for name in ("prompt_days_before", "draft_days_before", "agenda_hours_before", "closes_days_before")
    ),
)


def _say_rhythms_anew() -> None:
    """The rhythm that was the default becomes the new one by the columns' defaults."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_groups)).all():
        prompt = _in_working_days(row.first_on, row.prompt_days_before, OLD_PROMPT_DAYS)
        closes, at = _closing(row, prompt)
        said = {"prompt_days_before": prompt, "closes_days_before": closes, "closes_time": at}
        connection.execute(sa.update(_groups).where(_groups.c.id == row.id).values(said))


def _closing(row: sa.Row[Any], prompt: int) -> tuple[int, time]:
    """When answering ends: on the day on which the draft came, at the new time; before that there was the agenda, or
    not yet the questions, and it ends with the agenda, as it did."""
    agenda = datetime.combine(row.first_on, row.meets_at) - timedelta(hours=row.agenda_hours_before)
    with_agenda = _in_working_days(row.first_on, (row.first_on - agenda.date()).days), agenda.time()
    closes = _in_working_days(row.first_on, row.draft_days_before, OLD_DRAFT_DAYS), AFTERNOON
    asked = prompt, row.prompt_at
    return closes if _comes_before(asked, closes) and _comes_before(closes, with_agenda) else with_agenda


def _comes_before(one: tuple[int, time], other: tuple[int, time]) -> bool:
    """Of two times so many days before a meeting."""
    return (-one[0], one[1]) < (-other[0], other[1])


def _in_working_days(meets_on: date, days: int, default: int | None = None) -> int:
    """How many working days before a meeting something is that came so many days before; weekends are Friday's."""
    if days == default:
        return default
    day = meets_on - timedelta(days=days)
    between = sum((day + timedelta(days=n)).weekday() <= FRIDAY for n in range(days))
    return between if day.weekday() <= FRIDAY or days == 0 else between + 1
