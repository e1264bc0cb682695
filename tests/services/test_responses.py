"""Reading page by page: nothing more than the viewer may, nothing left out, nothing twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.questions import Wants
from bot.domain.responses import By, Line, may_read
from bot.domain.rounds import Batch, Round
from bot.services import early_results, own_answers, prompt_closing, responses, rounds, thanks
from bot.services.responses import A_PAGE, AnswerQuery
from storage import tables as t
from storage.engine import upsert
from tests.support.answers import keep
from tests.support.groups import ASKER, EVERYBODY, OPEN, settle_in

NAMED, ANONYMOUS, FACILITATOR = Visibility.NAMED, Visibility.ANONYMOUS, Visibility.FACILITATOR


async def answer(session: AsyncSession, round_: Round, person: str, text: str, sees: Visibility = NAMED) -> None:
    await keep(session, round_, person, {0: text}, sees, OPEN)


async def end(session: AsyncSession, round_: Round) -> Round:
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
    session.expire_all()
    fresh = await rounds.round_of(session, round_.group.workspace, round_.meeting.id)
    assert fresh is not None
    return fresh


async def read_all(session: AsyncSession, wish: AnswerQuery) -> list[Line]:
    """Page after page, to the end."""
    lines: list[Line] = []
    while True:
        here = AnswerQuery(wish.group, wish.viewer, wish.prompt, wish.by, wish.words, len(lines))
        page = await responses.read(session, here, ASKER.bank)
        lines += page.lines
        if not page.more:
            return lines
        assert len(page.lines) == A_PAGE


def wish(round_: Round, viewer: str, by: By = By.QUESTION, words: str = "") -> AnswerQuery:
    return AnswerQuery(round_.group.id, viewer, round_.prompt.id, by, words)


STATES = [(closed, shared, batch) for closed, shared, batch in product((False, True), (False, True), Batch)]


def every_kind() -> Iterator[tuple[Visibility, str | None, str | None]]:
    for author in ("U2", "U3"):
        yield NAMED, author, None
        yield FACILITATOR, author, "U1"
        yield FACILITATOR, author, None
    yield ANONYMOUS, None, None


async def test_the_database_follows_the_rule(session: AsyncSession, round_: Round) -> None:
    kinds = list(every_kind())
    for number, (sees, author, reader) in enumerate(kinds):
        who = {"visibility": sees, "author_id": author, "reader_id": reader}
        row = {"workspace_id": "T1", "prompt_id": round_.prompt.id, "position": 0, "respondent": str(number)}
        session.add(t.Reflection(**row, **who, text=str(number), given_on=date(2026, 9, 6)))
    prompt = await session.get_one(t.Prompt, round_.prompt.id)
    for closed, shared, batch in STATES:
        prompt.closed_at, prompt.shared_at, prompt.batch.state = (
            OPEN if closed else None,
            OPEN if shared else None,
            batch,
        )
        await session.flush()
        shown = batch is Batch.SHOWN
        for viewer in ("U1", "U2", "U4"):
            read = {int(line.seen.text) for line in await read_all(session, wish(round_, viewer))}
            may = {
                number
                for number, (sees, author, reader) in enumerate(kinds)
                if may_read(viewer, sees, author, reader, ended=closed or shared, batch_shown=shown)
            }
            assert read == may, (closed, shared, batch, viewer)


def named(round_: Round, text: str, author: str = "U2") -> dict[str, object]:
    """An answer as it is stored."""
    known = {"id": t.new_id(), "workspace_id": "T1", "prompt_id": round_.prompt.id, "position": 0, "respondent": text}
    sees = {"visibility": NAMED, "author_id": author, "reader_id": None}
    return known | sees | {"text": text, "given_on": date(2026, 9, 6), "edited": False, "late": False}


async def test_three_thousand_answers_are_read_to_the_last_and_searched(session: AsyncSession, round_: Round) -> None:
    needles = {f"Ça fait {number}" for number in range(0, 3000, 97)}
    hay = {f"answer {number}" for number in range(3000 - len(needles))}
    rows = [named(round_, text, EVERYBODY[n % 7]) for n, text in enumerate(sorted(needles | hay))]
    await upsert(session, t.Reflection, rows)
    closed = await end(session, round_)
    for by in By:
        page = await responses.read(
            session, AnswerQuery(round_.group.id, "U1", round_.prompt.id, by, start=2990), ASKER.bank
        )
        assert (len(page.lines), page.more) == (10, False)
        lines = await read_all(session, wish(closed, "U1", by, "CA FAIT"))
        assert len(lines) == len(needles)
        assert {line.seen.text for line in lines} == needles


async def test_pages_hold_everything_once(session: AsyncSession, round_: Round) -> None:
    texts = {f"answer {number}" for number in range(55)}
    await upsert(session, t.Reflection, [named(round_, text) for text in sorted(texts)])
    closed = await end(session, round_)
    for by in By:
        lines = await read_all(session, wish(closed, "U1", by))
        assert len(lines) == len(texts)
        assert {line.seen.text for line in lines} == texts


async def test_nothing_of_another_group_is_read(session: AsyncSession, round_: Round) -> None:
    other = await rounds.current(session, await settle_in(session, "T2"))
    await answer(session, other, "U2", "theirs")
    await end(session, other)
    await answer(session, round_, "U2", "ours")
    closed = await end(session, round_)
    for whole in (wish(closed, "U2"), AnswerQuery(closed.group.id, "U2", None)):
        assert [line.seen.text for line in await read_all(session, whole)] == ["ours"]


async def test_scales_count_only_what_was_said_by_name(session: AsyncSession, round_: Round) -> None:
    asked = await session.get_one(t.PromptQuestion, (round_.prompt.id, 0))
    asked.wants = Wants.SCALE
    await session.flush()
    for person, sees in zip(EVERYBODY, (NAMED, NAMED, ANONYMOUS, ANONYMOUS, ANONYMOUS, FACILITATOR), strict=False):
        await answer(session, round_, person, "5 – very much", sees)
    closed = await end(session, round_)
    assert await responses.on_scale(session, closed) == {0: {"5 – very much": 2}}


# ---- Thanks ----


async def answered_by(session: AsyncSession, round_: Round, person: str) -> str:
    author = t.Reflection.author_id == person
    row = await session.scalar(select(t.Reflection.id).where(t.Reflection.prompt_id == round_.prompt.id, author))
    assert row is not None
    return row


async def test_one_thanks_once_and_not_oneself(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "words")
    closed = await end(session, round_)
    row = await answered_by(session, closed, "U2")
    for _ in range(3):
        await thanks.thank(session, closed, "U3", row, OPEN)
    assert len((await session.scalars(select(t.Appreciation))).all()) == 1
    with pytest.raises(DomainError, match="your own"):
        await thanks.thank(session, closed, "U2", row, OPEN)
    (line,) = await read_all(session, wish(closed, "U3"))
    assert (line.thanks_for, line.thanked) == (row, True)
    (line,) = await read_all(session, wish(closed, "U4"))
    assert (line.thanks_for, line.thanked) == (row, False)
    await thanks.take_back(session, closed, "U3", row, OPEN)
    assert (await session.scalars(select(t.Appreciation))).all() == []


@pytest.mark.parametrize("sees", [ANONYMOUS, FACILITATOR])
async def test_nobody_can_be_thanked_for_what_the_group_does_not_read_by_name(
    session: AsyncSession, round_: Round, sees: Visibility
) -> None:
    for person in EVERYBODY[:4]:
        await answer(session, round_, person, "words", sees)
    row = (await session.scalars(select(t.Reflection.id))).first()
    closed = await end(session, round_)
    with pytest.raises(DomainError, match="not there"):
        await thanks.thank(session, closed, "U5", str(row), OPEN)


async def test_nobody_can_be_thanked_before_answering_ended_or_across_groups(
    session: AsyncSession, round_: Round
) -> None:
    other = await rounds.current(session, await settle_in(session, "T2"))
    await answer(session, round_, "U2", "words")
    row = await answered_by(session, round_, "U2")
    with pytest.raises(DomainError, match="not there"):
        await thanks.thank(session, round_, "U3", row, OPEN)
    await end(session, round_)
    with pytest.raises(DomainError, match="not there"):
        await thanks.thank(session, other, "U3", row, OPEN)


async def test_an_author_of_two_groups_hears_of_all_in_one(session: AsyncSession, round_: Round) -> None:
    other = await rounds.current(session, await settle_in(session, "T1", "C2"))
    for where in (round_, other):
        await answer(session, where, "U2", f"words in {where.group.channel}")
        await thanks.thank(
            session, closed := await end(session, where), "U3", await answered_by(session, closed, "U2"), OPEN
        )
    (first,) = await thanks.waiting(session, round_.group, OPEN)
    session.add(
        t.Delivery(
            workspace_id="T1",
            kind="thanks",
            scope="person",
            operation="post",
            collaborative_id=round_.group.id,
            recipient="U2",
            arguments={"day": first.day.isoformat()},
            planned_for=OPEN,
            due_at=OPEN,
            dedupe_key="thanks",
        )
    )
    await session.flush()
    assert await thanks.waiting(session, other.group, OPEN) == []
    told = await thanks.to_tell(session, "T1", "U2", first.day)
    assert {one.text for one in told} == {"words in C1", "words in C2"}


async def test_thanks_go_when_the_answer_goes(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "words")
    closed = await end(session, round_)
    row = await answered_by(session, closed, "U2")
    await thanks.thank(session, closed, "U3", row, OPEN)
    await session.execute(delete(t.Reflection).where(t.Reflection.id == row))
    assert (await session.scalars(select(t.Appreciation))).all() == []


# ---- Sharing, and my own ----


async def test_only_who_leads_shares_and_only_once_the_questions_are_out(session: AsyncSession, round_: Round) -> None:
    with pytest.raises(DomainError, match="facilitator"):
        await early_results.share(session, round_, "U5", OPEN)
    with pytest.raises(DomainError, match="not in the channel yet"):
        await early_results.share(session, round_, "U1", OPEN)


async def test_mine_are_mine_alone_over_all_groups_and_pages(session: AsyncSession, round_: Round) -> None:
    other = await rounds.current(session, await settle_in(session, "T1", "C2"))
    strange = await rounds.current(session, await settle_in(session, "T2"))
    for where in (round_, other, strange):
        for person in ("U2", "U3"):
            said = {q.position: f"{where.group.id} {person} {q.position}" for q in where.prompt.questions}
            await keep(session, where, person, said, ANONYMOUS if where is other else NAMED, OPEN)
    texts, start = [], 0
    while True:
        page = await own_answers.mine(session, "T1", "U2", start, OPEN)
        texts += [one.own.text for one in page.some]
        start += len(page.some)
        if not page.more:
            break
    asked = {g.group.id: len(g.prompt.questions) for g in (round_, other)}
    assert sorted(texts) == sorted(f"{group} U2 {n}" for group, number in asked.items() for n in range(number))
    assert len(await own_answers.open_for(session, "T1", "U2", OPEN)) == 2
    assert await own_answers.open_for(session, "T1", "U2", round_.prompt.closes_at + timedelta(days=1)) == []
