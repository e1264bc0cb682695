"""A prompt's life in a group of any size, at the level of the services, with a notebook of who wrote what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import AUTHORS_ONLY, CLEANUP, Visibility
from bot.domain.anonymous_batches import REVIEW_TIME
from bot.domain.deliveries import DeliveryState
from bot.domain.rounds import Actor, Batch, Round
from bot.domain.scopes import Scope
from bot.services import (
    agenda,
    anonymous_batches,
    changes,
    forgetting,
    founding,
    people,
    prompt_closing,
    reflections,
    returned_answers,
    rounds,
    thanks_notices,
)
from bot.services.people import ChannelFacts, PersonFacts
from bot.services.round_opening import QuestionSource
from handlers.views import anonymous_review
from prompts.bank import load_bank
from storage import tables as t
from storage.database import Database
from storage.written import note
from tests.support import channels
from tests.support.answers import keep
from tests.support.groups import CHARTER
from tests.support.person import words
from tests.support.planning import plan_group

NOW = datetime(2026, 8, 31, 14, tzinfo=UTC)
CHANNEL = "C1"
NAMED, ANONYMOUS, FACILITATOR = Visibility.NAMED, Visibility.ANONYMOUS, Visibility.FACILITATOR
OFTEN = (ANONYMOUS,) * 5 + (NAMED,) * 3 + (FACILITATOR,)
QUESTION = 0
ENDS = ("shown", "withheld", "lapsed", "erased", "voided")


@dataclass
class Life:
    """One prompt. What the attackers know beside what they find: who answered without a name, and in which order and
    on which days all were seen to answer. `truth` is for the judge alone."""

    number: int
    members: list[str]
    truth: dict[str, str] = field(default_factory=dict)
    """The author of each text that was written without a name."""
    order: list[str] = field(default_factory=list)
    days: dict[str, date] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)
    thanked: set[str] = field(default_factory=set)
    """The texts that whoever reviewed said thanks for, as they remember."""
    shown: list[str] = field(default_factory=list)
    """The texts in the order in which they stand in the message."""
    prompt: str = ""
    closes_at: datetime = NOW
    end: str = "shown"
    unshown: set[str] = field(default_factory=set)
    """The texts that were erased unshown."""
    rewritten: list[str] = field(default_factory=list)
    """The texts that came back changed, as whoever reviewed remembers."""
    edits: list[tuple[datetime, str]] = field(default_factory=list)
    """When which person's direct messages were brought up to date, in that order."""

    @property
    def workspace(self) -> str:
        return f"T{self.number}"

    @property
    def quiet(self) -> list[str]:
        """Who is known to have answered without a name, in the order in which they did."""
        authors = {self.truth[text] for text in self.shown}
        return [person for person in self.order if person in authors]


Work = Callable[[AsyncSession, Round], Awaitable[None]]


class Living:
    """Lives through one prompt, one transaction a deed, as the handlers and the tick do."""

    def __init__(self, database: Database, chance: Random, number: int) -> None:
        self._database = database
        self._chance = chance
        size = chance.randint(3, 30)
        self.life = Life(number, [f"U{number:04}X{n:02}" for n in range(size)])
        self._asker = QuestionSource(load_bank(), chance)
        self._texts: dict[str, str] = {}

    async def live(self) -> Life:
        """The whole of it, from the founding until the batch was shown."""
        await self._found()
        order = list(self.life.members)
        self._chance.shuffle(order)
        opens = NOW + timedelta(days=3)
        for number, person in enumerate(order):
            await self._answers(person, opens + timedelta(hours=60) * number / len(order))
        closes = await self._ends()
        await self._reviewed(closes)
        return self.life

    async def while_open(self) -> Life:
        """Until just before answering ends; each answers once."""
        await self._found()
        for number, person in enumerate(self._chance.sample(self.life.members, len(self.life.members))):
            now = NOW + timedelta(days=3, hours=number)
            await self._says(person, ANONYMOUS, now)
            self.life.order.append(person)
            self.life.days[person] = now.date()
            self.life.truth[self._texts[person]] = person
        self.life.shown = list(self.life.truth)
        return self.life

    async def goes_on(self) -> None:
        """Later, when the batch was shown, somebody answers late with their name."""
        await self._says(self.life.members[-1], NAMED, NOW + timedelta(days=7, hours=23, minutes=30))

    async def _found(self) -> None:
        life = self.life
        async with self._database.sessions.begin(30) as session:
            await people.remember_workspace(session, life.workspace, life.workspace, "UB")
            facts = [PersonFacts(p, f"Name {p}", "America/Chicago") for p in life.members]
            await people.remember_people(session, life.workspace, facts)
            channel = ChannelFacts(CHANNEL, "circle", is_private=False, is_archived=False, has_bot=True)
            await channels.remember_channel(session, life.workspace, channel, [*life.members, "UB"])
            place = Actor(life.workspace, CHANNEL, life.members[0])
            await founding.found(session, place, CHARTER, life.members, self._asker, NOW)
            prompt = (await self._round(session)).prompt
            life.prompt, life.closes_at = prompt.id, prompt.closes_at

    async def _do(self, now: datetime, work: Work) -> None:
        """One deed in a transaction of its own; then what it asked for is planned, in another."""
        async with self._database.sessions.begin(30) as session:
            found = await self._round(session)
            await work(session, found)
        async with self._database.sessions.read() as session:
            asked = (await changes.read(session, now, 1000)).groups
        if asked:
            async with self._database.sessions.begin(30) as session:
                await plan_group(session, self.life.workspace, found.group.id, now)
                await self._deliver(session, now)

    async def _deliver(self, session: AsyncSession, now: datetime) -> None:
        """What only authors get is posted and brought up to date; and what is to be settled there, is."""
        await session.flush()
        mine = (t.Delivery.workspace_id == self.life.workspace, t.Delivery.kind.in_(AUTHORS_ONLY))
        due = (*mine, t.Delivery.state == "planned", t.Delivery.due_at <= now)
        for row in await session.scalars(select(t.Delivery).where(*due).order_by(t.Delivery.rank, t.Delivery.id)):
            if row.operation == "update":
                self.life.edits.append((now, row.recipient.removeprefix("D")))
            if row.kind == CLEANUP:
                await session.delete(row)
                continue
            row.state, row.sent_at = DeliveryState.SENT, now
            row.sent_channel, row.sent_ts = f"D{row.recipient.removeprefix('D')}", f"{Random(row.id).random()}"

    async def _round(self, session: AsyncSession) -> Round:
        group = await rounds.group_in_channel(session, self.life.workspace, CHANNEL)
        assert group is not None
        return await rounds.current(session, group)

    # ---- While it is open ----

    async def _answers(self, person: str, now: datetime) -> None:
        """Somebody answers; some first in another way, some change it soon."""
        chance, enough = self._chance, len(self.life.members) <= 4
        sees = ANONYMOUS if enough else chance.choice(OFTEN)
        if chance.random() < 0.1 and not enough:
            return
        first = chance.choice((NAMED, FACILITATOR)) if chance.random() < 0.15 else sees
        await self._says(person, first, now)
        self.life.order.append(person)
        self.life.days[person] = now.date()
        if first != sees:
            await self._do(now, lambda s, f: _ignore(reflections.change_visibility(s, f, person, QUESTION, sees, now)))
        elif chance.random() < 0.2:
            self.life.edited.add(person)
            await self._says(person, sees, now + timedelta(minutes=3))
        elif chance.random() < 0.1:
            await self._do(now, lambda s, f: _ignore(reflections.withdraw(s, f, person, QUESTION, now)))
            await self._says(person, sees, now + timedelta(minutes=5))
        if sees is ANONYMOUS:
            self.life.truth[self._texts[person]] = person

    async def _says(self, person: str, sees: Visibility, now: datetime) -> None:
        text = self._texts[person] = f"words {self._chance.randbytes(8).hex()}"

        async def says(session: AsyncSession, round_: Round) -> None:
            await keep(session, round_, person, {QUESTION: text}, sees, now)

        await self._do(now, says)

    # ---- When it ends ----

    async def _ends(self) -> datetime:
        async def notice(session: AsyncSession, round_: Round) -> None:
            await prompt_closing.notice_due(
                session, round_.group.id, round_.prompt.notice_at or round_.prompt.closes_at
            )

        async def close(session: AsyncSession, round_: Round) -> None:
            await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
            await agenda.mark_posted_due(session, round_.group.id, round_.prompt.closes_at)

        closes = self.life.closes_at
        await self._do(closes - timedelta(hours=4), notice)
        await self._do(closes, close)
        return closes

    async def _reviewed(self, now: datetime) -> None:
        """Some texts go back and come again; then the batch is shown, or ends in another way."""
        texts = await self._batch()
        for text in self._chance.sample(texts, min(len(texts), self._chance.randint(0, 2))):
            await self._goes_back(text, now)
        await self.thanks(now)
        self.life.end = ENDS[max(0, self.life.number % 14 - 9)]  # ten of fourteen are shown
        await self._do(now, self._end(now))
        later = now + timedelta(hours=1)
        await self._do(later, self._plan_anew)
        async with self._database.sessions.read() as session:
            batch = await prompt_closing.anonymous_batch(session, self.life.prompt, self._chance)
            found = await self._round(session)
        self.life.unshown = set(self.life.truth) - {one for ones in batch.values() for one in ones}
        if found.prompt.batch is Batch.SHOWN:
            message = words(anonymous_review.build_shown(found, batch, "1.2", found.prompt.closes_at).blocks)
            self.life.shown = sorted(batch.get(QUESTION, ()), key=message.index)

    async def _plan_anew(self, session: AsyncSession, round_: Round) -> None:
        note(session, {(round_.group.workspace, Scope.GROUP, round_.group.id)})

    def _end(self, now: datetime) -> Work:
        """How the batch ends."""
        life = self.life

        async def erase_some(session: AsyncSession, round_: Round) -> None:
            for person in self._chance.sample(life.members[1:], 1):
                await forgetting.forget(session, life.workspace, person, now)
                life.members.remove(person)
            await show(session, round_)

        async def show(session: AsyncSession, round_: Round) -> None:
            await anonymous_batches.decide(session, round_, now, show=True)
            await anonymous_batches.posted(session, round_.meeting.id, "anonymous_shown", now)

        ends: dict[str, Work] = {
            "shown": show,
            "withheld": lambda s, f: _ignore(anonymous_batches.decide(s, f, now, show=False)),
            "lapsed": lambda s, f: _ignore(anonymous_batches.lapse_due(s, f.group.id, now + REVIEW_TIME)),
            "erased": erase_some,
            "voided": lambda s, _: anonymous_batches.void(s, now, life.workspace),
        }
        return ends[life.end]

    async def _batch(self) -> list[str]:
        async with self._database.sessions.read() as session:
            found = await self._round(session)
            waits = found.prompt.batch is Batch.WAITING
            batch = await prompt_closing.anonymous_batch(session, found.prompt.id, self._chance) if waits else {}
            return batch.get(QUESTION, [])

    async def thanks(self, now: datetime) -> None:
        """For some texts of the batch, one after the other."""
        for text in self._chance.sample(texts := await self._batch(), min(len(texts), self._chance.randint(0, 3))):
            self.life.thanked.add(text)

            async def thank(session: AsyncSession, round_: Round, text: str = text) -> None:
                row = await session.scalar(select(t.Reflection.id).where(t.Reflection.text == text))
                assert round_.meeting.facilitator is not None
                await thanks_notices.thank(session, round_, round_.meeting.facilitator, row or "", now)

            await self._do(now, thank)

    async def until_thanked(self) -> Life:
        """Everybody answers without a name, and the reviewer has said thanks and not decided."""
        life = await self.while_open()
        await self.thanks(await self._ends())
        return life

    async def _goes_back(self, text: str, now: datetime) -> None:
        author = self.life.truth[text]

        async def send_back(session: AsyncSession, round_: Round) -> None:
            row = await session.scalar(select(t.Reflection.id).where(t.Reflection.text == text))
            assert round_.meeting.facilitator is not None
            assert await returned_answers.send_back(
                session, round_, round_.meeting.facilitator, row or "", "Whose is it?"
            )

        await self._do(now, send_back)
        if self._chance.random() < 0.3:
            return  # it does not come again
        again = f"words {self._chance.randbytes(8).hex()}"

        async def rewrite(session: AsyncSession, round_: Round) -> None:
            await returned_answers.rewrite(session, round_, author, QUESTION, again, now)

        await self._do(now, rewrite)
        self.life.truth[again] = author
        self.life.rewritten.append(again)


async def _ignore(work: Awaitable[object]) -> None:
    await work
