"""What is for one person alone when somebody else leads: it stays where it is, and its author is asked once."""

from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.types import NothingToSend
from bot.domain.anonymity import Visibility
from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.services import agenda, private_answers, reflections, responses, rounds
from bot.services.own_answers import mine
from handlers.messages import former_reader as kind
from handlers.views.block_kit import say
from storage import tables as t
from tests.support.answers import keep
from tests.support.groups import ASKER, EVERYBODY, OPEN
from tests.support.planning import plan_group, to_render

NIGHT = datetime(2026, 9, 7, 5, tzinfo=UTC)
"""Monday, midnight in Chicago."""

MORNING = datetime(2026, 9, 7, 14, tzinfo=UTC)
ALONE = Visibility.FACILITATOR


async def led_by(session: AsyncSession, round_: Round, person: str | None) -> Round:
    await session.execute(
        update(t.Meeting)
        .where(t.Meeting.id == round_.meeting.id)
        .values(facilitator_id=person)
        .execution_options(synchronize_session="fetch")
    )
    return await rounds.current(session, round_.group)


async def asked(session: AsyncSession, round_: Round, now: datetime) -> dict[str, datetime]:
    """Who is to be asked, and when."""
    await plan_group(session, "T1", round_.group.id, now)
    row = t.Delivery
    rows = await session.execute(
        select(row.recipient, row.due_at).where(row.kind == kind.ASKED, row.state == "planned")
    )
    return dict(rows.all())


async def readers_of(session: AsyncSession, round_: Round) -> set[str]:
    """Everybody who can read it, on the screens that show answers."""
    can = set()
    for viewer in EVERYBODY:
        page = await responses.read(session, responses.AnswerQuery(round_.group.id, viewer, None), ASKER.bank)
        contents = await agenda.contents(session, round_, viewer, Random(1))
        if "For U1" in str(page) + str(contents.answers):
            can.add(viewer)
    return can


async def test_it_stays_with_whom_it_was_for_and_its_author_is_asked_in_their_hours(
    session: AsyncSession, round_: Round
) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    assert await asked(session, round_, NIGHT) == {}
    moved = await led_by(session, round_, "U2")
    assert await asked(session, moved, NIGHT) == {"U3": MORNING}
    assert await asked(session, moved, MORNING) == {"U3": MORNING}  # once
    assert await readers_of(session, moved) == {"U1", "U3"}
    (page,) = (await mine(session, "T1", "U3", 0, OPEN)).some
    assert page.own.reader == "Name U1"
    assert page.own.is_with_former
    assert await asked(session, await led_by(session, moved, "U1"), NIGHT) == {}  # back again


@pytest.mark.parametrize("leads", ["U3", None], ids=["its author", "nobody"])
async def test_nobody_is_asked_where_there_is_nobody_else_to_give_it_to(
    session: AsyncSession, round_: Round, leads: str | None
) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    assert await asked(session, await led_by(session, round_, leads), MORNING) == {}


async def test_what_was_read_and_what_somebody_wrote_for_themselves_ask_nothing(
    session: AsyncSession, round_: Round
) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    await keep(session, round_, "U1", {0: "For myself"}, ALONE, OPEN)
    contents = await agenda.contents(session, round_, "U1", Random(1))
    await private_answers.mark_shown(session, [seen.id for seen in contents.private])
    moved = await led_by(session, round_, "U2")
    assert await asked(session, moved, MORNING) == {}
    await keep(session, moved, "U3", {0: "For U1, in other words"}, ALONE, MORNING)
    assert set(await asked(session, moved, MORNING)) == {"U3"}  # that, U1 has not read


async def test_whom_it_was_for_reads_it_on_every_screen_and_that_is_recorded(
    session: AsyncSession, round_: Round
) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    row = (await session.scalars(select(t.Reflection))).one()
    contents = await agenda.contents(session, round_, "U1", Random(1))
    page = await responses.read(session, responses.AnswerQuery(round_.group.id, "U1", None), ASKER.bank)
    assert agenda.private_shown(contents, 12) == responses.shown_alone(page) == (row.id,)
    own = await responses.read(session, responses.AnswerQuery(round_.group.id, "U3", None), ASKER.bank)
    assert responses.shown_alone(own) == ()  # its author's look is nobody's


async def test_the_author_gives_it_keeps_it_or_takes_it_back(session: AsyncSession, round_: Round) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    moved = await led_by(session, round_, "U2")
    mark = private_answers.mark_of(moved)
    former = await private_answers.require_of_author(session, moved, "U3", mark)
    for verb, readers in (
        (private_answers.give, {"U2", "U3"}),
        (private_answers.keep, {"U1", "U3"}),
        (partial(private_answers.take_back, now=OPEN), set()),
    ):
        async with session.begin_nested() as attempt:
            await verb(session, moved, "U3", former.positions)
            session.expire_all()
            assert await readers_of(session, moved) == readers
            assert await asked(session, moved, MORNING) == {}
            with pytest.raises(DomainError, match="nothing to decide"):
                await private_answers.require_of_author(session, moved, "U3", mark)
            await attempt.rollback()
    third = await led_by(session, moved, "U4")
    with pytest.raises(DomainError, match="Somebody else leads"):
        await private_answers.require_of_author(session, third, "U3", mark)


async def test_what_was_to_stay_is_not_asked_about_again(session: AsyncSession, round_: Round) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    moved = await led_by(session, round_, "U2")
    await private_answers.keep(session, moved, "U3", [0])
    assert await asked(session, await led_by(session, moved, "U4"), MORNING) == {}


async def test_the_question_names_both_and_leaves_no_words_behind(session: AsyncSession, round_: Round) -> None:
    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    moved = await led_by(session, round_, "U2")
    await asked(session, moved, MORNING)
    row = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == kind.ASKED))).one()
    message = await kind.compose(to_render(session, moved, row, MORNING))
    said = str(message.blocks) + say(message.blocks)
    for part in ("Give it to Name U2", "Keep it with Name U1", "Take it back", "it stays with Name U1 alone"):
        assert part in said
    assert "For U1" not in said
    await reflections.withdraw(session, moved, "U3", 0, MORNING)
    with pytest.raises(NothingToSend):
        await kind.compose(to_render(session, moved, row, MORNING + timedelta(hours=1)))


async def test_whom_it_was_kept_for_hears_of_it_once_until_they_have_read_it(
    session: AsyncSession, round_: Round
) -> None:
    async def told(round_: Round) -> set[str]:
        await plan_group(session, "T1", round_.group.id, MORNING)
        rows = select(t.Delivery.recipient).where(t.Delivery.kind == kind.KEPT, t.Delivery.state == "planned")
        return set(await session.scalars(rows))

    await keep(session, round_, "U3", {0: "For U1"}, ALONE, OPEN)
    moved = await led_by(session, round_, "U2")
    assert await told(moved) == set()  # its author has not said so yet
    await private_answers.keep(session, moved, "U3", [0])
    assert await told(moved) == {"U1"}
    assert await told(moved) == {"U1"}
    (page,) = (await mine(session, "T1", "U3", 0, OPEN)).some
    assert page.own.can_be_given
    await session.execute(update(t.Reflection).values(shown=True))
    assert await private_answers.kept_unread(session, [moved], OPEN) == {}
    await session.execute(update(t.Meeting).values(state="held"))
    (page,) = (await mine(session, "T1", "U3", 0, OPEN)).some
    assert not page.own.can_be_given  # that meeting is over, whoever leads by now
