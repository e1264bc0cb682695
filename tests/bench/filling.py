"""Large databases, quickly: a real group is founded once, and its rows are copied under other ids."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.planning import plan_group
from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Charter, Facilitation
from bot.domain.questions import Purpose
from bot.domain.rounds import Place
from bot.services import founding, people
from bot.services.opening import Asker
from bot.services.people import ChannelFacts, PersonFacts
from prompts.bank import load_bank
from storage import tables as t
from storage.opening import open_database

ZONE = "America/Chicago"
CHUNK = 5_000
WORKSPACE, CHANNEL = "TTEMPLATE", "CTEMPLATE"

Rows = dict[Table, list[dict[str, Any]]]


@dataclass(frozen=True)
class Template:
    """A founded group: its rows, by table, and the ids in them that a copy has its own of."""

    rows: Rows
    members: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def meeting(self) -> str:
        return str(self.rows[t.Meeting.__table__][0]["id"])  # type: ignore[index]  # a declared class has a table


def person(number: int) -> str:
    return f"U{number:08d}"


async def found_template(folder: str, members: int, now: datetime, first: datetime) -> Template:
    """A group of so many, founded at `now`, whose first meeting is on the day of `first`."""
    database = await open_database(f"sqlite:///{folder}/template.db")
    everybody = [person(n) for n in range(members)]
    async with database.sessions.begin(30) as session:
        group = await _found(session, everybody, now, first)
        await session.flush()
        await plan_group(session, WORKSPACE, group, now)
    async with database.engine.connect() as connection:
        rows = {
            table: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in t.Base.metadata.sorted_tables
        }
    await database.close()
    ids = [str(row["id"]) for table, found in rows.items() if "id" in table.c for row in found]
    return Template(rows, tuple(everybody), tuple(i for i in ids if not i.startswith("U")))


async def _found(session: AsyncSession, everybody: Sequence[str], now: datetime, first: datetime) -> str:
    await people.remember_workspace(session, WORKSPACE, "Bench", "UB")
    await people.remember_people(session, WORKSPACE, [PersonFacts(p, f"Name {p}", ZONE) for p in everybody])
    facts = ChannelFacts(CHANNEL, "circle", is_private=False, is_archived=False, has_bot=True)
    await people.remember_channel(session, WORKSPACE, facts, [*everybody, "UB"])
    charter = Charter(
        name="Circle",
        purpose_kind=Purpose.TOPIC,
        purpose="To learn",
        cadence=Cadence(Frequency.MONTHLY_DATE, first.date(), time(10), ZONE),
        length_minutes=60,
        place="",
        facilitation=Facilitation.ROTATING,
        designated=None,
    )
    place = Place(WORKSPACE, CHANNEL, everybody[0])
    asker = Asker(load_bank(), Random(7))
    group = await founding.found(session, place, charter, list(everybody), asker, now)
    return group.id


@dataclass(frozen=True)
class Copy:
    """One copy: in which workspace, and under which number."""

    number: int
    workspace: str

    @property
    def channel(self) -> str:
        return f"C{self.number:08d}"

    def id(self, old: str) -> str:
        return f"{self.number:08x}{old[8:]}"


def copies(number: int, workspaces: int, start: int = 0) -> list[Copy]:
    """So many, dealt out to so many workspaces."""
    return [Copy(n, f"T{n % workspaces:05d}") for n in range(start, start + number)]


def fill(database_url: str, template: Template, wanted: Sequence[Copy], own_people: bool = False) -> None:
    """Write copies of the template. `own_people`: each has members of its own, named by `member_of`."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver))
    with engine.begin() as connection:
        _fill_workspaces(connection, template, sorted({copy.workspace for copy in wanted}), with_people=not own_people)
        for table, rows in template.rows.items():
            if table.name in {"workspace", "person", "alembic_version"}:
                continue
            made = (_copied(row, copy, template, own_people) for copy in wanted for row in rows)
            _insert(connection, table, made)
        if own_people:
            _insert(connection, t.Person.__table__, _people(template, wanted))  # type: ignore[arg-type]  # as above
    engine.dispose()


def member_of(copy: Copy, member: str) -> str:
    return f"{member[:1]}{copy.number:05d}{member[-4:]}"


def _people(template: Template, wanted: Sequence[Copy]) -> Iterator[dict[str, Any]]:
    rows = template.rows[t.Person.__table__]  # type: ignore[index]  # as above
    for copy in wanted:
        for row in rows:
            yield row | {"workspace_id": copy.workspace, "id": member_of(copy, row["id"])}


def _fill_workspaces(connection: Connection, template: Template, names: Sequence[str], *, with_people: bool) -> None:
    for table in (t.Workspace.__table__, t.Person.__table__):
        if table is t.Person.__table__ and not with_people:
            continue
        key = "id" if table is t.Workspace.__table__ else "workspace_id"
        rows = template.rows[table]  # type: ignore[index]  # as above
        _insert(connection, table, (row | {key: name} for name in names for row in rows))  # type: ignore[arg-type]


def _copied(row: Mapping[str, Any], copy: Copy, template: Template, own_people: bool) -> dict[str, Any]:
    """The row, under the copy's ids."""
    return {name: _moved(value, copy, template, own_people) for name, value in row.items()}


def _moved(value: Any, copy: Copy, template: Template, own_people: bool) -> Any:
    if not isinstance(value, str):
        return value
    if value == WORKSPACE:
        return copy.workspace
    if value == CHANNEL:
        return copy.channel
    if own_people and value in template.members:
        return member_of(copy, value)
    for old in template.own:
        if len(old) == 32 and old in value:
            return value.replace(old, copy.id(old))
    return copy.id(value) if len(value) == 32 and value.isalnum() and " " not in value else value


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        connection.execute(insert(table), chunk)


def made(folder: str, members: int, now: datetime, first: timedelta = timedelta(days=2)) -> Template:
    """`found_template`, from where nothing is awaited."""
    return asyncio.run(found_template(folder, members, now, now + first))
