"""A group whose rows don't fit together any more holds up no other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Gauge
from sqlalchemy import text

from bot.delivery.group_backoff import GroupBackoff
from tests.support.databases import look_into
from tests.support.person import SUPERVISORS, Person, Sandbox, start_group, words
from tests.support.running import running, sandbox_settings

DRAFTED_AT = datetime(2026, 9, 7, 20, 1, tzinfo=UTC)

BREAK = (
    # What the one group is to plan is there already and belongs to nobody; the other has to plan it too.
    "UPDATE delivery SET collaborative_id = NULL, state = 'sent' WHERE kind = 'draft_ready' AND collaborative_id IN "
    "(SELECT id FROM collaborative WHERE name = 'Broken')",
    "DELETE FROM delivery WHERE kind = 'draft_ready' AND collaborative_id IS NOT NULL",
    "INSERT INTO written SELECT workspace_id, 'group', id, 1 FROM collaborative",
)

MEND = ("DELETE FROM delivery WHERE kind = 'draft_ready' AND collaborative_id IS NULL",)


def change(database_url: str, statements: Sequence[str]) -> None:
    """By other hands than the bot's."""
    engine = look_into(database_url)
    with engine.begin() as connection:
        for statement in statements:
            assert connection.execute(text(statement)).rowcount >= 1
    engine.dispose()


@pytest.fixture
async def starters(sandbox: Sandbox, sqlite_url: str) -> tuple[Person, Person]:
    """Ana, whose group is broken, and Dee, whose group is whole. Nothing runs yet that could have seen it."""
    async with running(sandbox_settings(sandbox, sqlite_url)):
        ana, dee = [(await sandbox.people())[name] for name in ("Ana", "Dee")]
        await start_group(ana, name="Broken")
        await start_group(dee, channel=SUPERVISORS, name="Whole", members=[ana.id, dee.id])
    change(sqlite_url, BREAK)
    return ana, dee


async def test_what_the_database_refuses_to_one_group_holds_up_no_other(
    sandbox: Sandbox, sqlite_url: str, starters: tuple[Person, Person], logs: StringIO
) -> None:
    ana, dee = starters
    async with running(sandbox_settings(sandbox, sqlite_url), logs):
        await sandbox.go_to(DRAFTED_AT)
        assert "Change what you like" in words([m["blocks"] for m in await dee.dms()])
        assert "Change what you like" not in words([m["blocks"] for m in await ana.dms()])
    assert logs.getvalue().count('"group broken"') >= 1


async def test_it_is_looked_at_again_after_a_while_and_goes_on_when_it_is_whole(
    sandbox: Sandbox, sqlite_url: str, starters: tuple[Person, Person], logs: StringIO
) -> None:
    ana, _ = starters
    async with running(sandbox_settings(sandbox, sqlite_url), logs):
        broken = []
        for seconds in (1, 1, 30, 31, 60, 70):
            await sandbox.go_on(seconds)
            broken.append(logs.getvalue().count('"group broken"'))
        assert broken == [1, 1, 1, 2, 2, 3]
        change(sqlite_url, MEND)
        await sandbox.go_to(DRAFTED_AT)
        assert "Change what you like" in words([m["blocks"] for m in await ana.dms()])


@given(st.integers(1, 12), st.integers(0, 10_000))
def test_each_time_it_is_left_alone_twice_as_long_for_an_hour_at_most(times: int, seconds: int) -> None:
    broken, now = GroupBackoff(Gauge("broken", "Broken groups.", registry=None)), DRAFTED_AT
    for _ in range(times):
        broken.add("G1", now)
    later = now + timedelta(seconds=seconds)
    minutes = min(2 ** (times - 1), 60)
    assert broken.resting(later) == ({"G1"} if seconds < minutes * 60 else set())
    assert broken.resting(now - timedelta(seconds=1)) == set(), "the clock was set back"
    broken.keep({"G2"})
    assert broken.resting(now) == set()
    broken.add("G1", now)
    assert broken.resting(now + timedelta(seconds=60)) == set(), "it was whole in between"
