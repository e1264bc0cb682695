"""Batches of anonymous answers, from the first answer to every end that they can have."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import bot
from bot.domain.anonymity import AUTHORS_ONLY, CLEANUP, TO_AUTHORS, Visibility
from bot.domain.anonymous_batches import AFTER_OUTAGE, ALIVE, NEXT, REVIEW_TIME, IllegalMove, advance
from bot.domain.deliveries import DeliveryState, Operation
from bot.domain.errors import DomainError
from bot.domain.reminders import Recipient, Wishes
from bot.domain.rounds import Batch, MeetingState, Round
from bot.services import (
    anonymous_batches,
    changes,
    claims,
    deliveries,
    forgetting,
    message_cleanup,
    prompt_closing,
    reflections,
    restoring,
    results,
    returned_answers,
    rounds,
    thanks_notices,
)
from bot.services.claims import ClaimCandidate, LeasePolicy
from bot.services.returned_answers import AnonymousAuthors
from handlers.messages import facilitator
from handlers.views import anonymous_author
from storage import tables as t
from storage.engine import database_now
from tests.support.answers import keep
from tests.support.groups import EVERYBODY, OPEN
from tests.support.planning import plan_group

NAMED, ANONYMOUS = Visibility.NAMED, Visibility.ANONYMOUS
SHORT, LONG, STEPS = 6, 24, 14


# ---- The state machine ----


@pytest.mark.parametrize(("before", "after"), list(product(Batch, Batch)))
def test_a_batch_goes_on_and_never_back(before: Batch, after: Batch) -> None:
    if after in NEXT[before]:
        assert advance(before, after) is after
        assert before in ALIVE
    else:
        with pytest.raises(IllegalMove):
            advance(before, after)


def test_only_its_owner_writes_the_state_of_a_batch_or_its_key() -> None:
    """A new end is written there, and goes the way of all the others."""
    may = {
        "anonymous_batches.py",
        "round_opening.py",
        "anonymity.py",
    }  # one opens a prompt with its key, one makes keys
    for file in Path(bot.__file__).parent.rglob("*.py"):
        words = "".join(file.read_text().split())
        for writes in (".key=None", "key=None,", ".batch.state=", "AnonymousBatch(", "AnonymousBatch).v", "new_key()"):
            assert file.name in may or writes not in words.replace(".batch.state==", ""), (file.name, writes)


# ---- Lives ----


@dataclass
class World:
    """One group's life, a step at a time."""

    session: AsyncSession
    chance: Random
    meeting: str
    now: datetime = OPEN
    people: list[str] = field(default_factory=lambda: list(EVERYBODY))
    sent: int = 0

    async def round(self) -> Round:
        await self.session.flush()
        self.session.expire_all()
        found = await rounds.round_of(self.session, "T1", self.meeting)
        assert found is not None
        return found

    async def answers(self, round_: Round) -> None:
        sees = self.chance.choice((ANONYMOUS, ANONYMOUS, ANONYMOUS, NAMED))
        positions = {at: f"Words {self.chance.randbytes(4).hex()}" for at in self.chance.choice(([0], [1], [0, 1]))}
        await keep(self.session, round_, self.someone(), positions, sees, self.now)

    def someone(self) -> str:
        if not self.people:
            raise DomainError("nobody is left")
        return self.chance.choice(self.people)

    async def all_answer(self, round_: Round) -> None:
        for person in self.people[:4]:
            await keep(self.session, round_, person, {0: f"All of us, {person}"}, ANONYMOUS, self.now)

    async def notice(self, round_: Round) -> None:
        if round_.prompt.notice_at:
            self.now = max(self.now, round_.prompt.notice_at)
            await prompt_closing.notice_due(self.session, round_.group.id, self.now)

    async def close(self, round_: Round) -> None:
        self.now = max(self.now, round_.prompt.closes_at)
        await prompt_closing.close_due(self.session, round_.group.id, self.now)

    async def _one(self, round_: Round) -> str:
        texts = await prompt_closing.anonymous_texts(self.session, round_.prompt.id, self.chance)
        return self.chance.choice([one.id for ones in texts.values() for one in ones] or [""])

    async def send_back(self, round_: Round) -> None:
        await returned_answers.send_back(
            self.session, round_, self.lead(round_), await self._one(round_), "Whose is it?"
        )

    async def thank(self, round_: Round) -> None:
        await thanks_notices.thank(self.session, round_, self.lead(round_), await self._one(round_), self.now)

    def lead(self, round_: Round) -> str:
        return round_.meeting.facilitator or (round_.group.conveners or ("U1",))[0]

    async def rewrite(self, round_: Round) -> None:
        for person, texts in (await returned_answers.sent_back(self.session, round_)).items():
            await returned_answers.rewrite(self.session, round_, person, texts[0].position, "Other words", self.now)
            return

    async def settle(self, round_: Round) -> None:
        sees = self.chance.choice((NAMED, Visibility.FACILITATOR, None))
        await returned_answers.settle(self.session, round_, self.someone(), self.chance.randrange(2), sees, self.now)

    async def show(self, round_: Round) -> None:
        await anonymous_batches.decide(self.session, round_, self.now, show=True)

    async def withhold(self, round_: Round) -> None:
        await anonymous_batches.decide(self.session, round_, self.now, show=False)

    async def lapse(self, round_: Round) -> None:
        if round_.prompt.closed_at is not None:
            self.now = max(self.now, round_.prompt.closed_at + REVIEW_TIME)
            await anonymous_batches.lapse_due(self.session, round_.group.id, self.now)

    async def erases(self, round_: Round) -> None:  # noqa: ARG002 - as the others
        person = self.someone()
        self.people.remove(person)
        await forgetting.forget(self.session, "T1", person, self.now)

    async def all_erase(self, round_: Round) -> None:
        while self.people:
            await self.erases(round_)

    async def uninstalled(self, round_: Round) -> None:  # noqa: ARG002 - as the others
        await anonymous_batches.void(self.session, self.now, "T1")
        await message_cleanup.forget_all(self.session, "T1")
        await deliveries.stop_workspace(self.session, "T1", "removed")
        await deliveries.resume_workspace(self.session, "T1")

    async def restored(self, round_: Round) -> None:  # noqa: ARG002 - as the others
        await restoring.begin_anew(self.session, self.now)

    async def delivered(self, round_: Round) -> None:
        """What is planned stands in Slack; of it, some is just being sent."""
        if self.people:  # else it is closed, and no tick looks at it
            await plan_group(self.session, "T1", round_.group.id, self.now)
        await self.session.flush()
        rows = await self.session.scalars(select(t.Delivery).where(t.Delivery.kind.in_(TO_AUTHORS)))
        for row in [one for one in rows if one.state == "planned" and one.due_at <= self.now]:
            self.sent += 1
            row.state = self.chance.choice([DeliveryState.SENT] * 3 + [DeliveryState.SENDING])
            if row.state == "sent":
                row.sent_channel, row.sent_ts, row.sent_at = f"D{row.recipient}", f"{self.sent}.1", self.now

    async def settled(self, round_: Round) -> None:  # noqa: ARG002 - as the others
        """Slack has done what was owed there."""
        debts = t.Delivery.kind == CLEANUP
        for row in await self.session.scalars(select(t.Delivery).where(debts, t.Delivery.state == "planned")):
            await self.session.delete(row)


Step = Callable[[World, Round], Awaitable[None]]

WHILE_OPEN: Sequence[Step] = (World.answers, World.answers, World.settle, World.notice, World.erases)
LATER: Sequence[Step] = (
    *(World.close, World.send_back, World.thank, World.rewrite, World.settle, World.delivered, World.delivered),
    *(World.settled, World.erases),
)
ENDS: Sequence[Step] = (
    World.show,
    World.withhold,
    World.lapse,
    World.all_erase,
    World.uninstalled,
    World.restored,
)


async def must_hold(world: World, step: str) -> None:
    """What is so of every row after every step."""
    session = world.session
    await session.flush()
    session.expire_all()
    groups = {row.id: row.state for row in await session.scalars(select(t.Collaborative))}
    prompts = {row.id: row for row in await session.scalars(select(t.Prompt))}
    unshown = [
        row
        for row in await session.scalars(select(t.Reflection).where(t.Reflection.visibility == ANONYMOUS))
        if prompts[row.prompt_id].batch.state != Batch.SHOWN
    ]
    for prompt in prompts.values():
        if prompt.batch.state not in ALIVE or groups[prompt.collaborative_id] != "active":
            assert prompt.key is None, step
            assert not [row for row in unshown if row.prompt_id == prompt.id], step
        elif prompt.closed_at is None or prompt.batch.state in {Batch.WAITING, Batch.APPROVED}:
            assert prompt.key is not None, step
        assert prompt.batch.state not in {Batch.WAITING, Batch.APPROVED, Batch.SHOWN} or prompt.closed_at is not None, (
            step
        )
        assert (prompt.batch.state != Batch.COLLECTING) or prompt.closed_at is None, step
    alive = {p.meeting_id for p in prompts.values() if p.key is not None}
    for row in await session.scalars(select(t.Delivery).where(t.Delivery.kind.in_(AUTHORS_ONLY))):
        if row.kind == CLEANUP:
            assert row.meeting_id is None, step
        else:
            assert row.meeting_id in alive, (step, row.kind)
        assert row.recipient in {*world.people, *(f"D{p}" for p in EVERYBODY), message_cleanup.ERASED}, step


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """At least one life for every end."""
    if "life" in metafunc.fixturenames:
        assert len(ENDS) <= SHORT
        metafunc.parametrize("life", range(LONG if metafunc.config.getoption("--soak") else SHORT))


@pytest.mark.soak
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_after_every_step_of_any_life_no_key_text_or_message_outlives_its_batch(
    session: AsyncSession, round_: Round, life: int
) -> None:
    chance = Random(life)
    world = World(session, chance, round_.meeting.id)
    end = ENDS[life % len(ENDS)]
    steps = [World.all_answer, *chance.choices(WHILE_OPEN, k=STEPS // 2), *chance.choices(LATER, k=STEPS), end]
    for step in [*steps, World.delivered, chance.choice(ENDS), World.close]:
        with suppress(DomainError):
            await step(world, await world.round())
        await must_hold(world, step.__name__)


# ---- One by one ----


async def waiting(session: AsyncSession, round_: Round, *people: str) -> World:
    """A batch of these people's answers that waits, with everything delivered."""
    world = World(session, Random(7), round_.meeting.id)
    for person in people:
        await keep(session, round_, person, {0: f"Quiet {person}"}, ANONYMOUS, OPEN)
    await world.close(await world.round())
    await world.delivered(await world.round())
    return world


async def states(session: AsyncSession, kind: str) -> dict[str, str]:
    """What is planned, or was, of a kind: by recipient, what tells it from others."""
    rows = await session.scalars(select(t.Delivery).where(t.Delivery.kind == kind).order_by(t.Delivery.recipient))
    return {row.recipient: "".join(map(str, row.arguments.values())) for row in rows}


async def test_a_batch_does_not_outlive_its_group(session: AsyncSession, round_: Round) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await world.all_erase(await world.round())
    prompt = (await session.scalars(select(t.Prompt))).one()
    assert prompt.key is None
    assert (await session.scalars(select(t.Reflection))).all() == []
    assert (await session.scalars(select(t.Collaborative.state))).one() == "closed"


@pytest.mark.parametrize("end", [World.all_erase, World.uninstalled, World.restored])
@pytest.mark.parametrize("posted", [False, True])
async def test_what_is_approved_and_waits_for_the_agenda_counts_as_not_shown(
    session: AsyncSession, round_: Round, end: Step, posted: bool
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await world.show(await world.round())
    await session.execute(update(t.Agenda).values(holds_batch=True))
    if posted:
        await plan_group(session, "T1", round_.group.id, world.now)
        await session.flush()
        agenda = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "agenda"))).one()
        await stands(session, agenda, world.now)
    await end(world, await world.round())
    prompt = (await session.scalars(select(t.Prompt))).one()
    texts = (await session.scalars(select(t.Reflection.text))).all()
    assert (prompt.key, len(texts)) == (None, 3 if posted else 0)
    assert prompt.batch.state == (Batch.SHOWN if posted else Batch.WITHHELD)
    assert (prompt.batch.voided_at is not None) is (not posted and end is not World.all_erase)


async def stands(session: AsyncSession, row: t.Delivery, now: datetime) -> None:
    """Slack has taken it."""
    await session.refresh(row)
    terms, chosen = LeasePolicy("me", 30, 0), [ClaimCandidate(row.id, row.workspace_id, Operation.POST)]
    (owed,) = await claims.take(session, terms, chosen, await database_now(session))
    await results.record_sent(session, owed, owed.recipient, "1.1", now)


async def agenda_of(session: AsyncSession, world: World) -> t.Delivery:
    """The agenda that holds the approved answers, as it is planned."""
    await session.execute(update(t.Agenda).values(holds_batch=True))
    await plan_group(session, "T1", (await world.round()).group.id, world.now)
    await session.flush()
    return (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "agenda"))).one()


@pytest.mark.parametrize("authors", [("U2", "U3", "U4"), ("U2", "U3", "U4", "U5")])
async def test_who_erases_everything_takes_their_approved_answer_out_before_it_is_shown(
    session: AsyncSession, round_: Round, authors: tuple[str, ...]
) -> None:
    world = await waiting(session, round_, *authors)
    await world.show(await world.round())
    agenda = await agenda_of(session, world)
    assert len(await anonymous_batches.of_person(session, "T1", "U2")) == 1
    await forgetting.forget(session, "T1", "U2", world.now)
    left = {f"Quiet {one}" for one in authors[1:]} if len(authors) > 3 else set()
    batch = await prompt_closing.anonymous_batch(session, round_.prompt.id, world.chance)
    assert set(batch.get(0, ())) == left  # what the agenda will hold
    await stands(session, agenda, world.now)
    prompt = (await session.scalars(select(t.Prompt))).one()
    assert (prompt.batch.state, prompt.key) == (Batch.SHOWN if left else Batch.WITHHELD, None)
    assert set(await session.scalars(select(t.Reflection.text))) == left


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.UNCLEAR, DeliveryState.ASKED])
async def test_what_may_stand_in_the_channel_counts_as_shown_for_whoever_erases_everything(
    session: AsyncSession, round_: Round, state: DeliveryState
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await world.show(await world.round())
    agenda = await agenda_of(session, world)
    agenda.state = state
    await session.flush()
    assert await anonymous_batches.of_person(session, "T1", "U2") == []  # nobody is told that it was not shown yet
    await forgetting.forget(session, "T1", "U2", world.now)
    prompt = (await session.scalars(select(t.Prompt))).one()
    assert (prompt.batch.state, prompt.key) == (Batch.SHOWN, None)
    assert len((await session.scalars(select(t.Reflection.text))).all()) == 3


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (DeliveryState.ASKED, False),
        (DeliveryState.UNCLEAR, False),
        (DeliveryState.SENT, False),
        (DeliveryState.FAILED, True),
        (DeliveryState.SKIPPED, True),
    ],
)
async def test_answers_come_in_the_thread_only_where_the_agenda_that_holds_them_never_came(
    session: AsyncSession, round_: Round, state: DeliveryState, again: bool
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await world.show(await world.round())
    agenda = await agenda_of(session, world)
    if state == "sent":  # somebody says that it is there: nobody knows where
        agenda.state = DeliveryState.ASKED
        await deliveries.settle_asked(session, "T1", agenda.id, is_there=True, now=world.now)
        assert (await world.round()).prompt.batch is Batch.SHOWN
    else:
        agenda.state = state
    await plan_group(session, "T1", round_.group.id, round_.meeting.ends_at + timedelta(minutes=1))
    await session.flush()
    assert bool(await states(session, "anonymous_shown")) is again


async def test_no_id_of_an_older_backup_leads_to_what_is_shown(session: AsyncSession, round_: Round) -> None:
    async def ids() -> set[str]:
        return set(await session.scalars(select(t.Reflection.id)))

    for person in ("U2", "U3", "U4"):
        await keep(session, round_, person, {0: f"Quiet {person}"}, NAMED, OPEN)
    seen = [await ids()]
    await reflections.change_visibility(session, round_, "U2", 0, ANONYMOUS, OPEN)
    for person in ("U3", "U4"):
        await keep(session, round_, person, {0: f"Quiet {person}"}, ANONYMOUS, OPEN)
    seen.append(await ids())
    world = World(session, Random(7), round_.meeting.id)
    await world.close(await world.round())
    seen.append(await ids())
    await world.show(await world.round())
    await stands(session, await agenda_of(session, world), world.now)
    seen.append(await ids())
    assert [len(one) for one in seen] == [3, 3, 3, 3]
    assert len(set().union(*seen)) == 12
    assert set().union(*seen[:3]) <= set(await session.scalars(select(t.Erasure.row_id)))


async def test_a_text_that_its_author_puts_a_name_to_is_another_row(session: AsyncSession, round_: Round) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4", "U5")
    was = await one_of(world, "U2")
    await returned_answers.settle(session, await world.round(), "U2", 0, NAMED, world.now)
    row = (await session.scalars(select(t.Reflection).where(t.Reflection.author_id == "U2"))).one()
    assert (row.text, row.visibility) == ("Quiet U2", NAMED)
    assert row.id != was
    assert await session.get(t.Erasure, was) is not None


@pytest.mark.parametrize(
    ("warned", "back"), [(timedelta(days=4), timedelta(days=11)), (timedelta(hours=156), REVIEW_TIME)]
)
async def test_after_an_outage_a_batch_waits_some_days_more_and_whoever_was_told_hears_until_when(
    session: AsyncSession, round_: Round, warned: timedelta, back: timedelta
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    closed = (await world.round()).prompt.closed_at
    assert closed is not None
    told = t.Delivery.kind == "batch_lapsing"
    stands_there = {"state": "sent", "sent_channel": "D2", "sent_ts": "1.1", "sent_at": closed + warned}
    await session.execute(update(t.Delivery).where(told).values(stands_there))
    at = closed + back
    await anonymous_batches.lapse_due(session, round_.group.id, at)
    prompt = (await world.round()).prompt
    assert (prompt.batch, prompt.review_ends_at) == (Batch.WAITING, at + AFTER_OUTAGE)
    await plan_group(session, "T1", round_.group.id, at)
    await session.flush()
    mended = (
        await session.scalars(
            select(t.Delivery).where(t.Delivery.kind == "batch_lapsing", t.Delivery.refreshes.is_not(None))
        )
    ).all()
    assert [row.due_at for row in mended] == [at] * 3
    await anonymous_batches.lapse_due(session, round_.group.id, at + AFTER_OUTAGE)
    assert (await world.round()).prompt.batch is Batch.LAPSED


async def test_what_is_approved_and_missed_its_agenda_in_an_outage_is_shown_in_the_thread_or_ends_as_not_shown(
    session: AsyncSession, round_: Round
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await world.show(await world.round())
    back = round_.prompt.closes_at + timedelta(days=11)
    await session.execute(update(t.Agenda).values(holds_batch=True))
    await anonymous_batches.lapse_due(session, round_.group.id, back)
    await plan_group(session, "T1", round_.group.id, back)
    await session.flush()
    shown = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "anonymous_shown"))).all()
    assert [row.state for row in shown] == []  # the agenda may still come: it is late, and says so
    agenda = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "agenda"))).one()
    agenda.state = DeliveryState.SKIPPED
    await plan_group(session, "T1", round_.group.id, back)
    await session.flush()
    shown = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "anonymous_shown"))).all()
    assert [row.state for row in shown] == ["planned"]
    await anonymous_batches.lapse_due(session, round_.group.id, back + AFTER_OUTAGE)
    prompt = (await session.scalars(select(t.Prompt))).one()
    assert (prompt.batch.state, prompt.key) == (Batch.WITHHELD, None)
    assert (await session.scalars(select(t.Reflection))).all() == []


async def test_an_agenda_that_is_found_after_a_restore_is_composed_again(session: AsyncSession, round_: Round) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    agenda = await agenda_of(session, world)
    await restoring.begin_anew(session, world.now)
    agenda.state = DeliveryState.UNCLEAR
    await session.flush()
    await stands(session, agenda, world.now)
    changes.want_refresh(session, "T1", round_.meeting.id)  # as the tick does where it finds one
    await plan_group(session, "T1", round_.group.id, world.now)
    redone = (
        await session.scalars(select(t.Delivery).where(t.Delivery.kind == "agenda", t.Delivery.refreshes.is_not(None)))
    ).all()
    assert [row.operation for row in redone] == ["update"]


async def test_who_erases_everything_takes_their_answer_out_of_a_batch_that_waits_and_the_others_hear_of_it(
    session: AsyncSession, round_: Round
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await forgetting.forget(session, "T1", "U2", world.now)
    assert set(await session.scalars(select(t.Reflection.text))) == {"Quiet U3", "Quiet U4"}
    round_ = await world.round()
    assert round_.prompt.batch is Batch.WAITING
    await plan_group(session, "T1", round_.group.id, world.now)
    await session.flush()
    assert set(await states(session, "too_few_left")) == {"U3", "U4"}
    at = round_.prompt.batch_look_at
    assert at is not None
    assert at.minute == at.second == 0
    told = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "too_few_left"))).all()
    assert {row.due_at for row in told} == {at}  # not at the moment that says whose it was


async def test_when_the_last_answer_is_taken_back_there_is_nothing_left_to_review(
    session: AsyncSession, round_: Round
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    for person in ("U2", "U3", "U4"):
        await returned_answers.settle(session, await world.round(), person, 0, None, world.now)
    round_ = await world.round()
    assert round_.prompt.batch is Batch.NONE
    assert (await session.get_one(t.Prompt, round_.prompt.id)).key is None


END_WORDS = {"show": "", "withhold": "withheld", "lapse": "lapsed"}


@pytest.mark.parametrize("end", END_WORDS)
async def test_at_each_end_authors_hear_the_truth_and_their_messages_are_settled(
    session: AsyncSession, round_: Round, end: str
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4", "U5")
    await returned_answers.send_back(session, await world.round(), "U1", await one_of(world, "U2"), "Whose is it?")
    await thanks_notices.thank(session, await world.round(), "U1", await one_of(world, "U3"), world.now)
    await world.delivered(await world.round())
    await session.execute(update(t.Delivery).where(t.Delivery.state == "sending").values(state="planned"))
    theirs = t.Delivery.kind.in_([kind for kind in TO_AUTHORS if kind != "thanked"])  # that names nobody, and stays
    query = select(func.count()).where(theirs, t.Delivery.sent_ts.is_not(None))
    standing = await session.scalar(query)
    assert standing
    await getattr(world, end)(await world.round())
    await session.flush()
    debts = list(await session.scalars(select(t.Delivery).where(t.Delivery.kind == CLEANUP)))
    assert len([one for one in debts if one.operation == "update"]) == standing
    told = {one.recipient: one.arguments["face"] for one in debts if one.arguments["face"] != "over"}
    if end == "show":  # what went back and did not come again was not shown
        assert told == {"U2": "withheld"}
    else:
        assert told == dict.fromkeys(("U2", "U3", "U4", "U5"), END_WORDS[end])
    assert not {one.dedupe_key.split(":")[0] for one in debts} - {CLEANUP}


async def one_of(world: World, author: str) -> str:
    row = await world.session.scalar(select(t.Reflection.id).where(t.Reflection.text == f"Quiet {author}"))
    return row or ""


async def test_what_is_just_being_sent_when_its_batch_ends_is_settled_when_it_stands(
    session: AsyncSession, round_: Round
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await returned_answers.send_back(session, await world.round(), "U1", await one_of(world, "U2"), "Whose is it?")
    await plan_group(session, "T1", round_.group.id, world.now)
    await session.flush()
    mark = (await session.scalars(select(t.Delivery.id).where(t.Delivery.kind == "returned"))).one()
    terms, chosen = LeasePolicy("me", 30, 0), [ClaimCandidate(mark, "T1", Operation.POST)]
    (owed,) = await claims.take(session, terms, chosen, await database_now(session))
    await world.withhold(await world.round())
    session.expire_all()
    row = await session.get_one(t.Delivery, mark)
    assert (row.kind, row.state, row.meeting_id) == (CLEANUP, "sending", None)
    await results.record_sent(session, owed, "D2", "9.9", world.now)
    session.expire_all()
    row = await session.get_one(t.Delivery, mark)
    assert (row.state, row.sent_ts, row.arguments) == ("planned", "9.9", {"face": "over"})


async def test_authors_are_warned_in_their_hours_before_a_batch_lapses(session: AsyncSession, round_: Round) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    closed = (await world.round()).prompt.closed_at
    assert closed is not None
    rows = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "batch_lapsing"))).all()
    assert {row.recipient for row in rows} == {"U2", "U3", "U4"}
    for row in rows:
        assert closed + timedelta(days=3) < row.due_at < closed + REVIEW_TIME - timedelta(hours=12)
        assert 14 <= row.due_at.hour < 22  # nine to five in Chicago


async def test_conveners_are_offered_the_review_at_once_where_who_leads_cannot_do_it(
    session: AsyncSession, round_: Round
) -> None:
    await session.execute(update(t.Meeting).values(facilitator_id="U3"))
    world = await waiting(session, round_, "U2", "U4", "U5")
    closed = (await world.round()).prompt.closed_at
    rows = {
        row.recipient: row.due_at
        for row in await session.scalars(select(t.Delivery).where(t.Delivery.kind == "batch_left"))
    }
    assert rows == {"U1": round_.meeting.ends_at}
    await session.execute(update(t.Person).where(t.Person.id == "U3").values(is_gone=True))
    begun = round_.meeting.starts_at + timedelta(minutes=10)  # before, somebody else would lead
    await plan_group(session, "T1", round_.group.id, begun)
    await session.flush()
    rows = {
        row.recipient: row.due_at
        for row in await session.scalars(select(t.Delivery).where(t.Delivery.kind == "batch_left"))
    }
    assert rows == {"U1": closed}


@pytest.mark.parametrize(("there", "offered"), [(("U2", "U3"), {"U2"}), (("U1", "U2"), set())])
async def test_where_nobody_who_could_decide_is_left_after_the_meeting_whoever_leads_next_is_asked(
    session: AsyncSession, round_: Round, there: Sequence[str], offered: set[str]
) -> None:
    await waiting(session, round_, "U2", "U3", "U4")
    again = await rounds.round_of(session, "T1", round_.meeting.id)
    assert again is not None
    held = replace(again.meeting, state=MeetingState.HELD, facilitator="U1")
    following = replace(again.meeting, id="next", facilitator="U2")
    after = replace(again, meeting=held, following=following, group=replace(again.group, conveners=("U1",)))
    assert after.reviews("U2")
    assert not after.reviews("U3")
    assert not replace(after, meeting=replace(held, state=MeetingState.UPCOMING)).reviews("U2")
    authors = AnonymousAuthors((), (), (), {}, [Recipient(person, "UTC", Wishes()) for person in there])
    wanted = list(facilitator.batch_left_wanted(after, authors, held.ends_at))
    assert {one.recipient for one in wanted} == offered


async def test_only_somebody_who_is_there_is_offered_as_the_one_reader(session: AsyncSession, round_: Round) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    assert await returned_answers.can_be_for_leader(session, await world.round())
    await session.execute(update(t.Person).where(t.Person.id == "U1").values(is_gone=True))
    assert not await returned_answers.can_be_for_leader(session, await world.round())
    with pytest.raises(DomainError):
        await returned_answers.settle(session, await world.round(), "U2", 0, Visibility.FACILITATOR, world.now)
    assert "Only the facilitator" not in str(anonymous_author.build_too_few_left(round_, {0}, OPEN, alone=False).blocks)
    assert "Only the facilitator" in str(anonymous_author.build_too_few_left(round_, {0}, OPEN).blocks)


async def test_where_too_few_were_left_in_the_end_nobody_reads_that_it_was_for_want_of_a_decision(
    session: AsyncSession, round_: Round
) -> None:
    world = await waiting(session, round_, "U2", "U3", "U4")
    await returned_answers.settle(session, await world.round(), "U4", 0, None, world.now)
    await world.lapse(await world.round())
    await session.flush()
    debts = await session.scalars(select(t.Delivery).where(t.Delivery.kind == CLEANUP))
    assert {one.recipient: one.arguments["face"] for one in debts if one.arguments["face"] != "over"} == {
        "U2": "few_left",
        "U3": "few_left",
    }
