"""The command line's `db`: backup while the bot runs, restore while it doesn't."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import BadSettings, Place, read_place
from bot.domain.anonymity import AUTHORS_ONLY
from bot.domain.errors import DomainError
from bot.domain.formatting import count
from bot.runtime.clock import SandboxClock, make_clock
from bot.services import restoring
from bot.services.restoring import Rows
from storage import tables as t
from storage.backup import BackupContents, contents_of, default_file, write_backup, write_from
from storage.database import Database, open_database, snapshot
from storage.restore import Backup, erasures_in, in_chunks, opened_backup, put_in_place

cli = typer.Typer(help="Back everything up, and restore it.", no_args_is_help=True)

PATIENCE = 3600.0
"""Seconds that a restore may take to prepare a backup."""

Take = Callable[[AsyncSession, Rows], Awaitable[None]]


@cli.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="A new file; without one, backups/ beside the database.")] = None,
) -> None:
    """Back everything up to one file, while the bot runs.

    Left out: keys, and what was answered without a name and not shown yet.
    """
    _run(_backup(_place(), file))


async def _backup(place: Place, file: Path | None) -> None:
    now = await _now(place)
    into = file or default_file(place.database_url, now)
    held = await write_backup(place.database_url, into, now)
    typer.echo(f"Kept in {into}: {_say(held)}.")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    erased: Annotated[
        list[str] | None,
        typer.Option(help="Where to look for what was erased, too: a newer backup, or the old database."),
    ] = None,
) -> None:
    """Put a backup in the place of what is there. The bot must not run; what was erased since stays erased."""
    _run(_restore(_place(), file, erased or [], yes=yes))


async def _restore(place: Place, file: Path, erased: list[str], *, yes: bool) -> None:
    async with opened_backup(file) as found:
        database = await open_database(place.database_url, alone=True)
        try:
            await _replace(place, database, found, erased, yes=yes)
        finally:
            await database.close()


async def _replace(place: Place, database: Database, found: Backup, erased: list[str], *, yes: bool) -> None:
    now = await database.now() if database.has_own_clock and not place.clock_url else await _now(place)
    async with database.engine.connect() as connection:
        there = await contents_of(connection)
    typer.echo(f"There is now: {_say(there)}.")
    typer.echo(f"The backup, of {found.made_at:%Y-%m-%d %H:%M} UTC: {_say(found.contents)}.")
    if not yes:
        typer.confirm("Replace what is there now?", abort=True)
    kept = None if there.is_empty else default_file(place.database_url, now, "-before-restore")
    if kept is not None:
        async with snapshot(database.engine) as connection:
            await write_from(connection, kept, now)
    await _make_ready(database, found.database, erased, now)
    await put_in_place(database, found.database)
    typer.echo("Restored. What was erased since the backup was made stays erased.")
    typer.echo("Answers without a name that were not shown yet are in no backup: their groups read that they are gone.")
    if kept is not None:
        typer.echo(f"What was there before is kept in {kept}.")
        typer.echo("What people erase from now on can still be read there, as in every backup: delete it in time.")


async def _make_ready(database: Database, backup: Database, erased: list[str], now: datetime) -> None:
    """Prepare the backup's content: merge erasures recorded in the current database and in other given ones."""
    async with backup.sessions.begin(PATIENCE) as session:
        async with snapshot(database.engine) as there:
            await _take(session, restoring.take_erasures, in_chunks(there, select(t.Erasure.__table__)))
            await _take(session, restoring.take_changes, in_chunks(there, _answers()))
            told = partial(restoring.take_messages, now=now)
            await _take(session, told, in_chunks(there, _told_to_authors()))
        for where in erased:
            await _take(session, restoring.take_erasures, erasures_in(where))
        await restoring.begin_anew(session, now)


async def _take(session: AsyncSession, take: Take, chunks: AsyncGenerator[Rows, None]) -> None:
    async with aclosing(chunks):
        async for rows in chunks:
            await take(session, rows)


def _answers() -> Select[Any]:
    answer = t.Reflection.__table__.c
    return select(answer.id, *(answer[name] for name in restoring.AUTHORS_OWN))


def _told_to_authors() -> Select[Any]:
    row = t.Delivery.__table__
    return select(row).where(row.c.kind.in_(AUTHORS_ONLY), row.c.sent_ts.is_not(None))


def _say(held: BackupContents) -> str:
    latest = f", the latest of {held.latest:%Y-%m-%d}" if held.latest else ""
    counted = ((held.groups, "group"), (held.meetings, "meeting"), (held.answers, "answer"))
    return ", ".join(count(number, word, f"{word}s") for number, word in counted) + latest


async def _now(place: Place) -> datetime:
    """The sandbox's time if there is one, as for the bot."""
    clock = make_clock(place)
    if isinstance(clock, SandboxClock):
        await clock.catch_up()
    return clock.now()


def _place() -> Place:
    try:
        return read_place()
    except BadSettings as trouble:
        for problem in trouble.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(2) from None


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(work)
    except DomainError as trouble:
        typer.echo(trouble.words, err=True)
        raise typer.Exit(1) from None
