"""The rules of a zone change between planning and meeting: the wall clock holds, nothing comes twice or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.databases import look_into
from tests.support.person import Person, Sandbox, start_group, words
from tests.support.process import Process, living
from tests.support.running import running, sandbox_settings
from tests.support.zonefiles import AN_HOUR_EARLIER, AS_IT_IS, NO_MORE_SUMMER, write_zone, zones_in

FOUNDED = datetime(2026, 8, 31, 14, tzinfo=UTC)
MEETING = datetime(2026, 9, 8, 10)  # noqa: DTZ001 - on the wall clock
WALL = {
    "Before we meet": datetime(2026, 9, 3, 9),  # noqa: DTZ001 - on the wall clock
    "Agenda": MEETING - timedelta(hours=2),
    "Handing over": MEETING + timedelta(hours=25),
}
HOURS = {AS_IT_IS: 5, NO_MORE_SUMMER: 6, AN_HOUR_EARLIER: 4}
"""How far each rule is behind UTC in September."""

CHANGES = {
    "right after planning": datetime(2026, 9, 1, 12, tzinfo=UTC),
    "while people answer": datetime(2026, 9, 6, 12, tzinfo=UTC),
    "the evening before": datetime(2026, 9, 8, 1, tzinfo=UTC),
    "while they meet": datetime(2026, 9, 8, 15, 30, tzinfo=UTC),
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    there = tmp_path / "zones"
    write_zone(there, AS_IT_IS)
    with zones_in(there):
        yield there


def expected(changed_at: datetime, rule: str) -> dict[str, datetime]:
    """Every heading's moment: what had come to pass, or had begun, is where the old rules put it."""
    old = {heading: wall.replace(tzinfo=UTC) + timedelta(hours=HOURS[AS_IT_IS]) for heading, wall in WALL.items()}
    new = {heading: wall.replace(tzinfo=UTC) + timedelta(hours=HOURS[rule]) for heading, wall in WALL.items()}
    began = MEETING.replace(tzinfo=UTC) + timedelta(hours=HOURS[AS_IT_IS]) <= changed_at
    return {heading: old[heading] if began or old[heading] <= changed_at else new[heading] for heading in WALL}


async def stands(sandbox: Sandbox) -> dict[str, list[datetime]]:
    """When each heading was posted, to the minute."""
    found: dict[str, list[datetime]] = {heading: [] for heading in WALL}
    for message in await sandbox.posted():
        for heading, moments in found.items():
            if heading in words(message["blocks"]):
                at = datetime.fromtimestamp(float(message["ts"]), UTC)
                moments.append(at.replace(second=0, microsecond=0))
    return found


async def told(sandbox: Sandbox) -> set[datetime]:
    """Every moment that a message in the channel names, of those that say when the group meets."""
    messages = [m["blocks"] for m in await sandbox.posted()]
    return {moment for m in messages if "Thank you" not in words(m) for moment in moments(m)}


def moments(node: Any) -> Iterator[datetime]:
    if isinstance(node, list):
        for part in node:
            yield from moments(part)
    elif isinstance(node, dict):
        if node.get("type") == "date":
            yield datetime.fromtimestamp(node["timestamp"], UTC)
        for part in node.values():
            yield from moments(part)


@pytest.mark.parametrize(("when", "rule"), list(zip(CHANGES, [NO_MORE_SUMMER, AN_HOUR_EARLIER] * 2, strict=True)))
@pytest.mark.usefixtures("started_before")
async def test_a_running_bot_takes_notice_within_a_day_and_keeps_the_wall_clock(
    sandbox: Sandbox, database_url: str, folder: Path, when: str, rule: str
) -> None:
    async with running(sandbox_settings(sandbox, database_url)):
        # The bot looks once a day, so the change is made as long before it begins to tell.
        looked = CHANGES[when] - (CHANGES[when] - FOUNDED) % timedelta(days=1)
        await sandbox.go_to(looked + timedelta(seconds=30))
        write_zone(folder, rule)
        await sandbox.go_to(CHANGES[when] if when == "while they meet" else looked + timedelta(days=1, minutes=1))
        holds = AS_IT_IS if when == "while they meet" else rule
        meeting = {rule: MEETING.replace(tzinfo=UTC) + timedelta(hours=HOURS[rule]) for rule in HOURS}
        assert (await told(sandbox)) & set(meeting.values()) == {meeting[holds]}
        if when == "while people answer":
            assert meeting[holds] - timedelta(hours=19) in await told(sandbox)  # when answering ends
        await sandbox.go_to(datetime(2026, 9, 12, tzinfo=UTC))
        noticed = looked + timedelta(days=1)
        assert await stands(sandbox) == {h: [at] for h, at in expected(noticed, rule).items()}
        await sandbox.go_to(datetime(2026, 9, 17, 16, tzinfo=UTC))  # and so with the next meeting
        second = timedelta(days=14) + timedelta(hours=HOURS[rule])
        _, *asked = (await stands(sandbox))["Before we meet"]
        assert asked == [WALL["Before we meet"].replace(tzinfo=UTC) + second]


@pytest.mark.usefixtures("started_before")
async def test_what_single_members_were_told_says_the_new_time_too(
    sandbox: Sandbox, database_url: str, folder: Path
) -> None:
    async with running(sandbox_settings(sandbox, database_url)):
        ana, ben, chen, *_ = (await sandbox.people()).values()
        await ben.types("settings")
        assert (await ben.sends(where="dm", reminders="twice"))["ok"]
        await ben.closes()
        await sandbox.go_to(datetime(2026, 9, 7, 18, tzinfo=UTC))
        everybody = {ana: "agenda draft", ben: "asks, before", chen: "Would you like to say"}
        old = {person: await _moments_told(person, heading) for person, heading in everybody.items()}
        reminded = await _moments_told(ben, "Would you like to say")
        assert all(old.values()), old
        write_zone(folder, AN_HOUR_EARLIER)
    async with running(sandbox_settings(sandbox, database_url)):
        await sandbox.settle()
        hour = timedelta(hours=1)
        for person, heading in everybody.items():
            assert await _moments_told(person, heading) == {moment - hour for moment in old[person]}
        assert await _moments_told(ben, "Would you like to say") == {moment - hour for moment in reminded}
        await sandbox.go_to(MEETING.replace(tzinfo=UTC) + timedelta(hours=4))
    engine = look_into(database_url)
    with engine.connect() as connection:
        left = set(connection.scalars(text("SELECT kind FROM delivery")))
        anew = set(connection.scalars(text("SELECT kind FROM delivery WHERE refreshes IS NOT NULL")))
    engine.dispose()
    assert "prompt" in anew
    assert not [kind for kind in left if kind.startswith(("reminder", "invitation"))], "it would tell who had answered"


async def _moments_told(person: Person, heading: str) -> set[datetime]:
    """The moments that are named in the direct messages that say this."""
    found = [m["blocks"] for m in await person.dms() if heading in words(m["blocks"])]
    return {moment for blocks in found for moment in moments(blocks)}


@pytest.mark.parametrize(
    ("when", "rule"), [("right after planning", AN_HOUR_EARLIER), ("while they meet", NO_MORE_SUMMER)]
)
@pytest.mark.usefixtures("started_before")
async def test_a_process_that_starts_with_new_rules_keeps_the_wall_clock(
    sandbox: Sandbox, database_url: str, folder: Path, when: str, rule: str
) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        await sandbox.go_to(CHANGES[when])
    write_zone(folder, rule)
    async with running(settings):
        await sandbox.go_to(datetime(2026, 9, 12, tzinfo=UTC))
    assert await stands(sandbox) == {h: [at] for h, at in expected(CHANGES[when], rule).items()}


async def test_a_real_process_reads_what_the_system_has_by_then(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    there = tmp_path / "zones"
    write_zone(there, AS_IT_IS)
    process = Process(sandbox, database_url, tmp_path, PYTHONTZPATH=str(there))
    async with living(process):
        await start_group(next(iter((await sandbox.people()).values())))
    write_zone(there, NO_MORE_SUMMER)
    async with living(process):
        await sandbox.go_to(datetime(2026, 9, 12, tzinfo=UTC))
    assert await stands(sandbox) == {
        h: [at] for h, at in expected(CHANGES["right after planning"], NO_MORE_SUMMER).items()
    }
