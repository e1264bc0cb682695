"""What a backup's content becomes before it takes over: authors keep their answers, and nobody's count is too high."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import CLEANUP, Visibility
from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.rounds import Batch, Round
from bot.services import deliveries, prompt_closing, reflections, restoring, rounds
from bot.services.deliveries import RESTORED, DesiredDelivery
from handlers.messages.anonymous_review import unshown_wanted, voided_wanted
from storage import tables as t
from tests.support.answers import keep, pass_on
from tests.support.groups import OPEN

NAMED, ANONYMOUS, FACILITATOR = Visibility.NAMED, Visibility.ANONYMOUS, Visibility.FACILITATOR


async def answer(session: AsyncSession, round_: Round, person: str, said: str, sees: Visibility = NAMED) -> None:
    await keep(session, round_, person, {0: said}, sees, OPEN)


async def as_backup(session: AsyncSession) -> None:
    """A backup holds no keys."""
    await session.execute(update(t.Prompt).values(key=None))
    session.expire_all()


async def anew(session: AsyncSession, round_: Round) -> Round:
    await restoring.begin_anew(session, OPEN)
    session.expire_all()
    fresh = await rounds.round_of(session, "T1", round_.meeting.id)
    assert fresh is not None
    return fresh


async def own(session: AsyncSession, round_: Round, person: str) -> list[str]:
    return [mine.text for mine in await reflections.own_answers(session, round_.prompt, person)]


async def test_whose_author_is_known_can_be_changed_again(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "by name")
    await answer(session, round_, "U3", "for one", FACILITATOR)
    old = (await session.get_one(t.Prompt, round_.prompt.id)).key
    await as_backup(session)
    round_ = await anew(session, round_)
    assert await own(session, round_, "U2") == ["by name"]
    assert await own(session, round_, "U3") == ["for one"]
    await answer(session, round_, "U2", "by name, and better")
    assert len((await session.scalars(select(t.Reflection))).all()) == 2
    assert (await session.get_one(t.Prompt, round_.prompt.id)).key not in {None, old}


async def test_no_anonymous_answer_outlives_a_restore_and_its_author_is_asked_again(
    session: AsyncSession, round_: Round
) -> None:
    await answer(session, round_, "U2", "by name")
    await answer(session, round_, "U3", "quietly", ANONYMOUS)
    await as_backup(session)
    round_ = await anew(session, round_)
    assert (await session.scalars(select(t.Reflection.text))).all() == ["by name"]
    assert (await session.scalars(select(t.Participation.person_id))).all() == ["U2"]
    assert round_.prompt.batch is Batch.COLLECTING
    assert round_.prompt.voided_at == OPEN
    assert [want.kind for want in voided_wanted(round_, OPEN)] == ["anonymous_voided"]
    await answer(session, round_, "U3", "quietly, again", ANONYMOUS)
    assert await own(session, round_, "U3") == ["quietly, again"]


async def test_a_batch_that_waits_ends_with_a_restore_and_its_key(session: AsyncSession, round_: Round) -> None:
    for person in ("U2", "U3", "U4"):
        await answer(session, round_, person, "quietly", ANONYMOUS)
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
    await session.flush()
    round_ = await anew(session, round_)
    assert (await session.get_one(t.Prompt, round_.prompt.id)).key is None
    assert (await session.scalars(select(t.Reflection))).all() == []
    assert round_.prompt.batch is Batch.WITHHELD
    assert [want.kind for want in voided_wanted(round_, OPEN)] == ["anonymous_voided"]
    assert list(unshown_wanted(round_, OPEN)) == []  # it is said once


async def test_what_authors_were_told_before_a_restore_is_settled(session: AsyncSession, round_: Round) -> None:
    told = {
        "workspace_id": "T1",
        "collaborative_id": round_.group.id,
        "kind": "returned",
        "arguments": {"token": "mark"},
    }
    rows = [told | {"recipient": "U3", "sent_channel": "D3", "sent_ts": "3.1"}]
    await restoring.take_messages(session, [*rows, rows[0] | {"workspace_id": "T9"}], OPEN)
    (debt,) = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == CLEANUP))).all()
    assert (debt.operation, debt.sent_channel, debt.sent_ts, debt.arguments) == (
        "update",
        "D3",
        "3.1",
        {"face": "voided"},
    )


async def test_an_answer_stands_as_its_author_left_it(session: AsyncSession, round_: Round) -> None:
    await answer(session, round_, "U2", "with a name and a slip")
    row = (await session.scalars(select(t.Reflection))).one()
    newer = dict.fromkeys(restoring.AUTHORS_OWN) | {
        "id": row.id, "text": "without", "visibility": ANONYMOUS, "edited": True, "revision": 0
    }  # fmt: skip
    missing = newer | {"id": "one that was given since"}
    await restoring.take_changes(session, [newer, missing])
    row = (await session.scalars(select(t.Reflection))).one()
    assert (row.text, row.visibility, row.author_id, row.edited) == ("without", ANONYMOUS, None, True)


async def test_erasures_come_with_workspaces_that_the_backup_does_not_know(
    session: AsyncSession, round_: Round
) -> None:
    await answer(session, round_, "U2", "gone")
    row = (await session.scalars(select(t.Reflection))).one()
    await restoring.take_erasures(session, [erasure(row.id, "T1"), erasure("elsewhere", "T7")])
    assert (await session.scalars(select(t.Reflection.id))).all() == []
    assert set(await session.scalars(select(t.Erasure.row_id))) == {row.id, "elsewhere"}


def erasure(row: str, workspace: str) -> Mapping[str, Any]:
    return {"row_id": row, "what": "reflection", "erased_on": OPEN.date(), "workspace_id": workspace}


async def test_every_way_of_taking_an_answer_back_is_recorded_without_who_or_when(
    session: AsyncSession, round_: Round
) -> None:
    ids = set()
    for person in ("U2", "U3", "U4", "U5"):
        await answer(session, round_, person, f"from {person}", ANONYMOUS if person == "U5" else NAMED)
        ids = set(await session.scalars(select(t.Reflection.id)))
    await reflections.withdraw(session, round_, "U2", 0, OPEN)
    await keep(session, round_, "U3", {0: "  "}, None, OPEN)
    await pass_on(session, round_, "U4", OPEN)
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)  # one anonymous answer is too few
    await session.flush()
    assert set(await session.scalars(select(t.Erasure.row_id))) == ids
    kept = {c.name for c in t.Erasure.__table__.columns}
    assert kept == {"row_id", "what", "erased_on", "workspace_id"}


# ---- What may have been posted ----


def wanted(key: str, hours: float, recipient: str = "C1", earliest: float | None = None) -> DesiredDelivery:
    since = None if earliest is None else OPEN + timedelta(hours=earliest)
    return DesiredDelivery(
        "prompt", Operation.POST, recipient, OPEN + timedelta(hours=hours), None, key, earliest=since
    )


async def planned(session: AsyncSession, round_: Round, *plan: DesiredDelivery) -> dict[str, str]:
    """Plan, and say what became of each: its state, and how many hours from now it is due."""
    await deliveries.reconcile(session, {("T1", round_.group.id): plan})
    await session.flush()
    session.expire_all()
    rows = await session.scalars(select(t.Delivery).where(t.Delivery.collaborative_id == round_.group.id))
    return {row.dedupe_key: f"{row.state} {(row.due_at - OPEN) / timedelta(hours=1):g}" for row in rows}


async def test_what_may_have_been_posted_is_looked_for_and_the_rest_goes_on(
    session: AsyncSession, round_: Round
) -> None:
    plan = (
        wanted("was due", -1),
        wanted("comes", 2),
        wanted("could be early", 3, earliest=-1),
        wanted("dm was due", -1, "U1"),
        wanted("dm comes", 2, "U1"),
    )
    await planned(session, round_, *plan)
    round_ = await anew(session, round_)
    expected = {
        "was due": "unclear -1",
        "comes": "planned 2",
        "could be early": "unclear 3",
        "dm was due": "unclear -1",
        "dm comes": "planned 2",
    }
    assert await planned(session, round_, *plan) == expected
    new = await planned(session, round_, *plan, wanted("new", -1), wanted("new early", 5, earliest=-2))
    assert new == expected | {"new": "unclear -1", "new early": "unclear 5"}


async def test_what_waits_for_a_look_follows_the_plan(session: AsyncSession, round_: Round) -> None:
    await planned(session, round_, wanted("agenda", 3, earliest=-1), wanted("other", 3, earliest=-1))
    round_ = await anew(session, round_)
    assert await planned(session, round_, wanted("agenda", 1, earliest=-1)) == {
        "agenda": "unclear 1",
        "other": "withdrawn 3",
    }
    again = await planned(session, round_, wanted("agenda", 1, earliest=-1), wanted("other", 2, earliest=-1))
    assert again["other"] == "unclear 2"


async def test_once_it_was_looked_for_it_is_not_doubted_again(session: AsyncSession, round_: Round) -> None:
    plan = wanted("agenda", -1)
    await planned(session, round_, plan)
    round_ = await anew(session, round_)
    await planned(session, round_, plan)
    row = (await session.scalars(select(t.Delivery))).one()
    assert row.reason == RESTORED
    row.state = DeliveryState.ASKED
    await session.flush()
    await deliveries.settle_asked(session, "T1", row.id, is_there=False, now=OPEN)
    assert (await planned(session, round_, plan))["agenda"].startswith("planned")
