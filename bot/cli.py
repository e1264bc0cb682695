"""The command line: `python -m bot --help`."""

import asyncio
import json
import os
import re
import socket
import tempfile
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from bot import db
from bot.app import serve
from bot.check import run_checks
from bot.config import ENV_FILE, BadSettings, Settings, env_name, read_settings
from bot.domain.errors import DomainError
from bot.manifest import build_manifest
from bot.runtime.http_server import PATH
from bot.runtime.logs import set_up_logs
from bot.runtime.shutdown import stop_on_signals
from bot.runtime.slack_transport import SlackAuthRejected
from handlers.capabilities import CAPABILITIES
from handlers.commands import Commands
from handlers.scopes import permissions
from storage.database import describe_database

SANDBOX_PORT = 8484

cli = typer.Typer(help="Collab: the Slack app for learning collaboratives.", no_args_is_help=True, add_completion=False)
cli.add_typer(db.cli, name="db")


@cli.command()
def run(
    *,
    http: Annotated[bool, typer.Option("--http", help="Take Slack's requests over HTTP, not by Socket Mode.")] = False,
) -> None:
    """Run the bot in a real Slack workspace, with the settings of the environment and .env."""
    settings = _settings(http=http)
    set_up_logs(settings.log_level, settings.log_format)
    _until_done(_run(settings, http=http))


async def _run(settings: Settings, *, http: bool) -> None:
    await serve(settings, stop_on_signals(), http=http)


@cli.command()
def sandbox(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is; a free port when this one is taken.")
    ] = SANDBOX_PORT,
    database: Annotated[str, typer.Option(help="Keep the bot's data here; without it nothing is kept.")] = "",
    *,
    example: Annotated[bool, typer.Option("--example", help="Load a group that is before its fourth meeting.")] = False,
) -> None:
    """Try the bot on this machine: a small chat workspace in the browser, with a clock that can be moved."""
    set_up_logs(_of_sandbox(log_level=os.environ.get(env_name("log_level")) or "warning").log_level)
    with _own_folder() as folder:
        _until_done(_sandbox(port, database or f"sqlite:///{folder}/collab.db", example=example))


def _of_sandbox(**more: str) -> Settings:
    """Settings of a bot in a sandbox; .env is not read."""
    return _settings(
        None,
        slack_bot_token="xoxb-sandbox",  # noqa: S106 - the sandbox's own, and no secret
        slack_app_token="xapp-sandbox",  # noqa: S106
        home_days="3650",  # a year is lived through in minutes here
        more=more,
    )


@contextmanager
def _own_folder() -> Iterator[str]:
    """A temporary database."""
    try:
        made = tempfile.TemporaryDirectory(prefix="collab-")
    except OSError as error:
        typer.echo(f"No folder for temporary files can be used ({error.strerror}). Set TMPDIR.", err=True)
        raise typer.Exit(1) from None
    with made as folder:
        yield folder


async def _sandbox(port: int, database: str, *, example: bool) -> None:
    from sandbox import server  # noqa: PLC0415 - the bot itself never loads it

    stop, address = stop_on_signals(), asyncio.get_running_loop().create_future()
    loading: set[asyncio.Task[None]] = set()
    page = asyncio.create_task(server.serve("127.0.0.1", _free_port(port), address.set_result))
    try:
        await asyncio.wait({page, address}, return_when=asyncio.FIRST_COMPLETED)
        if page.done():
            page.result()  # it says why it could not begin
        at = str(address.result()).rstrip("/")
        settings = _of_sandbox(slack_api_url=f"{at}/api/", clock_url=f"{at}/sandbox/clock", database_url=database)
        await serve(settings, stop, lambda _at: _welcome(at, loading, example=example))
    finally:
        for task in (page, *loading):
            task.cancel()
        await asyncio.gather(page, *loading, return_exceptions=True)


def _welcome(address: str, loading: set[asyncio.Task[None]], *, example: bool) -> None:
    typer.echo(_WELCOME.format(address=address))
    if example:
        loading.add(asyncio.create_task(_load_example(address)))


async def _load_example(address: str) -> None:
    """The page has a button for the same."""
    async with aiohttp.ClientSession(address) as http, http.post("/sandbox/example", json={}) as answer:
        said = await answer.json()
    typer.echo("The example is loaded." if said["ok"] else f"The example could not be loaded: {said['error']}")


def _free_port(wished: int) -> int:
    """The requested port if it is free, else 0: the system picks one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            return 0
    return wished


_WELCOME = """Collab is ready to be tried. Open this address in a browser:

    {address}/

Ctrl+C ends it."""


@cli.command()
def check() -> None:
    """Say in plain words what is missing or wrong; ends with 1 when something is."""
    settings: Settings | BadSettings
    try:
        settings = read_settings()
    except BadSettings as problems:
        settings = problems
    url = settings.database_url if isinstance(settings, Settings) else ""
    database = (lambda: describe_database(url)) if url else None
    findings = asyncio.run(run_checks(settings, permissions(CAPABILITIES), database))
    for finding in findings:
        typer.echo(f"{'ok   ' if finding.ok else 'WRONG'}  {finding.what}: {finding.words}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@cli.command()
def manifest(
    file: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
    http: Annotated[str, typer.Option(help="For HTTP: the address that Slack reaches you at, https://….")] = "",
) -> None:
    """The app manifest that Slack takes (Create New App › From a manifest)."""
    if http and not re.match(r"https://[^/\s]+/?$", http):
        typer.echo("--http takes an address such as https://collab.example.org; Slack sends nowhere else.", err=True)
        raise typer.Exit(2)
    url = http.rstrip("/") + PATH if http else None
    made = build_manifest(permissions(CAPABILITIES), Commands(CAPABILITIES).usage_hint, request_url=url)
    text = json.dumps(made, indent=2) + "\n"
    if file is None:
        typer.echo(text, nl=False)
    else:
        _write(file, text)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "not a file's name"
        typer.echo(f"{file} can't be written ({said}). Name another file, in a folder that is there.", err=True)
        raise typer.Exit(1) from None


def _settings(
    env_file: Path | None = ENV_FILE, *, http: bool = False, more: Mapping[str, str] | None = None, **overrides: str
) -> Settings:
    try:
        return read_settings(env_file, http=http, **overrides, **(more or {}))
    except BadSettings as trouble:
        for problem in trouble.problems:
            typer.echo(problem, err=True)
        typer.echo("`python -m bot check` looks at everything that is needed.", err=True)
        raise typer.Exit(2) from None


def _until_done(work: Coroutine[None, None, None]) -> None:
    """Run to the end; errors that a person can mend are printed as words, without a traceback."""
    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(work)
    except DomainError as trouble:
        typer.echo(trouble.words, err=True)
        raise typer.Exit(1) from None
    except SlackAuthRejected as refusal:
        typer.echo(f"{refusal.reason}. `python -m bot check` says what to do.", err=True)
        raise typer.Exit(1) from None


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's event loop where it is installed, which is faster."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for Windows
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
