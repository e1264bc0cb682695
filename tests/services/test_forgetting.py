"""Erasing everything about a person, row by row, on both kinds of database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.reminders import Reminders, Wishes
from bot.domain.rounds import Actor, Round
from bot.services import (
    agenda as services,
)
from bot.services import (
    forgetting,
    founding,
    parked,
    personal,
    preferences,
    prompt_closing,
    restoring,
    retention,
)
from storage import tables as t
from tests.support.answers import keep
from tests.support.groups import OPEN

GONE = "U1"
"""Who started the group, convenes it, leads its first meeting and writes everywhere."""


async def everywhere(session: AsyncSession, round_: Round) -> None:
    await keep(session, round_, GONE, {0: "my name"}, Visibility.NAMED, OPEN)
    await keep(session, round_, GONE, {1: "no name"}, Visibility.ANONYMOUS, OPEN)
    await keep(session, round_, "U3", {0: "for you alone"}, Visibility.FACILITATOR, OPEN)
    await parked.park(session, round_, GONE, "my topic", OPEN)
    await services.edit(session, round_, GONE, "10 my topic\nthe rest")
    await preferences.keep(session, "T1", GONE, Wishes(Reminders.TWICE), OPEN)
    await founding.keep_filled(session, Actor("T1", "C9", "U2"), {"members": [GONE, "U2"], "designated": GONE})
    await founding.keep_filled(session, Actor("T1", "C9", GONE), {"name": "mine"})
    await session.flush()


async def values(session: AsyncSession) -> list[Any]:
    """Every value of every row, and what is in it."""
    session.expire_all()
    found: list[Any] = []
    for table in t.Base.metadata.sorted_tables:
        for row in (await session.execute(select(table))).all():
            found += [part for value in row for part in parts(value)]
    return found


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from parts(one)
    elif isinstance(value, list):
        for one in value:
            yield from parts(one)
    else:
        yield value


async def test_no_row_holds_them_or_their_words_and_others_lose_nothing(session: AsyncSession, round_: Round) -> None:
    await everywhere(session, round_)
    kept = await personal.everything_about(session, "T1", GONE)
    (anonymous,) = kept[personal.UNSHOWN_ANONYMOUS]
    assert anonymous["text"] == "no name"
    await forgetting.forget(session, "T1", GONE, OPEN)
    left = await values(session)
    for gone in (GONE, "my name", "no name", "my topic", "mine"):
        assert gone not in left
    assert "for you alone" in left
    assert not any(kept for words, kept in (await personal.everything_about(session, "T1", GONE)).items())
    draft = (await session.scalars(select(t.CharterDraft))).one()
    assert draft.filled == {"members": ["U2"], "designated": None}
    assert (await session.scalars(select(t.Convener.person_id))).all() == ["U2"]
    meeting = (await session.scalars(select(t.Meeting))).one()
    agenda = await session.get_one(t.Agenda, meeting.id)
    assert meeting.facilitator_id not in {None, GONE}
    assert [item["title"] for item in agenda.items or []] == [forgetting.KEPT_TOPIC, "the rest"]


async def test_the_record_finds_them_in_a_backup_and_nobody_else(session: AsyncSession, round_: Round) -> None:
    async with session.begin_nested() as before:
        await forgetting.forget(session, "T1", GONE, OPEN)
        (record,) = (
            await session.execute(select(t.Erasure.__table__).where(t.Erasure.what == forgetting.PERSON))
        ).mappings()
        rows = [dict(record)]
        await before.rollback()
    session.expire_all()
    await everywhere(session, round_)
    assert GONE not in str(rows)
    await restoring.take_erasures(session, rows)
    left = await values(session)
    assert GONE not in left
    assert {"U2", "U3", "U4", "U5", "U6", "U7"} <= set(left)
    # Somebody who comes back is not erased by what the backup knew already.
    await keep(session, round_, "U4", {0: "kept"}, Visibility.NAMED, OPEN)
    await restoring.take_erasures(session, rows)
    assert "kept" in await values(session)


@pytest.mark.parametrize(("days", "gone"), [(3, 0), (-1, 1)])
async def test_answers_that_are_too_old_go_and_those_to_open_questions_stay(
    session: AsyncSession, round_: Round, days: int, gone: int
) -> None:
    await keep(session, round_, "U2", {0: "old"}, Visibility.NAMED, OPEN)
    than = (OPEN - timedelta(days=days)).date()
    assert await retention.erase_older(session, than, OPEN) == 0  # still open
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
    await session.flush()
    assert await retention.erase_older(session, than, OPEN) == gone
    assert ("old" in await values(session)) is not bool(gone)
