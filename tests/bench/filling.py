"""Large databases, quickly: a real group is founded once, and its rows are copied under other ids."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    literal,
    make_url,
    null,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import refreshing
from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Charter, Facilitation
from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.questions import Purpose
from bot.domain.rounds import Actor, Group
from bot.services import changes, claims, founding, people, results
from bot.services.claims import LeasePolicy
from bot.services.people import ChannelFacts, PersonFacts
from bot.services.refreshes import NOT_KNOWN
from bot.services.round_opening import QuestionSource
from prompts.bank import load_bank
from storage import tables as t
from storage.database import open_database
from tests.support import channels
from tests.support.planning import TYPES, plan_group, remember_looks, rendering

ZONE = "America/Chicago"
CHUNK = 5_000
WORKSPACE, CHANNEL = "TTEMPLATE", "CTEMPLATE"

Rows = dict[Table, list[dict[str, Any]]]
Then = Callable[[AsyncSession, Group], Awaitable[None]]


@dataclass(frozen=True)
class Template:
    """A founded group: its rows, by table, and the ids in them that a copy has its own of."""

    rows: Rows
    members: tuple[str, ...]
    own: tuple[str, ...]

    def rows_of(self, declared: type[t.Base]) -> list[dict[str, Any]]:
        return self.rows[_table(declared)]

    @property
    def meeting(self) -> str:
        return str(self.rows_of(t.Meeting)[0]["id"])

    @property
    def planned(self) -> int:
        """How many deliveries it has planned."""
        return sum(row["state"] == "planned" for row in self.rows_of(t.Delivery))


def person(number: int) -> str:
    return f"U{number:08d}"


async def found_template(
    folder: str, members: int, now: datetime, first: datetime, *, greeted: bool = False, then: Then | None = None
) -> Template:
    """A group of so many, founded at `now`, whose first meeting is on the day of `first`.

    `greeted`: what is due at the founding was posted, long ago for Slack. `then` is what else happens in it.
    """
    database = await open_database(f"sqlite:///{folder}/template-{first:%Y%m%d%H}-{members}.db")
    everybody = [person(n) for n in range(members)]
    async with database.sessions.begin(30) as session:
        cadence = Cadence(Frequency.MONTHLY_DATE, first.date(), time(10), ZONE)
        group = await found_group(session, everybody, cadence, now)
        if greeted:
            await post_due(session, group.id, now)
        if then is not None:
            await then(session, group)
    async with database.engine.connect() as connection:
        rows = {
            table: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in t.Base.metadata.sorted_tables
        }
    await database.close()
    ids = [str(row["id"]) for table, found in rows.items() if "id" in table.c for row in found]
    return Template(rows, tuple(everybody), tuple(i for i in ids if not i.startswith("U")))


async def post_due(session: AsyncSession, group: str, now: datetime) -> None:
    """Have everything that is due by now stand in Slack, posted long ago; what follows from it is planned."""
    terms, numbers = LeasePolicy("bench", 60, 0), count()
    while True:
        real = await claims.begin(session, terms, now)
        owed = await claims.take(session, terms, await claims.candidates(session, terms, now, real), real)
        if not owed:
            return
        for one in owed:
            channel = one.recipient.replace("U", "D")
            row = await session.get_one(t.Delivery, one.id)
            context = await rendering(session, row, now)
            await results.record_sent(session, one, channel, f"1.{next(numbers)}", now, between=-86400)
            await session.refresh(row)
            await remember_looks(session, row, context, now)
            if channel != one.recipient:
                await people.remember_dm(session, WORKSPACE, one.recipient, channel)
        await session.flush()
        await plan_group(session, WORKSPACE, group, now)


async def found_group(session: AsyncSession, everybody: Sequence[str], cadence: Cadence, now: datetime) -> Group:
    """A group of these people in a workspace of its own, founded by the first of them."""
    await people.remember_workspace(session, WORKSPACE, "Bench", "UB")
    await people.remember_people(session, WORKSPACE, [PersonFacts(p, f"Name {p}", ZONE) for p in everybody])
    facts = ChannelFacts(CHANNEL, "circle", is_private=False, is_archived=False, has_bot=True)
    await channels.remember_channel(session, WORKSPACE, facts, [*everybody, "UB"])
    charter = Charter(
        name="Circle",
        purpose_kind=Purpose.TOPIC,
        purpose="To learn",
        cadence=cadence,
        length_minutes=60,
        place="",
        facilitation=Facilitation.ROTATING,
        designated=None,
    )
    place = Actor(WORKSPACE, CHANNEL, everybody[0])
    group = await founding.found(session, place, charter, list(everybody), QuestionSource(load_bank(), Random(7)), now)
    await session.flush()
    await plan_group(session, WORKSPACE, group.id, now)
    return group


@dataclass(frozen=True)
class Copy:
    """One copy: in which workspace, and under which number."""

    number: int
    workspace: str

    @property
    def channel(self) -> str:
        return f"C{self.number:08d}"

    @property
    def short(self) -> str:
        """Stands in the ids of its own members."""
        return f"{self.number:05d}"

    def id(self, old: str) -> str:
        return f"{self.number:08x}{old[8:]}"


def copies(number: int, workspaces: int, start: int = 0) -> list[Copy]:
    """So many, dealt out to so many workspaces."""
    return [Copy(n, f"T{n % workspaces:05d}") for n in range(start, start + number)]


def fill(database_url: str, template: Template, wanted: Sequence[Copy], own_people: bool = False) -> None:
    """Write copies of the template. `own_people`: each has members of its own, named by `member_of`.

    The database makes the copies itself, a statement for each of the template's rows.
    """
    with _in_a_hurry(database_url) as connection:
        copied = _put_aside(connection, wanted)
        _fill_workspaces(connection, template, sorted({copy.workspace for copy in wanted}), with_people=not own_people)
        for table, rows in template.rows.items():
            if table.name in {"workspace", "alembic_version", "written"} or (table.name == "person" and not own_people):
                continue
            for row in rows:
                made = {
                    name: _copied(value, table.c[name], copied, template, own_people) for name, value in row.items()
                }
                connection.execute(insert(table).from_select(list(made), select(*made.values()).select_from(copied)))


async def see_what_stands(database_url: str) -> None:
    """Have the copies remember how their messages look, which tell of ids of their own."""
    row, database = t.Delivery, await open_database(database_url)
    stands = (row.state == DeliveryState.SENT, row.operation == Operation.POST, row.meeting_id.is_not(None))
    meetings = select(row.workspace_id, literal("upgraded"), row.meeting_id, literal(1)).where(*stands)
    async with database.sessions.begin(300) as session:
        columns = ["workspace_id", "scope", "scope_id", "times"]
        await session.execute(insert(t.Written).from_select(columns, meetings.distinct()))
        await session.execute(update(row).where(*stands).values(shown=NOT_KNOWN))
    while True:
        async with database.sessions.begin(300) as session:
            found = await changes.upgraded(session, 50)
            await refreshing.adopt(session, TYPES, found)
        if not found.marks:
            break
    await database.close()


@contextmanager
def _in_a_hurry(database_url: str) -> Iterator[Connection]:
    """One transaction, without what makes writing slow and safe; afterwards the server knows what is in its tables,
    as its autovacuum would have it by then."""
    engine = create_engine(make_url(database_url).set(drivername=_driver(database_url)))
    on_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        unsafe = "PRAGMA synchronous=OFF" if on_sqlite else "SET session_replication_role = replica"
        connection.exec_driver_sql(unsafe)
        yield connection
        connection.commit()
        if not on_sqlite:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def _driver(database_url: str) -> str:
    return "sqlite" if make_url(database_url).get_backend_name() == "sqlite" else "postgresql+psycopg"


def _put_aside(connection: Connection, wanted: Sequence[Copy]) -> Table:
    """What is each copy's own, in a table that goes again with the connection."""
    text = (Column(name, String) for name in ("short", "hex", "workspace", "channel"))
    copied = Table("copied", MetaData(), Column("number", Integer), *text, prefixes=["TEMPORARY"])
    copied.drop(connection, checkfirst=True)
    copied.create(connection)
    rows = [
        {"number": c.number, "short": c.short, "hex": c.id("")[:8], "workspace": c.workspace, "channel": c.channel}
        for c in wanted
    ]
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(copied), rows[start : start + CHUNK])
    return copied


def member_of(copy: Copy, member: str) -> str:
    return f"{member[:1]}{copy.short}{member[-4:]}"


def _fill_workspaces(connection: Connection, template: Template, names: Sequence[str], *, with_people: bool) -> None:
    there = set(connection.scalars(select(t.Workspace.id)))
    new = [name for name in names if name not in there]
    for table, key in ((_table(t.Workspace), "id"), (_table(t.Person), "workspace_id")):
        rows = [row | {key: name} for name in new for row in template.rows[table]]
        if rows and (with_people or key == "id"):
            connection.execute(insert(table), rows)


def _table(declared: type[t.Base]) -> Table:
    return cast("Table", declared.__table__)


def _copied(value: Any, column: Column[Any], copied: Table, template: Template, own_people: bool) -> ColumnElement[Any]:
    """A value of the template, as a copy has it."""
    own = copied.c
    if value is None:
        return null()
    if not isinstance(value, str):
        return literal(value, column.type)
    if value in {WORKSPACE, CHANNEL}:
        return own.workspace if value == WORKSPACE else own.channel
    if own_people and value.replace("D", "U") in template.members:  # a person, or the DM with them
        return literal(value[:1], String) + own.short + literal(value[-4:], String)
    for old in [value] if column.name == "nonce" else _ids_in(value, template):
        before, after = value.split(old)
        return literal(before, String) + own.hex + literal(old[8:] + after, String)
    return literal(value, column.type)


def _ids_in(value: str, template: Template) -> Iterator[str]:
    """The template's id that the value is, or that stands in it."""
    yield from (old for old in template.own if len(old) == 32 and old in value)


def made(folder: str, members: int, now: datetime, first: timedelta = timedelta(days=2)) -> Template:
    """`found_template`, from where nothing is awaited."""
    return asyncio.run(found_template(folder, members, now, now + first))
