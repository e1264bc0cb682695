"""From 0010 to 0011: the old rhythm becomes the new one, what was changed is kept, open rounds keep their times."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, column, text
from sqlalchemy import insert as sa_insert
from sqlalchemy import table as sa_table

from storage.database import make_engine, open_database, parse_address
from storage.migrating import migrate
from tests.support.databases import fresh_database, look_into

TUESDAY, MONDAY = date(2026, 9, 8), date(2026, 9, 7)
OLD = {
    "first_on": TUESDAY,
    "meets_at": "10:00",
    "prompt_days_before": 3,
    "prompt_at": "09:00",
    "draft_days_before": 1,
    "agenda_hours_before": 2,
    "handoff_hours_after": 24,
    "notice_hours_before": 4,
    "questions_per_prompt": 2,
}
GROUPS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it was": ({}, {"prompt_days_before": 3, "closes_days_before": 1, "closes_time": "15:00"}),
    "three questions": ({"questions_per_prompt": 3}, {"questions_per_prompt": 3, "closes_days_before": 1}),
    "in the afternoon": ({"prompt_at": "13:30"}, {"prompt_days_before": 3, "prompt_at": "13:30"}),
    "a week before": ({"prompt_days_before": 7}, {"prompt_days_before": 5, "closes_days_before": 1}),
    "on a Sunday": (
        {"prompt_days_before": 8, "first_on": MONDAY},
        {"prompt_days_before": 6},  # the Friday before that Sunday
    ),
    "an early draft": ({"draft_days_before": 5, "prompt_days_before": 10}, {"closes_days_before": 3}),  # on Thursday
    "a day for the agenda": (
        {"agenda_hours_before": 24},
        {"agenda_hours_before": 24, "closes_days_before": 1, "closes_time": "10:00"},
    ),
    "no draft before": ({"draft_days_before": 0}, {"closes_days_before": 0, "closes_time": "08:00"}),
    "asked late": (
        {"prompt_days_before": 1, "prompt_at": "17:00"},
        {"prompt_days_before": 1, "prompt_at": "17:00", "closes_days_before": 0, "closes_time": "08:00"},
    ),
}


def insert(connection: Connection, table: str, **values: Any) -> None:
    made = sa_table(table, *(column(name) for name in values))
    connection.execute(sa_insert(made).values(values))


def fill(connection: Connection) -> None:
    insert(connection, "workspace", id="T1", name="One", bot_id="UB")
    for number, (changes, _) in enumerate(GROUPS.values()):
        given = OLD | changes
        group = {"id": f"g{number}", "workspace_id": "T1", "channel_id": f"C{number}", "state": "active"}
        words = {"name": "Circle", "purpose_kind": "topic", "purpose": "To learn", "stage": "growing", "place": ""}
        when = {"frequency": "biweekly", "zone": "America/Chicago", "length_minutes": 60, "facilitation": "rotating"}
        insert(
            connection,
            "collaborative",
            **group,
            **words,
            **when,
            **given,
            started_by="U1",
            started_at="2026-08-31 14:00:00",
            plan_wanted=False,
        )
    scope = {"workspace_id": "T1", "collaborative_id": "g0"}
    insert(
        connection,
        "meeting",
        **scope,
        id="m0",
        slot="2026-09-08T10:00",
        starts_at="2026-09-08 15:00:00",
        length_minutes=60,
        state="upcoming",
        stage="growing",
        agenda_revision=0,
        draft_due_at="2026-09-07 15:00:00",
        handover_due_at="2026-09-09 16:00:00",
    )
    insert(
        connection,
        "prompt",
        **scope,
        id="p0",
        meeting_id="m0",
        opens_at="2026-09-05 14:00:00",
        closes_at="2026-09-08 13:00:00",
        batch="collecting",
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_groups_follow_the_new_rhythm_keep_what_they_chose_and_finish_what_is_open(
    kind: str, server: str, tmp_path: Path
) -> None:
    with fresh_database(server) as postgresql:
        url = postgresql if kind == "postgresql" else f"sqlite:///{tmp_path}/collab.db"
        engine = make_engine(parse_address(url))
        await migrate(engine, "0010")
        async with engine.begin() as connection:
            await connection.run_sync(fill)
        await engine.dispose()
        await (await open_database(url)).close()
        looking = look_into(url)
        with looking.connect() as reading:
            groups = {row["id"]: row for row in reading.execute(text("SELECT * FROM collaborative")).mappings()}
            kept = reading.scalar(
                text(
                    "SELECT count(*) FROM meeting JOIN prompt ON prompt.meeting_id = meeting.id "
                    "JOIN agenda ON agenda.meeting_id = meeting.id "
                    "WHERE due_at = closes_at AND draft_due_at < closes_at"
                )
            )
        looking.dispose()
    assert kept == 1
    for number, (name, (_, becomes)) in enumerate(GROUPS.items()):
        got = {field: groups[f"g{number}"][field] for field in becomes}
        assert got == becomes, name
    assert {row["working_days"] for row in groups.values()} == {"01234"}
