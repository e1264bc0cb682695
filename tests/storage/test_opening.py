"""Addresses and places that can't be used: opening and `check` refuse them in the same words and change nothing."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, text

from storage.database import describe_database, make_engine, open_database, parse_address
from storage.engine import StorageUnavailable
from storage.migrating import migrate
from storage.sqlite import NETWORKS, network_of
from tests.support.databases import fresh_database, look_into

NOBODY = 65534


async def refusal(url: str) -> str:
    """What both say."""
    with pytest.raises(StorageUnavailable) as opening:
        await open_database(url)
    with pytest.raises(StorageUnavailable) as describing:
        await describe_database(url)
    assert opening.value.words == describing.value.words
    return opening.value.words


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("not an address", "is not a database address"),
        ("", "is not a database address"),
        ("sqlite:data/collab.db", "is not a database address"),
        ("postgresql://somebody@host:port/collab", "is not a database address"),
        ("mysql://somewhere/collab", "names neither SQLite (sqlite:///…) nor PostgreSQL"),
        ("postgres://somewhere/collab", "names neither SQLite (sqlite:///…) nor PostgreSQL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////proc/nowhere/collab.db", "can't be opened or written"),
        ("postgresql://nobody:secret@127.0.0.1:9/nowhere", "that the server runs and can be reached"),
        ("postgresql://nobody:secret@nowhere.invalid/nowhere", "that the server runs and can be reached"),
        ("postgresql://nobody:secret@127.0.0.1/nowhere?colour=blue", "The database can't be opened"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_in_words(url: str, says: str) -> None:
    said = await refusal(url)
    assert says in said
    assert "secret" not in said


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "names a folder" in await refusal(f"sqlite:///{tmp_path}")


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("this is a shopping list, and a long one at that\n" * 100)
    before = file.read_bytes()
    assert "is not a database, or is damaged" in await refusal(f"sqlite:///{file}")
    assert file.read_bytes() == before


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """The superuser may write anywhere; another user is one to whom that is refused."""
    if os.geteuid() != 0:
        yield
        return
    for place in (folder, *folder.parents):
        if not place.stat().st_mode & 0o001:
            place.chmod(place.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


MODES = {"file": (0o444, 0o777), "folder": (0o666, 0o555), "both": (0o444, 0o555)}


@pytest.fixture(params=MODES)
def read_only(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A file or folder that may be read and not be written."""
    file = tmp_path / "data" / "collab.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE something (id TEXT)")
    of_file, of_folder = MODES[request.param]
    file.chmod(of_file)
    file.parent.chmod(of_folder)
    yield f"sqlite:///{file}"
    file.parent.chmod(0o700)


async def test_what_is_read_only_is_refused(read_only: str, tmp_path: Path) -> None:
    with as_nobody(tmp_path):
        assert "can't be opened or written" in await refusal(read_only)


@pytest.mark.parametrize("read_only", ["folder"], indirect=True)
async def test_where_nothing_can_be_made_a_new_one_is_refused(read_only: str, tmp_path: Path) -> None:
    with as_nobody(tmp_path):
        assert "can't be opened or written" in await refusal(read_only.replace("collab.db", "deeper/new.db"))


async def test_a_disk_that_is_full_is_said_so(tmp_path: Path) -> None:
    """No file may grow beyond this: the nearest that a test can come to a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        said = await refusal(f"sqlite:///{tmp_path}/data/collab.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "is full" in said
    await (await open_database(f"sqlite:///{tmp_path}/data/collab.db")).close()  # and later it begins as if new


# ---- Network folders ----

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/export /srv/shared nfs4 rw,vers=4.2 0 0
//server/share /srv/with\\040space cifs rw 0 0
/dev/sdb1 /srv/shared/local ext4 rw 0 0
me@host:/home /srv/ssh fuse.sshfs rw 0 0
tmpfs /srv/over tmpfs rw 0 0
server:/over /srv/over nfs rw 0 0
not a line
"""


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/srv/collab.db", None),
        ("/srv/sharedness/collab.db", None),
        ("/srv/shared/collab.db", "nfs4"),
        ("/srv/shared/deep/down/collab.db", "nfs4"),
        ("/srv/shared/local/collab.db", None),
        ("/srv/with space/collab.db", "cifs"),
        ("/srv/ssh/collab.db", "fuse.sshfs"),
        ("/srv/over/collab.db", "nfs"),
    ],
)
def test_the_mount_that_a_file_lies_on_is_the_nearest_and_the_last(file: str, kind: str | None) -> None:
    assert network_of(Path(file), MOUNTS) == kind


@given(kind=st.sampled_from(sorted(NETWORKS)), fuse=st.booleans())
def test_every_kind_of_network_is_known_with_and_without_fuse(kind: str, fuse: bool) -> None:
    kind = f"fuse.{kind}" if fuse else kind
    assert network_of(Path("/srv/a.db"), f"x / {kind} rw 0 0") == kind


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "fuse", ""])
def test_disks_of_this_machine_are_fine(kind: str) -> None:
    assert network_of(Path("/srv/a.db"), f"x / {kind} rw 0 0") is None


# ---- PostgreSQL ----


async def test_a_database_that_is_not_there_is_said_so(server: str) -> None:
    url = make_url(server).set(database="nowhere").render_as_string(hide_password=False)
    assert "the database exists" in await refusal(url)


def ask_for_password(rules: Path, role: str) -> None:
    """The first rule that fits counts."""
    text = f"local all {role} scram-sha-256\nhost all {role} all scram-sha-256\n{rules.read_text()}"
    with rules.open("w") as written:  # in place: it belongs to the server
        written.write(text)


async def test_a_wrong_password_is_said_so_and_not_repeated(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE ROLE locked_out LOGIN PASSWORD 'right'")
        (file,) = connection.execute("SHOW hba_file").fetchone() or ("",)
        ask_for_password(Path(str(file)), "locked_out")
        connection.execute("SELECT pg_reload_conf()")
    url = make_url(server).set(username="locked_out", password="wrong").render_as_string(hide_password=False)
    said = await refusal(url)
    assert "name and password are right" in said
    assert "wrong" not in said


# ---- Schemas ----


async def old_schema(url: str) -> None:
    engine = make_engine(parse_address(url))
    await migrate(engine, "0001")
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO workspace (id, name, bot_id) VALUES ('T1', 'One', 'UB')"))
    await engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_older_database_is_brought_up_to_date_and_keeps_its_rows(
    kind: str, server: str, tmp_path: Path
) -> None:
    with fresh_database(server) as postgresql:
        url = postgresql if kind == "postgresql" else f"sqlite:///{tmp_path}/collab.db"
        await old_schema(url)
        assert await describe_database(url) == "older than this version; it is brought up to date at the next start."
        await (await open_database(url)).close()
        assert await describe_database(url) == "up to date."
        engine = look_into(url)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT name, restored_at FROM workspace")).fetchall() == [("One", None)]
        engine.dispose()


async def test_what_ended_batches_had_left_behind_goes_when_a_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """Of a group that was closed while its batch waited; what was shown, and what is still to be, stays."""
    url = f"sqlite:///{tmp_path}/collab.db"
    engine = make_engine(parse_address(url))
    await migrate(engine, "0010")
    async with engine.begin() as connection:
        for name, values in LEFT_BEHIND:
            columns, given = ", ".join(values), ", ".join(f":{column}" for column in values)
            await connection.execute(text(f"INSERT INTO {name} ({columns}) VALUES ({given})"), values)  # noqa: S608
    await engine.dispose()
    await (await open_database(url)).close()
    with look_into(url).connect() as opened:
        prompts = opened.execute(
            text("SELECT id, state, key IS NULL FROM prompt JOIN anonymous_batch ON prompt_id = id ORDER BY id")
        ).fetchall()
        assert [tuple(row) for row in prompts] == [
            ("closed", "withheld", 1), ("shown", "approved", 1), ("waiting", "waiting", 0)
        ]  # fmt: skip
        assert set(opened.scalars(text("SELECT prompt_id FROM reflection"))) == {"shown", "waiting"}
        assert set(opened.scalars(text("SELECT meeting_id FROM delivery"))) == {"waiting"}


AT = "2026-09-08 13:00:00.000000"
Given = tuple[str, dict[str, object]]

GROUP: dict[str, object] = {
    "workspace_id": "T1", "name": "Circle", "purpose_kind": "topic", "purpose": "", "stage": "growing",
    "frequency": "weekly", "first_on": "2026-09-08", "meets_at": "10:00", "zone": "UTC", "length_minutes": 60,
    "place": "", "facilitation": "rotating", "prompt_days_before": 3, "prompt_at": "09:00", "draft_days_before": 1,
    "agenda_hours_before": 2, "handoff_hours_after": 20, "questions_per_prompt": 2, "started_by": "U1",
    "started_at": AT, "plan_wanted": False,
}  # fmt: skip


def left_behind(name: str, group: str, state: str, batch: str, key: bytes | None) -> list[Given]:
    """A group with one meeting, its prompt, an anonymous answer and a message to its author."""
    here: dict[str, object] = {"workspace_id": "T1", "collaborative_id": group}
    meeting = here | {"id": name, "slot": "2026-09-08T10:00", "starts_at": AT, "length_minutes": 60, "stage": "growing"}
    prompt = here | {"id": name, "meeting_id": name, "opens_at": AT, "closes_at": AT, "closed_at": AT}
    answer = {"workspace_id": "T1", "id": name, "prompt_id": name, "position": 0, "respondent": name, "text": "quiet"}
    told = here | {"id": name, "meeting_id": name, "kind": "returned", "operation": "post", "recipient": "U1"}
    return [
        ("collaborative", GROUP | {"id": group, "channel_id": group, "state": state}),
        ("meeting", meeting | {"state": "upcoming", "draft_due_at": AT, "handover_due_at": AT, "agenda_revision": 0}),
        ("prompt", prompt | {"key": key, "batch": batch}),
        ("reflection", answer | {"visibility": "anonymous", "given_on": "2026-09-08", "edited": False, "late": False}),
        ("delivery", told | {"planned_for": AT, "due_at": AT, "rank": 0, "attempts": 0, "looks": 0, "state": "sent",
                             "dedupe_key": name, "nonce": name}),
    ]  # fmt: skip


LEFT_BEHIND: list[Given] = [
    ("workspace", {"id": "T1", "name": "One", "bot_id": "UB"}),
    *left_behind("closed", "G1", "closed", "withheld", b"a key that outlived its group"),
    *left_behind("shown", "G2", "active", "approved", None),
    *left_behind("waiting", "G3", "active", "waiting", b"a key that is needed"),
]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_newer_database_is_refused_and_left_as_it_is(kind: str, server: str, tmp_path: Path) -> None:
    with fresh_database(server) as postgresql:
        url = postgresql if kind == "postgresql" else f"sqlite:///{tmp_path}/collab.db"
        await old_schema(url)
        engine = look_into(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
        assert "made by a newer version of Collab" in await refusal(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "from-the-future"
            assert connection.execute(text("SELECT * FROM workspace")).fetchall() == [("T1", "One", "UB")]
        engine.dispose()


async def test_a_file_that_another_program_writes_to_is_waited_for_or_said_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/collab.db"
    await (await open_database(url)).close()
    with closing(sqlite3.connect(tmp_path / "collab.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="Another program is writing"):
            await open_database(url)
