"""What many hand in at the same moment is written in one transaction, and each of them is answered as if alone."""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from storage.database import Database
from storage.group_commit import GroupCommit
from tests.support.databases import held, look_into
from tests.support.person import CIRCLE, Person, Sandbox, words

Everybody = dict[str, Person]


async def together(sandbox: Sandbox, database_url: str, doings: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """What came of doings that all waited for the database at the same time."""
    activity = sandbox.inside.activity
    told_before = activity.told
    async with held(database_url):
        tasks = [asyncio.create_task(doing) for doing in doings]
        while activity.told < told_before + len(doings):
            await activity.begun.wait()
    results = await asyncio.gather(*tasks)
    await sandbox.settle()
    return results


async def submit(person: Person, **values: Any) -> Any:
    """Send the form on top, and do not wait until all is still."""
    view = await person.sees_modal()
    return await person.sandbox.ask("submit", **{"as": person.id}, view_id=view["id"], values=values)


async def command(person: Person, typed: str) -> Any:
    return await person.sandbox.ask("command", **{"as": person.id}, channel=CIRCLE, text=typed)


def stored(database_url: str) -> list[tuple[str, str]]:
    """The answers that are stored, with their authors."""
    with look_into(database_url).connect() as connection:
        rows = connection.execute(text("SELECT author_id, text FROM reflection ORDER BY author_id, text")).all()
    connection.engine.dispose()
    return [(author, said) for author, said in rows]


async def test_of_many_forms_the_one_that_is_empty_alone_is_refused(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    names = ("Ben", "Chen", "Dee", "Esi")
    for name in names:
        await asked[name].types("reflect")
    doings = [submit(asked[name], **({} if name == "Chen" else {"answer-0": f"From {name}"})) for name in names]
    doings.append(command(asked["Farid"], "reflect From Farid"))
    ben, chen, *_ = await together(sandbox, database_url, doings)
    assert ben["ok"]
    assert ben["errors"] is None
    assert "passing is an answer too" in chen["errors"]["answer-0"]
    assert stored(database_url) == sorted((asked[n].id, f"From {n}") for n in ("Ben", "Dee", "Esi", "Farid"))


async def test_a_form_that_is_sent_twice_is_kept_once(sandbox: Sandbox, asked: Everybody, database_url: str) -> None:
    """As after an acknowledgement that got lost on its way."""
    ben = asked["Ben"]
    await ben.types("reflect")
    sandbox.inside.way_in.twice = True
    await together(sandbox, database_url, [submit(ben, **{"answer-0": "Only once"})])
    sandbox.inside.way_in.twice = False
    assert stored(database_url) == [(ben.id, "Only once")]


async def test_of_a_form_and_a_command_of_one_person_none_overwrites_the_other_unasked(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    """The second one asks, or says what it has replaced: nothing is lost silently."""
    ben = asked["Ben"]
    await ben.types("reflect")
    both = [submit(ben, **{"answer-0": "By form"}), command(ben, "reflect By command")]
    await together(sandbox, database_url, both)
    ((author, kept),) = stored(database_url)
    assert author == ben.id
    other = "By command" if kept == "By form" else "By form"
    assert other in words([await ben.modal(), *await ben.hears()])


async def test_a_pass_by_the_button_never_takes_an_answer_away(
    sandbox: Sandbox, asked: Everybody, database_url: str
) -> None:
    ben = asked["Ben"]
    await together(sandbox, database_url, [command(ben, "reflect In time"), ben.presses("pass", channel=CIRCLE)])
    assert stored(database_url) == [(ben.id, "In time")]


@pytest.mark.both
async def test_what_breaks_takes_nothing_along_that_came_with_it(database: Database) -> None:
    """Each item is tried alone then, whatever the broken one had already written."""

    async def keep_all(session: AsyncSession, items: Sequence[str]) -> list[str | DomainError]:
        for item in items:
            row = {"id": item, "name": item, "bot": "UB"}
            await session.execute(text("INSERT INTO workspace (id, name, bot_id) VALUES (:id, :name, :bot)"), row)
            if item == "broken":
                raise LookupError(item)
        return [DomainError("refused") if item == "refused" else item for item in items]

    writes = GroupCommit(database.sessions, keep_all, key=lambda item: item)
    items = ("first", "broken", "refused", "last")
    doings: list[Awaitable[str]] = [writes.do(item) for item in items]
    first, broken, refused, last = await asyncio.gather(*doings, return_exceptions=True)
    assert (first, last) == ("first", "last")
    assert isinstance(broken, LookupError)
    assert isinstance(refused, DomainError)
    async with database.sessions.read() as session:
        there = (await session.scalars(text("SELECT id FROM workspace ORDER BY id"))).all()
    assert there == ["first", "last", "refused"]
