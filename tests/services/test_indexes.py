"""What people wait for is found by indexes, however many answers others have given."""

import re
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.responses import By
from bot.domain.rounds import Actor, Round
from bot.services import own_answers, responses, thanks
from bot.services.answer_requests import AnswerRequest, TypedText, save_all
from bot.services.responses import AnswerQuery
from tests.support.answers import keep, pass_on
from tests.support.groups import ASKER, OPEN

GROWS = re.compile(r"SCAN (reflection|participation|appreciation|delivery|prompt|prompt_question|meeting|erasure)\b")
"""A look at every row of a table that grows with every meeting."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite says beforehand how it will look things up, and says it of an empty database as of a full one."""
    return sqlite_url


async def test_no_table_that_grows_is_looked_through(session: AsyncSession, round_: Round) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked.append((statement, given))

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    place = Actor(round_.group.workspace, round_.group.channel, "U2")
    await save_all(session, [AnswerRequest(place, TypedText("by command"))], OPEN)
    await keep(session, round_, "U3", {0: "by the form"}, Visibility.ANONYMOUS, OPEN)
    await pass_on(session, round_, "U4", OPEN)
    for by in By:
        for prompt in (round_.prompt.id, None):
            await responses.read(session, AnswerQuery(round_.group.id, "U1", prompt, by, "words"), ASKER.bank)
    await responses.asked_so_far(session, round_.group.id, OPEN, 0, 90)
    await responses.later_than(session, round_, OPEN)
    await responses.first_named(session, round_, 8)
    await responses.on_scale(session, round_)
    await own_answers.mine(session, "T1", "U3", 0, OPEN)
    await own_answers.open_for(session, "T1", "U3", OPEN)
    await thanks.waiting(session, round_.group, OPEN)
    await thanks.to_tell(session, "T1", "U2", OPEN.date())
    event.remove(engine, "before_cursor_execute", note)
    looked_through = []
    connection = await session.connection()
    for statement, given in asked:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not isinstance(given, list):
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            looked_through += [(step.detail, statement) for step in plan if GROWS.match(step.detail)]
    assert looked_through == []
    assert len(asked) > 30
