"""The message that tells somebody of thanks quotes what they wrote, and says by whom: for as long as that is kept."""

from datetime import UTC, datetime

import pytest

from tests.support.mydata import erases_everything
from tests.support.pasts import ASKED_AT
from tests.support.person import Person, Sandbox, start_group, words

CLOSED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)
TOLD = datetime(2026, 9, 10, 2, tzinfo=UTC)
"""When the afternoon is over everywhere where somebody of them lives."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def thanks_for_all(person: Person) -> None:
    await person.types("responses")
    while True:
        rows = [r for b in (await person.sees_modal())["blocks"] if b["type"] == "actions" for r in _thanks(b)]
        if not rows:
            break
        block, value = rows[0]
        assert (await person.presses_in_modal("thank", block_id=block, value=value))["ok"]
    await person.closes()


def _thanks(block: dict[str, object]) -> list[tuple[object, object]]:
    elements = block["elements"]
    assert isinstance(elements, list)
    return [(block["block_id"], e["value"]) for e in elements if e["action_id"] == "thank"]


async def told(person: Person) -> str:
    (said,) = [words(m["blocks"]) for m in await person.dms() if "thanked you" in words(m["blocks"])]
    return said


async def test_what_is_gone_is_not_quoted_in_it_any_more(sandbox: Sandbox, people: dict[str, Person]) -> None:
    ana, ben, chen, dee, _, farid = people.values()
    await start_group(ana)
    await sandbox.go_to(ASKED_AT)
    for person in (ben, chen, dee):
        await person.types(f"reflect The words of {person.name}")
    await sandbox.go_to(CLOSED_AT)
    for giver in (ana, farid):
        await thanks_for_all(giver)
    await sandbox.go_to(TOLD)
    for person in (ben, chen, dee):
        assert f"The words of {person.name}" in await told(person)
        assert f"@{ana.id}  and  @{farid.id}" in await told(person)

    await ben.types("mine")
    await ben.presses_in_modal("withdraw")
    await ana.types("responses")
    view = await ana.sees_modal()
    at = next(n for n, block in enumerate(view["blocks"]) if chen.name in words(block))
    row = view["blocks"][at + 1]
    take_out = next(e["value"] for e in row["elements"] if e["action_id"] == "take_out")
    assert (await ana.presses_in_modal("take_out", value=take_out, block_id=row["block_id"]))["ok"]
    for person in (ben, chen):
        assert f"The words of {person.name}" not in await told(person)
        assert "isn't with the group any more" in await told(person)

    await dee.types("mine")
    await dee.presses_in_modal("answer_edit")
    await dee.sends(**{"answer-0": "Thought over"})
    assert "The words of" not in await told(dee)
    assert "Thought over" in await told(dee)
    await erases_everything(farid)
    assert f"@{farid.id}" not in await told(dee)
    assert f"@{ana.id}" in await told(dee)
    await dee.presses_in_modal("sees", value="facilitator")
    assert "Thought over" not in await told(dee)
