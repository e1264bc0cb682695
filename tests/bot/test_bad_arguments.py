"""Whatever somebody gives the command line that can't be used: words and an exit code, and never a traceback."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import cli
from bot.runtime.logs import set_up_logs
from storage.database import describe_database, make_engine, parse_address
from storage.migrating import migrate
from storage.recognizing import FOREIGN

TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "SLACK_SIGNING_SECRET": "0123456789abcdef0123",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
}
NOT_HERE = "203.0.113.9"
"""An address that is kept for examples: no machine has it."""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.db").write_text("no database\n" * 99)
    yield
    set_up_logs("info", "json", StringIO())  # what was run here logs to a stream that is closed by now


def said(arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(cli, arguments.split(), env=TOKENS | environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


BAD: tuple[tuple[str, dict[str, str], str], ...] = (
    ("manifest --file nowhere/at/all.json", {}, "nowhere/at/all.json can't be written (No such file"),
    ("manifest --file folder", {}, "folder can't be written (Is a directory)"),
    ("manifest --file text.db/below.json", {}, "can't be written (Not a directory)"),
    ("manifest --http ftp://example.org", {}, "--http takes an address"),
    ("sandbox --port 99999", {}, "--port"),
    ("sandbox --port -1", {}, "--port"),
    ("sandbox --port many", {}, "--port"),
    ("sandbox --database nonsense", {}, "DATABASE_URL is not a database address"),
    ("sandbox --database sqlite:///folder", {}, "names a folder"),
    ("sandbox", {"COLLAB_LOG_LEVEL": "loud"}, "COLLAB_LOG_LEVEL must be debug or info or warning or error"),
    ("sandbox", {"COLLAB_TICK_SECONDS": "nan"}, "COLLAB_TICK_SECONDS must be a number"),
    ("run", {"COLLAB_LOG_LEVEL": "loud"}, "COLLAB_LOG_LEVEL must be debug"),
    ("check", {"COLLAB_LOG_LEVEL": "loud"}, "WRONG Settings: COLLAB_LOG_LEVEL must be debug"),
    ("run", {"COLLAB_LOG_FORMAT": "xml"}, "COLLAB_LOG_FORMAT must be auto or json or console"),
    ("run", {"COLLAB_METRICS_PORT": "99999"}, "COLLAB_METRICS_PORT must be a whole number"),
    ("run --http", {"COLLAB_HTTP_HOST": NOT_HERE}, "COLLAB_HTTP_HOST is no address of this machine"),
    ("run --http", {"COLLAB_HTTP_HOST": "a" * 300}, "COLLAB_HTTP_HOST is no address of this machine"),
    ("run", {"COLLAB_METRICS_HOST": NOT_HERE, "COLLAB_METRICS_PORT": "0"}, "COLLAB_METRICS_HOST is no address"),
    ("check", {"COLLAB_HTTP_HOST": NOT_HERE}, "WRONG Address: COLLAB_HTTP_HOST is no address of this machine"),
    ("check", {"COLLAB_METRICS_HOST": "[::1]"}, "WRONG Address: COLLAB_METRICS_HOST is no address"),
    ("run", {"SLACK_API_URL": "http://["}, "SLACK_API_URL must be an address such as"),
    ("run", {"COLLAB_CLOCK_URL": "http://["}, "COLLAB_CLOCK_URL must be empty"),
    ("db backup", {"COLLAB_CLOCK_URL": "http://["}, "COLLAB_CLOCK_URL must be empty"),
    ("db backup", {"DATABASE_URL": "sqlite:///text.db"}, "is not a database"),
    ("db backup", {"DATABASE_URL": "sqlite:///none.db"}, "There is nothing to back up"),
    ("db restore none.db", {}, "There is no file none.db"),
    ("db restore text.db --yes", {}, "is no backup"),
    ("db restore folder --yes", {}, "There is no file folder"),
)


@pytest.mark.parametrize(("arguments", "environment", "words"), BAD, ids=[f"{a} {e}"[:60] for a, e, _ in BAD])
def test_what_cannot_be_used_is_said_in_words(arguments: str, environment: dict[str, str], words: str) -> None:
    result = said(arguments, **environment)
    assert result.exit_code in {1, 2}
    assert words in " ".join(result.output.replace("│", " ").split())


DATABASES: tuple[tuple[str, str], ...] = (
    ("sqlite:///text.db", "is not a database"),
    ("sqlite:///folder", "names a folder"),
    ("sqlite:///none.db?timeout=soon", "takes no options"),
    ("sqlite:////dev/null", "is no file"),
    ("sqlite://", "names no file"),
    ("mysql://x/y", "names neither SQLite"),
    ("postgresql://x:port/y", "is not a database address"),
    ("postgresql://u@127.0.0.1:9/x?nonsense=1", "The database can't be opened"),
)


@pytest.mark.parametrize(("url", "words"), DATABASES)
def test_run_check_and_backup_say_the_same_of_a_database(url: str, words: str) -> None:
    for verb in ("run", "db backup", "check"):
        result = said(verb, DATABASE_URL=url)
        assert result.exit_code == 1
        assert words in result.output


# ---- Files that are not ours, or not whole ----


def foreign(file: Path) -> None:
    change(file, "CREATE TABLE orders (id INTEGER)")


def foreign_of_alembic(file: Path) -> None:
    change(file, "CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0001')")


def foreign_of_a_version_of_its_own(file: Path) -> None:
    change(
        file,
        "CREATE TABLE orders (id INTEGER)",
        "CREATE TABLE alembic_version (version_num TEXT)",
        "INSERT INTO alembic_version VALUES ('a1b2c3')",
    )


def another_kind_of_version(file: Path) -> None:
    change(file, "CREATE TABLE alembic_version (version INTEGER)")


def of_ours_without_a_version(file: Path) -> None:
    ours(file, "DELETE FROM alembic_version")


def without_a_table(file: Path) -> None:
    ours(file, "DROP TABLE parked_item")


def without_a_column(file: Path) -> None:
    ours(file, "ALTER TABLE person DROP COLUMN sees")


def older_without_a_table(file: Path) -> None:
    asyncio.run(_make_old(file))
    change(file, "DROP TABLE home")


async def _make_old(file: Path) -> None:
    engine = make_engine(parse_address(f"sqlite:///{file}"))
    await migrate(engine, "0008")
    await engine.dispose()


def newer(file: Path) -> None:
    ours(file, "UPDATE alembic_version SET version_num = '9999'")


def change(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def ours(file: Path, *statements: str) -> None:
    file.write_bytes(TEMPLATE[0].read_bytes())
    change(file, *statements)


TEMPLATE: list[Path] = []

Spoil = Callable[[Path], None]
SPOILT: tuple[tuple[Spoil, str], ...] = (
    (foreign, FOREIGN),
    (foreign_of_alembic, "lacks something that Collab made there"),
    (foreign_of_a_version_of_its_own, FOREIGN),
    (another_kind_of_version, FOREIGN),
    (of_ours_without_a_version, FOREIGN),
    (without_a_table, "the table parked_item"),
    (without_a_column, "the column person.sees"),
    (older_without_a_table, "the table home"),
    (newer, "made by a newer version"),
)


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[spoil.__name__ for spoil, _ in SPOILT])
def test_a_file_that_is_not_ours_or_not_whole_is_said_to_be_so_and_not_touched(
    sqlite_template: Path, tmp_path: Path, spoil: Spoil, words: str
) -> None:
    TEMPLATE[:] = [sqlite_template]
    file = tmp_path / "odd.db"
    spoil(file)
    before = content(file)
    for verb in ("check", "run", "db backup"):
        result = said(verb, DATABASE_URL=f"sqlite:///{file}")
        assert result.exit_code == 1
        assert words in result.output
        assert content(file) == before


def content(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    dumped = list(connection.iterdump())
    connection.close()
    return dumped


def test_a_file_of_ours_beside_which_another_program_keeps_something_is_ours(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "shared.db"
    file.write_bytes(sqlite_template.read_bytes())
    change(file, "CREATE TABLE orders (id INTEGER)")
    assert asyncio.run(describe_database(f"sqlite:///{file}")) == "up to date."


def test_every_verb_is_tried() -> None:
    verbs = {command.name or command.callback.__name__ for command in cli.registered_commands if command.callback}
    tried = {arguments.split()[0] for arguments, _, _ in BAD}
    assert tried == {*verbs, "db"}
