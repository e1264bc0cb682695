"""What somebody is given of all places in the database that hold them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.personal import GROUP
from bot.services import anonymous_batches
from bot.services.personal_columns import PERSONAL_COLUMNS, PersonalColumn
from storage import tables as t

HANDLES = {GROUP, "prompt_id", "position"}
"""Shown in words."""

UNSHOWN_ANONYMOUS = "My answers without a name that were not shown yet"

Rows = list[dict[str, Any]]


async def everything_about(session: AsyncSession, workspace: str, person: str) -> dict[str, Rows]:
    """Everything kept about somebody, by heading; anonymous answers while they can be found."""
    found: dict[str, Rows] = {}
    for held in PERSONAL_COLUMNS:
        rows = [{name: row[name] for name in held.shown} for row in await rows_of(session, held, workspace, person)]
        found[held.words] = await _named(session, rows)
    columns = next(one.shown for one in PERSONAL_COLUMNS if (one.table, one.column) == (t.Reflection, "author_id"))
    anonymous = [
        {name: row[name] for name in columns} for row in await unshown_anonymous_answers(session, workspace, person)
    ]
    found[UNSHOWN_ANONYMOUS] = await _named(session, anonymous)
    return found


async def rows_of(session: AsyncSession, held: PersonalColumn, workspace: str, person: str) -> Rows:
    """The rows whose column holds this person."""
    table: Any = held.table.__table__
    mine = (table.c[held.column] == person, table.c.workspace_id == workspace)
    return [dict(row) for row in (await session.execute(select(table).where(*mine))).mappings()]


async def unshown_anonymous_answers(session: AsyncSession, workspace: str, person: str) -> Rows:
    """Somebody's anonymous answers that were not shown, found by each prompt's key. Later nobody can tell whose they
    are."""
    mine = await anonymous_batches.of_person(session, workspace, person)
    return [{column.name: getattr(row, column.name) for column in t.Reflection.__table__.columns} for row in mine]


async def _named(session: AsyncSession, rows: Rows) -> Rows:
    """The rows with names of groups and texts of questions in place of ids."""
    groups = {row[GROUP] for row in rows if GROUP in row}
    prompts = {row["prompt_id"] for row in rows if "prompt_id" in row}
    named = select(t.Collaborative.id, t.Collaborative.name).where(t.Collaborative.id.in_(groups))
    names = dict((await session.execute(named)).all())
    questions = await _questions(session, prompts)
    return [dict(_in_words(row, names, questions)) for row in rows]


Questions = Mapping[tuple[str, int | None], tuple[str, str]]


async def _questions(session: AsyncSession, prompts: set[str]) -> Questions:
    """(group, question) by prompt and position; without a position, the group alone."""
    rows = await session.execute(
        select(t.Prompt.id, t.PromptQuestion.position, t.Collaborative.name, t.PromptQuestion.text)
        .join(t.PromptQuestion, t.PromptQuestion.prompt_id == t.Prompt.id)
        .join(t.Collaborative, t.Collaborative.id == t.Prompt.collaborative_id)
        .where(t.Prompt.id.in_(prompts))
    )
    found: dict[tuple[str, int | None], tuple[str, str]] = {}
    for prompt, position, group, question in rows:
        found[prompt, position] = group, question
        found[prompt, None] = group, ""
    return found


def _in_words(row: dict[str, Any], names: Mapping[str, str], questions: Questions) -> Iterator[tuple[str, Any]]:
    if GROUP in row:
        yield "group", names.get(row[GROUP], "")
    if "prompt_id" in row:
        group, question = questions.get((row["prompt_id"], row.get("position")), ("", ""))
        yield "group", group
        if question:
            yield "question", question
    yield from ((name, value) for name, value in row.items() if name not in HANDLES)
