"""Every list that a person can ask for, with few and with very many reflections of others in the database."""

import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.anonymity import Visibility
from bot.domain.responses import By
from bot.domain.rounds import Group
from bot.runtime.clock import MonotonicClock
from bot.services import prompt_closing, rounds
from handlers import agenda, anonymous_review, home, responses
from handlers.capabilities import CAPABILITIES
from handlers.commands import Commands
from handlers.requests import Interaction
from handlers.views.responses import Shelf, as_meta
from storage import tables as t
from storage.database import open_database
from tests.bench.databases import empty
from tests.bench.filling import Copy, Template, copies, fill, found_template, member_of, person
from tests.bench.report import Row
from tests.bench.ticking import parts
from tests.support.answers import keep

FEW, MANY, TIMES = 1_000, 1_000_000, 50
MEMBERS, ANONYMOUS, OWN_GROUPS = 40, 10, 15
FOUNDED, MEETING = datetime(2026, 8, 20, 14, tzinfo=UTC), datetime(2026, 9, 14, 14, tzinfo=UTC)
ASKED = datetime(2026, 9, 10, 14, tzinfo=UTC)
"""While the questions are open."""

CLOSED_GROUP, BUSY_GROUP = 9_000_000, 9_100_000
"""Numbers of copies that nobody else has."""

Listing = Callable[[Deps], Awaitable[object]]

COMMANDS = Commands(CAPABILITIES)


@dataclass(frozen=True)
class Viewer:
    """Somebody who asks, and where."""

    workspace: str
    channel: str
    person: str
    meeting: str

    def types(self, text: str) -> Listing:
        return lambda deps: COMMANDS.run(deps, Interaction(self.workspace, self.channel, self.person, text))

    def elsewhere(self, deps: Deps) -> Awaitable[object]:
        return COMMANDS.run(deps, Interaction(self.workspace, "D0", self.person, ""))

    def home(self, deps: Deps) -> Awaitable[object]:
        return home.show(deps, self.workspace, self.person)

    def reads_all(self, deps: Deps) -> Awaitable[object]:
        return agenda.read_all(deps, Interaction(self.workspace, "", self.person, self.meeting))

    def reads_everything(self, deps: Deps) -> Awaitable[object]:
        shelf = Shelf(self.meeting, everything=True, by=By.THEME, words="learned")
        meta = as_meta(shelf)
        return responses.turn(deps, Interaction(self.workspace, "", self.person, meta=meta), 0)

    def reads_batch(self, deps: Deps) -> Awaitable[object]:
        return anonymous_review.read(deps, Interaction(self.workspace, "", self.person, self.meeting))


def viewer(copy: Copy, template: Template, *, own: bool = True) -> Viewer:
    who = person(0)
    return Viewer(copy.workspace, copy.channel, member_of(copy, who) if own else who, copy.id(template.meeting))


async def lists(kind: str, server: str, few: int = FEW, many: int = MANY, times: int = TIMES) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        members = min(MEMBERS, few // 4)
        asked = await found_template(folder, members, FOUNDED, MEETING, greeted=True, then=_answer)
        closed = await found_template(
            folder, members, FOUNDED, MEETING + timedelta(hours=1), greeted=True, then=_answer_and_close
        )
    with empty(kind, server) as small, empty(kind, server) as large:
        least, most = [await _fill(url, asked, closed, number) for url, number in ((small, few), (large, many))]
        clock = MonotonicClock(ASKED + timedelta(minutes=5))
        async with parts(small, now=clock.now) as one, parts(large, now=clock.now) as other:
            return [
                await _measure(f"{name}, {most:,} reflections, {kind}", f"{least:,}", (one, other), listing, times)
                for name, listing in _listings(asked, closed).items()
            ]


def _listings(asked: Template, closed: Template) -> dict[str, Listing]:
    (first,), (reviewed,), (busy, *_) = _own_copies()
    one, other = viewer(first, asked), viewer(busy, asked, own=False)
    return {
        "/collab": one.types(""),
        "/collab agenda": one.types("agenda"),
        "/collab mine": one.types("mine"),
        "/collab park": one.types("park"),
        "/collab responses": one.types("responses"),
        "/collab responses, all meetings": one.reads_everything,
        "/collab outside a channel": one.elsewhere,
        "Home": one.home,
        "all answers": one.reads_all,
        "the anonymous batch": viewer(reviewed, closed).reads_batch,
        "/collab mine, of somebody in many groups": other.types("mine"),
        "Home, of somebody in many groups": other.home,
    }


def _own_copies() -> tuple[list[Copy], list[Copy], list[Copy]]:
    """The viewer's group, one whose anonymous answers wait, and those of somebody who is in many."""
    return copies(1, 1), copies(1, 1, CLOSED_GROUP), copies(OWN_GROUPS, 1, BUSY_GROUP)


async def _fill(url: str, asked: Template, closed: Template, reflections: int) -> int:
    """As many reflections, most of them others'; how many there are really."""
    database = await open_database(url)
    first, reviewed, many = _own_copies()
    each = len(asked.rows_of(t.Reflection))
    fill(url, asked, [*first, *copies(-(-reflections // each) - 1, 100, 1)], own_people=True)
    fill(url, closed, reviewed, own_people=True)
    fill(url, asked, many)
    async with database.sessions.read() as session:
        there = await session.scalar(select(func.count()).select_from(t.Reflection))
    await database.close()
    return there or 0


async def _answer(session: AsyncSession, group: Group) -> None:
    """Everybody answers all questions, some anonymously and one to the facilitator alone."""
    found = await rounds.current(session, group)
    for number, member in enumerate(group.members):
        said = {q.position: f"What {member} learned about {q.position}" for q in found.prompt.questions}
        sees = Visibility.ANONYMOUS if 0 < number <= ANONYMOUS else Visibility.NAMED
        sees = Visibility.FACILITATOR if number == ANONYMOUS + 1 else sees
        await keep(session, found, member, said, sees, ASKED)
    await session.flush()


async def _answer_and_close(session: AsyncSession, group: Group) -> None:
    await _answer(session, group)
    if not await prompt_closing.close_due(session, group.id, MEETING + timedelta(hours=1)):
        raise RuntimeError("answering goes on")


async def _measure(what: str, few: str, both: tuple[Deps, Deps], listing: Listing, times: int) -> Row:
    # By turns, so that whatever else this machine does meets both.
    took = [[await _timed(listing, deps) for deps in both] for _ in range(times)]
    quick, slow = (median(each) * 1000 for each in zip(*took, strict=True))
    return Row(what, f"{few} reflections", slow / quick, 1.3, f"{slow:.1f} ms; {quick:.1f} ms")


async def _timed(listing: Listing, deps: Deps) -> float:
    begun = time.perf_counter()
    if not await listing(deps):
        raise RuntimeError("nothing was shown")
    return time.perf_counter() - begun
