"""What is for one person and what is for the group: who reads what, from when, and what changes where; as people live
it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.person import CIRCLE, Json, Person, Sandbox, buttons, start_group, words

ASKED_AT = datetime(2026, 9, 5, 14, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)
CLOSED_AT = FIRST - timedelta(hours=2)
OVER = FIRST + timedelta(hours=1, minutes=1)

Everybody = dict[str, Person]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def asked(sandbox: Sandbox, people: Everybody) -> list[Person]:
    """A group of six whose first questions are open; Ana convenes it and leads."""
    await start_group(next(iter(people.values())))
    await sandbox.go_to(ASKED_AT)
    return list(people.values())


async def answers(person: Person, text: str, sees: str) -> str:
    """Fill in the form; what is said."""
    await person.presses("answer", channel=CIRCLE)
    sent = await person.sends(**{"answer-0": text, "sees": sees})
    assert sent["ok"], sent
    said = words(await person.sees_modal())
    await person.closes()
    return said


async def told(person: Person) -> str:
    """All that the bot wrote to somebody."""
    return words([m["blocks"] for m in await person.dms()])


async def changes(sandbox: Sandbox) -> list[Json]:
    """Every change that was made to a message in the channel."""
    return [call for call in await sandbox.calls("chat.update") if call["args"]["channel"] == CIRCLE]


async def test_nothing_in_the_channel_changes_when_somebody_answers_in_private(
    sandbox: Sandbox, asked: list[Person]
) -> None:
    ana, ben, chen, dee, esi, farid = asked
    await answers(ben, "By name", "named")
    await ana.types("agenda")
    await ana.presses("answers_share", channel=CIRCLE)
    await ana.sends()
    await ana.closes()
    stands, before = await sandbox.posted(), await changes(sandbox)
    await answers(chen, "For one alone", "facilitator")
    await answers(chen, "For one alone, changed", "facilitator")
    await answers(dee, "Without a name", "anonymous")
    await esi.presses("pass", channel=CIRCLE)
    await sandbox.go_on(2 * 3600)
    assert await changes(sandbox) == before
    assert await sandbox.posted() == stands
    for reader in (ana, farid):
        everything = words([await reader.reads(), await reader.home(), await reader.dms()])
        assert "took part" not in everything
    await sandbox.go_to(CLOSED_AT)
    prompt = next(m for m in await sandbox.posted() if "Before we meet" in words(m["blocks"]))
    assert "4 people took part" in words(prompt["blocks"])
    before = await changes(sandbox)
    await answers(farid, "Late, for one alone", "facilitator")
    assert await changes(sandbox) == before
    assert "Late, for one alone" in await told(ana)
