"""Draining what is due at once in many workspaces, at Slack's rates: half of it posts, half of it updates."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from sqlalchemy import and_, func, or_, select

from bot.deps import Deps
from bot.runtime.clock import MonotonicClock
from storage import tables as t
from storage.database import open_database
from tests.bench.databases import empty
from tests.bench.filling import copies, fill, found_template, see_what_stands
from tests.bench.processes import serving
from tests.bench.report import Row
from tests.bench.slack import UPDATES
from tests.bench.ticking import parts, ticking

FOUNDED, MEETING = datetime(2026, 8, 20, 14, tzinfo=UTC), datetime(2026, 9, 14, 14, tzinfo=UTC)
QUESTIONS = datetime(2026, 9, 9, 14, tzinfo=UTC)
"""Three working days before the meeting at nine in Chicago: the questions are due, and with them each packet."""

GROUPS, WORKSPACES, POSTS_A_MINUTE, FAIL_EVERY = 5_000, 100, 24, 500


async def drain(
    kind: str, server: str, groups: int = GROUPS, workspaces: int = WORKSPACES, posts_a_minute: int = POSTS_A_MINUTE
) -> list[Row]:
    with empty(kind, server) as url:
        await _fill(url, groups, workspaces)
        async with serving("tests.bench.slack") as slack:
            pace = {"on": True, "a_minute": posts_a_minute, "fail_every": FAIL_EVERY, "workspaces": workspaces}
            await _control(slack, pace)
            async with parts(url, slack, MonotonicClock(QUESTIONS + timedelta(seconds=1)).now) as deps:
                begun = time.monotonic()
                await ticking(deps, posts_a_minute=posts_a_minute).settle(patience=65)
                became = await _became(deps)
            said = await _control(slack, {})
    if not became == {("sent", None): said["taken"]} == {("sent", None): groups * 2}:
        raise RuntimeError(f"{groups * 2} were due, {became} are recorded, Slack took {said['taken']}")
    took, best = said["last"] - begun, _best(groups // workspaces, posts_a_minute)
    what = f"draining {groups * 2:,} due messages in {workspaces} workspaces, {kind}"
    beside = f"{took:.1f} s; at best {best:.0f} s ({posts_a_minute} posts, {UPDATES} updates a minute and workspace)"
    refused = f"{said['refused']} of {groups * 2:,}; beside {said['injected']} that were told to wait for no reason"
    return [
        Row(what, "the time that the rates allow at best", took / best if best else 1, 1.05, beside),
        Row(f"429s meanwhile, {kind}", "all messages", 100 * said["refused"] / (groups * 2), 0.1, refused, unit="%"),
    ]


def _best(each: int, posts_a_minute: int) -> float:
    """Seconds: so many posts and so many updates in each workspace, as many at once as a minute has."""
    return max((each - 1) // limit * 60 for limit in (posts_a_minute, UPDATES))


async def _fill(url: str, groups: int, workspaces: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = await found_template(folder, 3, FOUNDED, MEETING, greeted=True)
    await (await open_database(url)).close()
    fill(url, template, copies(groups, workspaces), own_people=True)
    await see_what_stands(url)


async def _became(deps: Deps) -> dict[tuple[str, str | None], int]:
    """What became of them: how many, by state and reason. The questions were posted, and each packet speaks as of when
    they were due."""
    row = t.Delivery
    questions = (row.kind == "prompt", row.refreshes.is_(None), row.planned_for <= deps.now())
    packets = (row.kind == "packet", row.refreshes.is_(None), row.as_of >= QUESTIONS)
    query = select(row.state, row.reason, func.count()).where(or_(and_(*questions), and_(*packets)))
    async with deps.sessions.read() as session:
        found = await session.execute(query.group_by(row.state, row.reason))
        return {(state, reason): count for state, reason, count in found}


async def _control(slack: str, wanted: dict[str, Any]) -> dict[str, Any]:
    async with aiohttp.ClientSession() as client, client.post(f"{slack}/control", json=wanted) as answer:
        said: dict[str, Any] = await answer.json()
        return said
