"""What most tests stand on: a database of their own, and the real bot in a sandbox of its own."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from zlib import crc32

import psycopg
import pytest
from filelock import FileLock
from hypothesis import settings
from sqlalchemy import make_url

from storage.database import Database, open_database
from tests.support.compiled_once import compile_once
from tests.support.databases import EmptiedDatabases, _make_tables, _named, start_server
from tests.support.pasts import SHARED, Past, begin_from, keep, past_of
from tests.support.person import Person, Sandbox
from tests.support.running import MONDAY, SIGNING_SECRET, running, sandbox_settings, serving_sandbox

KINDS = ("postgresql", "sqlite")


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
