"""Groups of every cadence, lived through for weeks or, with --soak, for years: each meeting has its three posts at the
right time on the wall clock, questions come round, and so do those who lead."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.domain.cadence import Frequency
from sandbox.sandbox import Sandbox as Workspace
from sandbox.sandbox import make_sandbox
from sandbox.world import BOT_USER, Channel
from tests.faults.judge import Charter, expected, judge
from tests.support.databases import look_into
from tests.support.person import Sandbox, start_group
from tests.support.running import running, sandbox_settings, serving_sandbox

BEGIN = datetime(2026, 9, 21, 14, tzinfo=UTC)
WEEKS, YEARS = timedelta(weeks=6), timedelta(days=1000)
"""Both have clocks that are changed; the weeks hold Berlin's and Adelaide's."""

LEG = timedelta(weeks=2)
"""How far time goes at once: a minute holds fifty changes of messages at most, and this holds fewer."""

PEOPLE = ("U0ANA", "U0BEN", "U0CHEN", "U0DEE", "U0ESI", "U0FARID")
GROUPS = {
    "C0WEEKLY": (Frequency.WEEKLY, date(2026, 9, 29), time(2, 30), "Europe/Berlin"),
    "C0BIWEEKLY": (Frequency.BIWEEKLY, date(2026, 10, 1), time(10), "America/Chicago"),
    "C0WEEKDAY": (Frequency.MONTHLY_WEEKDAY, date(2026, 10, 13), time(18, 15), "Asia/Kolkata"),
    "C0LAST": (Frequency.MONTHLY_LAST, date(2026, 9, 27), time(2, 15), "Australia/Adelaide"),
    "C0DATE": (Frequency.MONTHLY_DATE, date(2026, 10, 31), time(9), "Europe/London"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Weeks on SQLite, years on both."""
    kinds = ["sqlite", "postgresql"] if metafunc.config.getoption("--soak") else ["sqlite"]
    metafunc.parametrize("kind", kinds)


def workspace_with_channels() -> Workspace:
    whole = make_sandbox(BEGIN)
    whole.limits.on = False
    for name in GROUPS:
        members = [*PEOPLE, BOT_USER]
        whole.world.channels[name] = Channel(name, name.lower(), int(BEGIN.timestamp()), "U0ANA", members=members)
    return whole


async def found_all(sandbox: Sandbox) -> list[Charter]:
    ana, charters = (await sandbox.people())["Ana"], []
    for channel, (frequency, first, at, zone) in GROUPS.items():
        charters.append(Charter(channel, frequency, first, at, zone, await sandbox.now()))
        when = {"frequency": frequency.value, "at": at.isoformat("minutes"), "zone": zone}
        await start_group(ana, first.isoformat(), channel, name=f"Circle {channel[2:].lower()}", **when)
    return charters


def make_room(database_url: str) -> None:
    """What was sent counts towards this minute's limits no longer: here weeks take seconds."""
    engine = look_into(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET lease_until = NULL WHERE state = 'sent'"))
    engine.dispose()


def asked_in(database_url: str) -> dict[str, list[list[str]]]:
    """By channel: the questions of each prompt, in the order of meetings."""
    rows = _rows(
        database_url,
        "SELECT c.channel_id, m.number, q.question_id FROM prompt_question q JOIN prompt p ON p.id = q.prompt_id "
        "JOIN meeting m ON m.id = p.meeting_id JOIN collaborative c ON c.id = m.collaborative_id "
        "ORDER BY c.channel_id, m.number, q.position",
    )
    return {
        channel: [[q for _, _, q in prompt] for _, prompt in groupby(of, key=lambda row: row[1])]
        for channel, of in groupby(rows, key=lambda row: row[0])
    }


def led_in(database_url: str) -> dict[str, list[str]]:
    """By channel: who led each meeting."""
    rows = _rows(
        database_url,
        "SELECT c.channel_id, m.number, m.facilitator_id FROM meeting m JOIN collaborative c "
        "ON c.id = m.collaborative_id WHERE m.number IS NOT NULL ORDER BY c.channel_id, m.number",
    )
    return {channel: [who for _, _, who in of] for channel, of in groupby(rows, key=lambda row: row[0])}


def _rows(database_url: str, question: str) -> list[tuple[str, int, str]]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        found = [(str(a), int(b), str(c)) for a, b, c in connection.execute(text(question))]
    engine.dispose()
    return found


def bank() -> set[str]:
    """Every question of the first stage that fits a group with a topic, read by hand."""
    file = Path(__file__).parents[1] / "prompts/getting_started.en.toml"
    questions = tomllib.loads(file.read_text())["question"]
    return {q["id"] for q in questions if not q.get("purposes") or "topic" in q["purposes"]}


def assert_come_round(prompts: Sequence[Sequence[str]], pool: set[str]) -> None:
    """None a second time before every one was asked once, and so on from then."""
    times: Counter[str] = Counter(dict.fromkeys(pool, 0))
    for prompt in prompts:
        assert len(set(prompt)) == len(prompt)
        times.update(prompt)
        again = [q for q in prompt if times[q] > min(times.values()) + 1]
        assert again == [], prompt


def assert_fair(led: Sequence[str]) -> None:
    """The starter first; among any six meetings in a row nobody leads twice."""
    assert led[0] == "U0ANA"
    rounds = [led[n : n + len(PEOPLE)] for n in range(len(led))]
    assert [some for some in rounds if len(set(some)) != len(some)] == []


@pytest.fixture
def url(request: pytest.FixtureRequest, kind: str) -> str:
    return str(request.getfixturevalue(f"{kind}_url"))


@pytest.fixture
def long(request: pytest.FixtureRequest) -> timedelta:
    return YEARS if request.config.getoption("--soak") else WEEKS


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(7200)
async def test_every_meeting_has_its_three_posts_its_questions_and_somebody_who_leads(
    url: str, long: timedelta
) -> None:
    whole = workspace_with_channels()
    async with serving_sandbox(whole) as sandbox, running(sandbox_settings(sandbox, url)):
        charters = await found_all(sandbox)
        end = BEGIN + long
        while (now := await sandbox.now()) < end:
            await sandbox.go_to(min(now + LEG, end))
            make_room(url)
        await sandbox.go_on(30)
        channels = {name: await sandbox.posted(name) for name in GROUPS}
        verdict = judge(charters, channels, await sandbox.now())
    assert (verdict.missed, verdict.doubled) == ([], [])
    assert verdict.posts == sum(len(expected(charter, end)) for charter in charters)
    assert_all_in_time(charters, channels, end)
    for prompts in asked_in(url).values():
        assert_come_round(prompts, bank())
    for led in led_in(url).values():
        assert_fair(led)


def assert_all_in_time(charters: Sequence[Charter], channels: dict[str, list[dict[str, str]]], end: datetime) -> None:
    """Not only before it had become pointless, but when it was due."""
    for charter in charters:
        moments = [due.at.timestamp() for due in expected(charter, end)]
        posted = [float(message["ts"]) for message in channels[charter.channel]]
        late = [at - due for due, at in zip(sorted(moments), sorted(posted), strict=True)]
        assert all(-1 <= seconds < 120 for seconds in late), (charter.channel, max(late))
