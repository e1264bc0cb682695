"""A private channel that is renamed, archived, opened again, or that the bot is taken out of: heard of at once."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.person import SUPERVISORS, Person, Sandbox, start_group, words

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)
COLLAB = "U0COLLAB"

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def told(person: Person) -> list[str]:
    return [said for m in await person.dms() if "I can't post for" in (said := words(m["blocks"]))]


async def asked(sandbox: Sandbox) -> int:
    return len([m for m in await sandbox.posted(SUPERVISORS) if "Before we meet" in words(m["blocks"])])


async def agendas(sandbox: Sandbox) -> int:
    return len([m for m in await sandbox.posted(SUPERVISORS) if words(m["blocks"]).startswith("Agenda")])


async def test_a_private_channels_life_is_followed(sandbox: Sandbox, people: Everybody) -> None:
    dee, ana = people["Dee"], people["Ana"]
    await sandbox.must("channel", op="rename", channel=SUPERVISORS, name="leads")
    assert "You can start one in #leads" in words(await dee.home())
    await start_group(dee, channel=SUPERVISORS, members=[dee.id, ana.id])

    await sandbox.must("channel", op="archive", channel=SUPERVISORS)
    await sandbox.go_on(3600)  # nine o'clock in Denver
    (said,) = await told(dee)  # and not when the next message would have been due
    assert "the channel was archived" in said
    await sandbox.go_to(FIRST - timedelta(days=1))
    assert len(await told(dee)) == 1
    assert await told(ana) == []
    assert await asked(sandbox) == 0

    await sandbox.must("channel", op="unarchive", channel=SUPERVISORS)
    await sandbox.go_on(60)
    assert await asked(sandbox) == 1

    await sandbox.must("channel", op="leave", channel=SUPERVISORS, person=COLLAB)
    await sandbox.go_to(FIRST - timedelta(hours=1))
    assert await agendas(sandbox) == 0
    await sandbox.must("channel", op="join", channel=SUPERVISORS, person=COLLAB)
    await sandbox.go_on(60)
    assert await agendas(sandbox) == 1
