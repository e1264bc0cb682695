"""What a transaction writes to is noted, in whatever way it was written; and nothing else is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.scopes import Scope
from storage import tables as t
from storage.database import Database
from storage.engine import upsert
from storage.written import Mark, forget, noted, save
from tests.support.groups import settle_in

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
Write = Callable[[AsyncSession], Awaitable[object]]


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.sessions.begin(60) as opened:
        await settle_in(opened, "T1")
        await opened.flush()
        noted(opened)
        yield opened


async def prompt_of(session: AsyncSession) -> t.Prompt:
    return (await session.scalars(select(t.Prompt))).one()


async def answer(session: AsyncSession) -> dict[str, object]:
    prompt = await prompt_of(session)
    about = {"id": "R1", "workspace_id": "T1", "prompt_id": prompt.id, "position": 0, "respondent": "by.U2"}
    said = {"visibility": "named", "author_id": "U2", "text": "Words", "given_on": date(2026, 9, 6)}
    flags = dict.fromkeys(("edited", "late", "on_agenda", "shown", "stays", "public"), False)
    return about | said | flags | {"revision": 0}


async def put(session: AsyncSession) -> None:
    await upsert(session, t.Reflection, [await answer(session)])


async def by_object(session: AsyncSession) -> None:
    meeting = (await session.scalars(select(t.Meeting))).one()
    meeting.notes, meeting.facilitator_id = "Notes", "U3"


WAYS: dict[str, tuple[Write, set[tuple[Scope, str]]]] = {
    "an upsert": (put, {(Scope.ANSWERS, "prompt"), (Scope.PERSON, "U2")}),
    "an object that is changed, whoever it was of before": (
        by_object,
        {(Scope.MEETING, "meeting"), (Scope.PERSON, "U1"), (Scope.PERSON, "U3")},
    ),
    "a statement for many rows": (
        lambda s: s.execute(update(t.Prompt).values(took_part=3)),
        {(Scope.MEETING, "meeting")},
    ),
    "a statement for a plain table": (
        lambda s: s.execute(delete(t.Convener.__table__)),  # type: ignore[arg-type]  # it is one
        {(Scope.GROUP, "group"), (Scope.PERSON, "U1")},
    ),
    "somebody who left a channel": (
        lambda s: s.execute(delete(t.ChannelMember).where(t.ChannelMember.person_id == "U4")),
        {(Scope.PROFILE, "U4")},
    ),
    "nothing that anything shows": (
        lambda s: s.execute(update(t.Person).values(dm_channel="D1", read_in=7)),
        set(),
    ),
    "no row at all": (lambda s: s.execute(update(t.Meeting).where(t.Meeting.number == 7).values(notes="x")), set()),
    "a delivery": (lambda s: s.execute(update(t.Delivery).values(reason="x")), set()),
}


@pytest.mark.parametrize(("write", "touched"), WAYS.values(), ids=WAYS)
async def test_what_is_written_says_what_it_touches(
    session: AsyncSession, write: Write, touched: set[tuple[Scope, str]]
) -> None:
    prompt = await prompt_of(session)
    named = {"prompt": prompt.id, "meeting": prompt.meeting_id, "group": prompt.collaborative_id}
    await write(session)
    await session.flush()
    expected: set[Mark] = {("T1", scope, named.get(one, one)) for scope, one in touched}
    assert noted(session) == expected


async def test_every_table_says_where_it_belongs_or_that_nothing_shows_it() -> None:
    """A table that hangs off a group, or holds people, and would have nothing looked at, has to say so."""
    from storage.written import _shown  # noqa: PLC0415 - what is judged here

    unseen = {table.name for table in t.Base.metadata.sorted_tables if _shown(table) is None}
    assert unseen == {
        *("delivery", "home", "slack_hold", "directory_reading", "erasure", "written"),
        *("charter_draft", "notes_draft"),
    }


async def test_marks_are_counted_and_of_somebody_who_is_forgotten_none_is_kept(session: AsyncSession) -> None:
    for _ in range(2):
        await put(session)
        await save(session)
    row = t.Written
    assert set(await session.scalars(select(row.times).where(row.scope == Scope.ANSWERS))) == {2}
    await put(session)
    await forget(session, "T1", "U2")
    await save(session)
    assert "U2" not in set(await session.scalars(select(row.scope_id)))
