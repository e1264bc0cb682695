"""A group whose rows don't fit together any more holds up no other."""

from datetime import UTC, datetime
from io import StringIO

from sqlalchemy import text

from tests.conftest import look_into, running, sandbox_settings
from tests.person import SUPERVISORS, Sandbox, start_group, words

DRAFTED_AT = datetime(2026, 9, 7, 15, 1, tzinfo=UTC)

BREAK = (
    # What the one group is to plan is there already and belongs to nobody; the other has to plan it too.
    "UPDATE delivery SET collaborative_id = NULL, state = 'sent' WHERE kind = 'draft_ready' AND collaborative_id IN "
    "(SELECT id FROM collaborative WHERE name = 'Broken')",
    "DELETE FROM delivery WHERE kind = 'draft_ready' AND collaborative_id IS NOT NULL",
    "UPDATE collaborative SET plan_wanted = true",
)


async def test_what_the_database_refuses_to_one_group_holds_up_no_other(
    sandbox: Sandbox, sqlite_url: str, logs: StringIO
) -> None:
    settings = sandbox_settings(sandbox, sqlite_url)
    async with running(settings):
        ana, dee = [(await sandbox.people())[name] for name in ("Ana", "Dee")]
        await start_group(ana, name="Broken")
        await start_group(dee, channel=SUPERVISORS, name="Whole", members=[ana.id, dee.id])
    engine = look_into(sqlite_url)
    with engine.begin() as connection:
        for statement in BREAK:
            assert connection.execute(text(statement)).rowcount >= 1
    engine.dispose()
    async with running(settings, logs):
        await sandbox.go_to(DRAFTED_AT)
        assert "Change what you like" in words([m["blocks"] for m in await dee.dms()])
    assert logs.getvalue().count('"group broken"') == 1
