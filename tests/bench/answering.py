"""Answers over HTTP: acknowledged and durably stored, against an empty listener and against a bare INSERT."""

import asyncio
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

import aiohttp
import psycopg
from sqlalchemy import Engine, Select, create_engine, func, insert, literal, make_url, select, update

from storage import tables as t
from storage.database import open_database
from tests.bench.filling import Copy, Template, copies, fill, found_template, member_of, see_what_stands
from tests.bench.load import command
from tests.bench.processes import SECRET, bot, load, serving
from tests.bench.report import Row

GROUPS, MEMBERS = 100, 40


def p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98]


async def prepare(folder: str, database_url: str, groups: int) -> tuple[Template, list[Copy]]:
    """Groups whose questions are open, each with members of its own."""
    now = datetime.now(UTC)
    template = await found_template(folder, MEMBERS, now - timedelta(hours=1), now + timedelta(days=2))
    await (await open_database(database_url)).close()
    wanted = copies(groups, 1)
    fill(database_url, template, wanted, own_people=True)
    _mark_sent(database_url, now)
    await see_what_stands(database_url)
    return template, wanted


def _mark_sent(database_url: str, now: datetime) -> None:
    """What was due by now is out already: people answer questions that they can see. Everybody is known, as some time
    after a start."""
    engine = judge(database_url)
    out: dict[str, Any] = {"state": "sent", "sent_at": now, "sent_channel": t.Delivery.recipient, "sent_ts": "1.0"}
    with engine.begin() as connection:
        connection.execute(update(t.Delivery).where(t.Delivery.due_at <= now).values(out))
        groups = select(t.Collaborative.workspace_id, literal("group"), t.Collaborative.id, literal(1))
        for table in (t.Channel, t.ChannelMember, t.Person):
            connection.execute(update(table).values(read_in=1))
        connection.execute(insert(t.Written).from_select(["workspace_id", "scope", "scope_id", "times"], groups))
    engine.dispose()


async def planned(database_url: str) -> None:
    """Until the bot has planned for everybody in every group, as it had when their questions were posted."""
    engine = judge(database_url)
    wanted = select(func.count()).select_from(t.Written)
    while await asyncio.to_thread(_count, engine, wanted):  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.1)
    engine.dispose()


def answers(template: Template, wanted: list[Copy], respond: str) -> list[bytes]:
    """One from each member of each group, the groups by turns."""
    return [
        command(copy.workspace, copy.channel, member_of(copy, member), f"reflect What {member} learned", respond)
        for member in template.members
        for copy in wanted
    ]


async def answering(kind: str, server: str, groups: int = GROUPS) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/collab.db" if kind == "sqlite" else server
        template, wanted = await prepare(folder, url, groups)
        async with serving("tests.bench.slack") as slack:
            bodies = answers(template, wanted, f"{slack}/respond")
            async with serving("tests.bench.empty", SECRET, slack) as address:
                await load(address, bodies[:500])
                empty = await load(address, bodies)
            await tell(slack, channels=[copy.channel for copy in wanted])
            async with bot(slack, url) as address:
                await planned(url)
                stored = await load(address, bodies)
        kept = count(url)
        bare = insert_and_commit(url, 1000)
    if (kept, stored["refused"]) != (len(bodies), 0):
        raise RuntimeError(f"{kept} of {len(bodies)} answers were kept, {stored['refused']} refused")
    a_second, baseline = len(bodies) / stored["seconds"], len(bodies) / empty["seconds"]
    beside = f"{a_second:.0f}/s; empty {baseline:.0f}/s; bare INSERT + COMMIT {bare:.0f}/s"
    tail = f"{p99(stored['took']) * 1000:.0f} ms; empty {p99(empty['took']) * 1000:.0f} ms"
    reach = 0.5 if kind == "sqlite" else 0.4
    return [
        Row(f"answers a second, {kind}", "an empty listener", a_second / baseline, reach, beside, at_least=True),
        Row(
            f"their 99th percentile, {kind}", "the empty listener's", p99(stored["took"]) / p99(empty["took"]), 3, tail
        ),
    ]


async def tell(slack: str, **wanted: Any) -> None:
    """Tell the stand-in how to be."""
    async with aiohttp.ClientSession() as http, http.post(f"{slack}/control", json=wanted) as answer:
        answer.raise_for_status()


def judge(url: str) -> Engine:
    """The database as somebody opens it who stands beside the bot."""
    driver = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    return create_engine(make_url(url).set(drivername=driver))


def count(url: str) -> int:
    engine = judge(url)
    kept = _count(engine, select(func.count()).select_from(t.Reflection))
    engine.dispose()
    return kept


def _count(engine: Engine, query: Select[int]) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def insert_and_commit(url: str, times: int) -> float:
    """How many a second, one after the other."""
    connection: Any
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        mark = "?"
    else:
        connection = psycopg.connect(url, autocommit=True)
        mark = "%s"
    connection.execute("CREATE TABLE bare (id integer primary key, said text)")
    begun = time.perf_counter()
    for number in range(times):
        connection.execute(f"INSERT INTO bare VALUES ({mark}, 'What somebody learned')", (number,))  # noqa: S608
    seconds = time.perf_counter() - begun
    connection.execute("DROP TABLE bare")
    connection.close()
    return times / seconds
