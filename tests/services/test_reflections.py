"""Answers: kept as their author chose, and nothing in the database says more than that."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Batch, MeetingState, Round
from bot.services import anonymous_batches, people, prompt_closing, reflections, rounds
from bot.services.answer_requests import FilledForm, SecondAnswer
from storage import tables as t
from tests.support.answers import give, keep, pass_on
from tests.support.groups import EVERYBODY, NOW, OPEN

NAMED, ANONYMOUS, FACILITATOR = Visibility.NAMED, Visibility.ANONYMOUS, Visibility.FACILITATOR


async def answer(session: AsyncSession, round_: Round, person: str, text: str, sees: Visibility | None = NAMED) -> None:
    await keep(session, round_, person, {0: text}, sees, OPEN)


async def again(session: AsyncSession, round_: Round) -> Round:
    session.expire_all()
    fresh = await rounds.round_of(session, round_.group.workspace, round_.meeting.id)
    assert fresh is not None
    return fresh


async def close(session: AsyncSession, round_: Round) -> Round:
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
    return await again(session, round_)


async def everything(session: AsyncSession) -> str:
    """All that the database holds about answers, as text; bytes in figures, so that no chance makes them a name."""
    await session.flush()
    lines = []
    for table in (t.Reflection, t.Participation, t.Prompt):
        rows = await session.execute(select(table.__table__))
        lines += [str([one.hex() if isinstance(one, bytes) else one for one in row]) for row in rows]
    return "\n".join(lines)


async def test_an_anonymous_answer_bears_no_author(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U3", "quiet words", ANONYMOUS)
    row = (await session.scalars(select(t.Reflection))).one()
    assert row.author_id is None
    assert row.reader_id is None
    kept = {c.name: getattr(row, c.name) for c in t.Reflection.__table__.columns}
    assert "U3" not in str(kept)


async def test_making_an_answer_anonymous_takes_its_author_away(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U3", "words", NAMED)
    await reflections.change_visibility(session, round_, "U3", 0, ANONYMOUS, OPEN)
    row = (await session.scalars(select(t.Reflection))).one()
    assert row.author_id is None
    await reflections.change_visibility(session, round_, "U3", 0, NAMED, OPEN)
    assert (await session.scalars(select(t.Reflection.author_id))).one() == "U3"


async def test_after_answering_ended_nothing_ties_anonymous_words_to_anybody(
    session: AsyncSession, round_: Round
) -> None:
    for person in EVERYBODY[:4]:
        await answer(session, round_, person, f"words {Random(person).random()}", ANONYMOUS)
    closed = await close(session, round_)
    assert closed.prompt.batch is Batch.WAITING
    assert closed.prompt.took_part == 4
    held = await everything(session)
    assert not any(person in held for person in EVERYBODY)
    prompt = await session.get_one(t.Prompt, round_.prompt.id)
    await anonymous_batches.decide(session, closed, OPEN, show=True)
    assert prompt.key is not None  # until the group is shown them, their authors can take them back
    await anonymous_batches.posted(session, closed.meeting.id, "anonymous_shown", OPEN)
    assert prompt.key is None


@pytest.mark.parametrize(("people", "shown"), [(0, False), (2, False), (3, True), (7, True)])
async def test_fewer_than_three_are_erased_unread(
    session: AsyncSession, round_: Round, people: int, shown: bool
) -> None:
    for person in EVERYBODY[:people]:
        await answer(session, round_, person, f"from {person}", ANONYMOUS)
    await answer(session, round_, EVERYBODY[6], "by name", NAMED)
    closed = await close(session, round_)
    batch = await prompt_closing.anonymous_batch(session, round_.prompt.id, Random(1))
    assert (closed.prompt.batch is Batch.WAITING) == shown
    assert bool(batch) == shown
    left = (await session.scalars(select(t.Reflection.text))).all()
    assert "by name" in left
    assert any(text.startswith("from") for text in left) == shown


async def test_the_batch_is_given_to_nobody_before_answering_ended(session: AsyncSession, round_: Round) -> None:
    for person in EVERYBODY:
        await answer(session, round_, person, "words", ANONYMOUS)
    assert await prompt_closing.anonymous_batch(session, round_.prompt.id, Random(1)) == {}
    for viewer in (None, *EVERYBODY):
        assert await reflections.readable(session, round_.prompt, viewer) == []


async def test_the_order_of_the_batch_follows_the_chance_and_not_the_rows(session: AsyncSession, round_: Round) -> None:
    for person in EVERYBODY:
        await answer(session, round_, person, f"from {person}", ANONYMOUS)
    await close(session, round_)
    orders = {tuple((await prompt_closing.anonymous_batch(session, round_.prompt.id, Random(n)))[0]) for n in range(20)}
    assert len(orders) > 10
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(f"from {p}" for p in EVERYBODY))}


async def test_a_withheld_batch_is_erased_and_the_first_decision_stands(session: AsyncSession, round_: Round) -> None:
    for person in EVERYBODY:
        await answer(session, round_, person, "words", ANONYMOUS)
    closed = await close(session, round_)
    assert await anonymous_batches.decide(session, closed, OPEN, show=False) is Batch.WITHHELD
    assert await anonymous_batches.decide(session, closed, OPEN, show=True) is Batch.WITHHELD
    assert (await session.scalars(select(t.Reflection))).all() == []


async def test_what_was_written_for_the_facilitator_is_read_by_that_one_person(
    session: AsyncSession, round_: Round
) -> None:
    assert round_.meeting.facilitator == "U1"
    await answer(session, round_, "U2", "for you alone", FACILITATOR)
    for viewer in (None, *EVERYBODY):
        seen = await reflections.readable(session, round_.prompt, viewer)
        assert [s.text for s in seen] == (["for you alone"] if viewer == "U1" else [])
    row = await session.get_one(t.Meeting, round_.meeting.id)
    row.facilitator_id = "U4"
    moved = await again(session, round_)
    assert await reflections.readable(session, moved.prompt, "U4") == []
    assert len(await reflections.readable(session, moved.prompt, "U1")) == 1


async def test_repeating_an_answer_changes_nothing(session: AsyncSession, round_: Round) -> None:
    for _ in range(3):
        await answer(session, round_, "U2", "once")
    (own,) = await reflections.own_answers(session, round_.prompt, "U2")
    assert not own.edited
    await answer(session, round_, "U3", "another")
    assert (await again(session, round_)).prompt.took_part == 0  # while it is open, nobody is told
    await close(session, round_)
    assert (await again(session, round_)).prompt.took_part == 2


async def test_a_pass_takes_part_and_leaves_no_words(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "on second thought")
    await pass_on(session, round_, "U2", OPEN)
    assert await reflections.own_answers(session, round_.prompt, "U2") == []
    assert await reflections.has_taken_part(session, round_.prompt, "U2")


async def test_withdrawing_the_only_answer_is_as_if_one_had_not_answered(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "no")
    await reflections.withdraw(session, round_, "U2", 0, OPEN)
    assert not await reflections.has_taken_part(session, round_.prompt, "U2")
    assert (await session.scalars(select(t.Reflection))).all() == []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_answers_are_taken_from_when_it_is_asked_until_it_is_handed_on(
    session: AsyncSession, round_: Round, when: str
) -> None:
    if when == "after":
        await session.execute(update(t.Meeting).values(state=MeetingState.HELD))
    moment = NOW if when == "before" else round_.prompt.closes_at
    with pytest.raises(DomainError, match="comes" if when == "before" else "ended"):
        await keep(session, round_, "U2", {0: "words"}, NAMED, moment)


async def test_anonymous_answers_are_not_among_what_somebody_wrote(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "by name")
    await answer(session, round_, "U3", "without", ANONYMOUS)
    await close(session, round_)
    assert [one.text for one in await reflections.recent_named(session, "T1", "U2", 10)] == ["by name"]
    assert await reflections.recent_named(session, "T1", "U3", 10) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(EVERYBODY[:4]),
        st.sampled_from(["keep", "withdraw", "pass", "sees"]),
        st.sampled_from(Visibility),
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_whatever_people_do_the_database_is_what_a_notebook_would_say(
    session: AsyncSession, round_: Round, steps: list[tuple[str, str, Visibility, str]]
) -> None:
    """The second computation: a dictionary of who wrote what for whom, and a set of who took part."""
    async with session.begin_nested() as attempt:
        notebook: dict[str, tuple[str, Visibility]] = {}
        took_part: set[str] = set()
        for person, step, sees, text in steps:
            await _do(session, round_, person, step, sees, text)
            _note(notebook, took_part, person, step, sees, text)
        own: dict[str, Any] = {}
        for person in EVERYBODY[:4]:
            for mine in await reflections.own_answers(session, round_.prompt, person):
                own[person] = (mine.text, mine.visibility)
        assert own == notebook
        assert {p for p in EVERYBODY if await reflections.has_taken_part(session, round_.prompt, p)} == took_part
        await attempt.rollback()


async def _do(session: AsyncSession, round_: Round, person: str, step: str, sees: Visibility, text: str) -> None:
    match step:
        case "keep":
            await answer(session, round_, person, text, sees)
        case "withdraw":
            await reflections.withdraw(session, round_, person, 0, OPEN)
        case "pass":
            await pass_on(session, round_, person, OPEN)
        case _ if await reflections.own_answers(session, round_.prompt, person):
            await reflections.change_visibility(session, round_, person, 0, sees, OPEN)
        case _:
            with pytest.raises(DomainError):
                await reflections.change_visibility(session, round_, person, 0, sees, OPEN)


def _note(
    notebook: dict[str, tuple[str, Visibility]],
    took_part: set[str],
    person: str,
    step: str,
    sees: Visibility,
    text: str,
) -> None:
    match step:
        case "keep":
            notebook[person] = (text, sees)
            took_part.add(person)
        case "withdraw" if person in notebook:
            del notebook[person]
            took_part.discard(person)
        case "pass":
            notebook.pop(person, None)
            took_part.add(person)
        case "sees" if person in notebook:
            notebook[person] = (notebook[person][0], sees)


async def test_words_that_stand_in_a_channel_are_never_kept_without_a_name(
    session: AsyncSession, round_: Round
) -> None:
    for form in (
        FilledForm({0: "aloud"}, ANONYMOUS, public={0}),
        FilledForm({0: "aloud"}, None, each={0: ANONYMOUS}, public={0}),
    ):
        with pytest.raises(DomainError, match="message of yours"):
            await give(session, round_, "U2", form, OPEN)
    await give(session, round_, "U2", FilledForm({0: "aloud"}, NAMED, public={0}), OPEN)
    for visibility in (ANONYMOUS,):
        with pytest.raises(DomainError, match="message of yours"):
            await reflections.change_visibility(session, round_, "U2", 0, visibility, OPEN)
    with pytest.raises(DomainError, match="message of yours"):
        await answer(session, round_, "U2", "aloud, and a word more", ANONYMOUS)
    await give(session, round_, "U2", SecondAnswer(0, "something else", ANONYMOUS, adds=False, opened={}), OPEN)
    row = (await session.scalars(select(t.Reflection))).one()
    assert (row.text, row.public, row.author_id) == ("something else", False, None)


async def test_a_message_never_comes_beside_words_without_a_name(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "quiet", ANONYMOUS)
    for both in (
        FilledForm({0: "quiet\n\naloud"}, None, public={0}),
        SecondAnswer(0, "aloud", ANONYMOUS, adds=True, opened={}, public={0}),
    ):
        with pytest.raises(DomainError, match="message of yours"):
            await give(session, round_, "U2", both, OPEN)
    assert (await session.scalars(select(t.Reflection.text))).all() == ["quiet"]


async def test_an_answer_that_the_group_reads_by_name_is_not_made_anonymous(
    session: AsyncSession, round_: Round
) -> None:
    await answer(session, round_, "U2", "read already")
    await session.execute(update(t.Prompt).values(shared_at=OPEN).execution_options(synchronize_session="fetch"))
    shared = await again(session, round_)
    with pytest.raises(DomainError, match="The group can read it"):
        await reflections.change_visibility(session, shared, "U2", 0, ANONYMOUS, OPEN)
    with pytest.raises(DomainError, match="The group can read it"):
        await answer(session, shared, "U2", "read already, changed", ANONYMOUS)
    await answer(session, shared, "U3", "never read", ANONYMOUS)


async def test_only_what_was_chosen_freely_is_a_wish_for_the_next_answer(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "quiet", ANONYMOUS)
    await reflections.change_visibility(session, round_, "U2", 0, NAMED, OPEN)  # because too few answered that way
    await give(session, round_, "U2", FilledForm({0: "x"}, None, each={0: NAMED}, public={0}), OPEN)
    assert await people.sees_of(session, "T1", "U2") is ANONYMOUS
    await reflections.change_visibility(session, round_, "U2", 0, FACILITATOR, OPEN, remember=True)
    assert await people.sees_of(session, "T1", "U2") is FACILITATOR
