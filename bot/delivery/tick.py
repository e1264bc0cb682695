"""The tick: advances what is due, plans, claims due deliveries under a lease, and has them sent."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery import refreshing
from bot.delivery.composing import State
from bot.delivery.group_backoff import GroupBackoff
from bot.delivery.home_publisher import HomePublisher
from bot.delivery.home_refresh import HomeRefresh
from bot.delivery.message_cleanup import MessageCleanup
from bot.delivery.planning import BROKEN, plan_groups
from bot.delivery.posting import Poster
from bot.delivery.rate_limits import fair_share, full
from bot.delivery.retention_job import RetentionJob
from bot.delivery.second_look import SecondLook
from bot.delivery.timezone_reschedule import TimezoneReschedule
from bot.delivery.types import DeliveryTypes
from bot.deps import Deps
from bot.domain.anonymity import CLEANUP
from bot.domain.deliveries import DeliveryState
from bot.domain.errors import DomainError
from bot.services import changes, claims, due, refreshes, rounds
from bot.services.changes import Changes
from bot.services.claims import ClaimedDelivery, LeasePolicy
from bot.services.due import DueSummary
from bot.services.due_steps import DueStep, StepContext
from bot.services.home import Who
from bot.services.results import recording

log = structlog.get_logger()

GROUPS_AT_ONCE, IN_A_RUSH = 20, 2
"""Groups in one transaction; fewer while somebody waits for an acknowledgement."""

BEAT = 0.05
"""Seconds between two claims while more is due than may be sent at once: a claim costs as much as several messages."""

AGAIN = 1.0
"""Seconds between two looks at what waits for its channel, or for another process."""

SOON = timedelta(seconds=2)
"""What Slack asked to delay by no more than this still belongs to the same `settle`."""


@dataclass(frozen=True)
class Capacity:
    """How much is sent at once: by this process, for one workspace, and per minute for one workspace."""

    at_once: int = 50
    each: int = 10
    posts_a_minute: int = 200


@dataclass(frozen=True)
class DueWork:
    """What is due: groups as (workspace, group), what was written, and whose Homes."""

    now: datetime
    seen: DueSummary
    to_advance: Sequence[tuple[str, str]]
    changes: Changes
    homes: Sequence[Who]
    most: int
    """How many groups were looked for: if so many were found, there may be more."""

    @property
    def has_deliveries(self) -> bool:
        """Whether there is a delivery that can be claimed."""
        return self.seen.is_due(self.now) or self.seen.left_behind


@dataclass
class Tick:
    """One process's share of the work. Several processes may run on one database.

    `tell` is called with the next due time whenever it changes (a sandbox shows it). `keep_days` is the retention
    time of answers, None: for ever.
    """

    deps: Deps
    types: DeliveryTypes
    steps: tuple[DueStep, ...]
    terms: LeasePolicy
    capacity: Capacity = field(default_factory=Capacity)
    tell: Callable[[datetime | None], Awaitable[None]] | None = None
    keep_days: int | None = None
    _told: datetime | None = None
    _again: SecondLook = field(default_factory=lambda: SecondLook(pause=AGAIN / 4))
    _sending: dict[asyncio.Task[None], ClaimedDelivery] = field(default_factory=dict)
    _follows_from: float = 0.0
    _running: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        records = recording(self.deps.sessions)
        self._poster = Poster(self.deps, self.types, records, self.terms.lease, self.terms.between)
        self._publisher = HomePublisher(self.deps, records, self.terms.lease, self.types)
        self._cleaner = MessageCleanup(self.deps, records, self.terms.lease, self.types)
        self._freshening = HomeRefresh(self.deps, self.terms.between)
        self._placing = TimezoneReschedule(self.deps)
        self._broken = GroupBackoff(self.deps.metrics.broken)
        self._keeping = RetentionJob(self.deps, self.keep_days)

    # ---- From outside ----

    async def adopt(self) -> None:
        """After an upgrade, before anything is written: find out how the messages look that stand in Slack."""
        while True:
            async with self.deps.sessions.behind() as session:
                found = await changes.upgraded(session, GROUPS_AT_ONCE)
                await refreshing.adopt(session, self.types, found)
            if not found.marks:
                return

    async def run(self) -> None:
        """What the scheduler runs. If the database is unavailable for a moment, the next tick tries again."""
        try:
            await self.settle(patience=AGAIN, bounded=True)
            next_due = await self.next_due() if self.tell is not None else None
        except (DomainError, SQLAlchemyError) as error:
            log.warning("tick failed", error=type(error).__name__)
            self.deps.metrics.ticks.labels("failed").inc()
            return
        except Exception:  # whatever is broken, the next tick has to come
            log.exception("tick broken")
            self.deps.metrics.ticks.labels("broken").inc()
            return
        self.deps.metrics.ticks.labels("done").inc()
        if self.tell is not None and next_due != self._told:
            self._told = next_due
            await self.tell(next_due)

    async def settle_surely(self) -> datetime | None:
        """`settle`, repeated until the database is available; other processes get time to do their share."""
        while True:
            try:
                await self.settle(patience=20.0)
                return await self.next_due()
            except (DomainError, SQLAlchemyError) as error:
                log.warning("tick failed", error=type(error).__name__)
            except Exception:  # as above
                log.exception("tick broken")
            await asyncio.sleep(AGAIN)

    async def next_due(self) -> datetime | None:
        """The next due time, for a sandbox to show; in production the scheduler polls."""
        async with self.deps.sessions.read() as session:
            return await due.next_due(session, self.steps)

    async def settle(self, patience: float, *, bounded: bool = False) -> None:
        """Do everything that is due now.

        What has to wait (for its channel, for another process, or because Slack asked) is waited for, up to
        `patience` seconds. `bounded`: what is written while it runs is left to the next run, which is asked for. Else
        those who answer one after the other would keep it busy, and each answer would cost a plan of its group.
        """
        async with self._running:
            self._follows_from = 0.0
            if not await self.deps.sessions.forget_again():
                log.info("what was erased still stands in the database's log: somebody reads in it")
            waited, seen = 0.0, None
            while not self._ending.is_set():
                seen = await self._round(bounded=bounded)
                if seen is None:
                    waited = 0.0
                elif await self._something_waits(seen) and waited < patience:
                    waited += await self._pause(AGAIN / 4)
                else:
                    break
            if bounded and seen is not None and seen.written:
                self.deps.wake()

    @property
    def _follows(self) -> bool:
        """Whether what was written is followed now. A run that goes on sending does not hold that up for long."""
        return time.monotonic() >= self._follows_from

    async def _something_waits(self, seen: DueSummary) -> bool:
        """Whether something waits for its channel or for another process; updates the backlog metrics."""
        async with self.deps.sessions.read() as session:
            ahead = await due.look_ahead(session, self.deps.now(), SOON, seen)
        metrics = self.deps.metrics
        for gauge, state in (
            (metrics.due, DeliveryState.PLANNED),
            (metrics.unclear, DeliveryState.UNCLEAR),
            (metrics.asked, DeliveryState.ASKED),
        ):
            gauge.set(ahead.backlog.get(state, 0))
        # What another process left behind became due by the claim, even if it could not be taken.
        return ahead.is_behind or seen.left_behind or seen.others or (self._follows and self._again.is_waiting)

    async def end(self, patience: float) -> None:
        """Finish what is being sent, within `patience` seconds, and release the remaining leases."""
        self._ending.set()
        if self._sending:
            await asyncio.wait(self._sending, timeout=patience)
        for task in list(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        async with self.deps.sessions.begin() as session:
            await claims.give_back(session, self.terms.owner, self.deps.now())

    # ---- One round ----

    async def _round(self, *, bounded: bool) -> DueSummary | None:
        """One pass. None if something was done or is still in progress, else the summary of what is due."""
        stepped = await self._placing.look() + await self._keeping.look()
        found = await self._look()
        stepped += await self._step(found)
        if bounded and found.changes.marks and len(found.changes.groups) < found.most:
            self._follows_from = time.monotonic() + AGAIN
        begun = time.monotonic()
        claimed = await self._claim() if found.has_deliveries else []
        state = await self._poster.read(claimed)
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery, state))
            self._sending[task] = delivery
            task.add_done_callback(self._sending.pop)
        if self._sending:
            await asyncio.wait(self._sending, timeout=AGAIN, return_when=asyncio.FIRST_COMPLETED)
            await self._pause(BEAT - (time.monotonic() - begun) if self._sending else 0)
        acted = stepped or found.homes or claimed or self._sending
        return None if acted else found.seen

    async def _pause(self, seconds: float) -> float:
        """Sleep, or return earlier if the process ends."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._ending.wait(), seconds)
            except TimeoutError:
                return seconds
        return 0.0

    async def _look(self) -> DueWork:
        """Read all that a pass needs, in one read transaction."""
        now = self.deps.now()
        resting = self._broken.resting(now)
        most = GROUPS_AT_ONCE if self.deps.sessions.foreground.is_quiet else IN_A_RUSH
        async with self.deps.sessions.read() as session:
            seen = await due.summarize(session, self.steps, self.terms, now, self._freshening.pause, resting)
            found = DueWork(
                now,
                seen,
                await due.groups_to_advance(session, self.steps, now, most, resting) if seen.advancing else [],
                await changes.read(session, now, most, resting) if seen.written and self._follows else Changes(),
                await self._freshening.find(session, now) if seen.homes else [],
                most,
            )
        if max(len(found.to_advance), len(found.changes.groups)) < most:  # else there may be more of them
            self._broken.keep({*resting, *(group for _, group in [*found.to_advance, *found.changes.groups])})
        return found

    # ---- What time has made due ----

    async def _step(self, found: DueWork) -> int:
        """Advance groups whose time has come, then follow what was written; returns how much there was of it."""
        for workspace, group in found.to_advance:
            await self._one([group], self._advance(workspace, group, found.now))
        followed = await self._follow(found.changes, found.now)
        await self._freshening.plan(found.homes, found.now)
        return len(found.to_advance) + followed

    async def _one(self, groups: Collection[str], work: Awaitable[None]) -> None:
        """An inconsistent group does not block the others."""
        try:
            await work
        except BROKEN:
            for group in groups:
                self._broken.add(group, self.deps.now())
                log.exception("group broken", group=group)

    async def _follow(self, found: Changes, now: datetime) -> int:
        """Plan all that was written to in one transaction; if that fails, one by one."""
        found = found.without(self._broken.resting(self.deps.now()))
        if self._again.holds(found, time.monotonic()) or not found.marks:
            return 0
        try:
            await self._bring_into_line(found, now)
        except BROKEN:
            for one in found.singly():
                await self._one([group for _, group in one.groups], self._bring_into_line(one, now))
        return len(found.marks)

    async def _bring_into_line(self, found: Changes, now: datetime) -> None:
        """What is planned for the groups, what stands in Slack, and Homes."""
        async with self.deps.sessions.read() as session:
            desired = await refreshing.look(session, self.types, found, now)
        meetings = {meeting for _, meeting in found.meetings} | {
            one.standing.meeting for one in desired if one.standing.meeting is not None
        }
        async with self.deps.sessions.behind() as session:
            await plan_groups(session, self.types, sorted(found.groups), now, meetings)
            being_sent = await refreshes.are_being_sent(session, meetings)
            busy = await refreshes.align(session, desired)
            await changes.mark_homes(session, found, now)
            if busy or being_sent:
                self._again.hold(found, time.monotonic())
            else:
                await changes.done(session, found)

    async def _advance(self, workspace: str, group: str, now: datetime) -> None:
        async with self.deps.sessions.behind() as session:
            await rounds.group_by_id(session, workspace, group)  # from here on it is ours alone
            context = StepContext(session, self.deps.questions, group, now)
            erased = [await step.run(context) for step in self.steps]
            changes.want_plan(session, workspace, group)
        if any(erased):
            await self.deps.sessions.forget()

    # ---- What is owed ----

    async def _claim(self) -> list[ClaimedDelivery]:
        limit = self.capacity.at_once - len(self._sending)
        if limit <= 0 or self._ending.is_set():
            return []
        under_way = Counter(claimed.workspace for claimed in self._sending.values())
        now = self.deps.now()
        async with self.deps.sessions.behind() as session:
            mine = {claimed.id for claimed in self._sending.values()}
            real = await claims.begin(session, self.terms, now, mine)
            lately = await claims.sent_lately(session, real)
            no_more = full(under_way, lately, self.capacity.each, self.capacity.posts_a_minute)
            found = await claims.candidates(session, self.terms, now, real, no_more)
            waiting = [candidate for candidate in found if candidate.id not in mine]
            if not waiting:
                return []
            chosen = fair_share(waiting, under_way, lately, limit, self.capacity.each, self.capacity.posts_a_minute)
            return await claims.take(session, self.terms, chosen, real)

    async def _deliver(self, claimed: ClaimedDelivery, state: State) -> None:
        try:
            if claimed.kind == CLEANUP:
                await self._cleaner.deliver(claimed)
            elif claimed.kind in self.types.screens:
                await self._publisher.deliver(claimed)
            else:
                await self._poster.deliver(claimed, state)
        except (DomainError, SQLAlchemyError) as error:
            # Its lease expires; whoever claims it then looks whether the message is there.
            log.warning("delivery broken off", delivery=claimed.id, kind=claimed.kind, error=type(error).__name__)
        except Exception:  # one that is broken must not end the others
            log.exception("delivery broken", delivery=claimed.id, kind=claimed.kind)
