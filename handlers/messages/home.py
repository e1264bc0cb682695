"""Somebody's Home, made of what capabilities show on it, and brought up to date when something changed there."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.message import digest
from bot.delivery.types import RenderedView, Screen
from bot.domain.overview import Entry, MeetingSummary, Pages, leaf
from bot.plugged import Button, Plugged, Section, Slot
from bot.services import home as services
from bot.services.claims import ClaimedDelivery
from bot.services.home import Who
from bot.services.overview import Overview, overview
from handlers.views import home
from handlers.views.block_kit import Block, View

OPEN_A_PAGE, MEETINGS_A_PAGE, TASKS_A_PAGE = 8, 8, 6
"""With these limits a Home stays below Slack's hundred blocks."""

E = TypeVar("E", bound=Entry)
Detail = TypeVar("Detail")


async def no_details(_session: AsyncSession, _entries: Sequence[Entry]) -> None:
    """All that is shown of an entry is in it already."""


@dataclass(frozen=True)
class EntryKind(Generic[E, Detail]):
    """A kind of entry in a list on Home: `find` says which there are for somebody, `read` what else is shown of those
    on the page that is open, and `build` shows one. Both read for all groups at once, however many there are."""

    find: Callable[[AsyncSession, Overview], Awaitable[Sequence[E]]]
    build: Callable[[E, Detail, datetime], list[Block]]
    read: Callable[[AsyncSession, Sequence[E]], Awaitable[Detail]]


OPEN: Slot[EntryKind[Any, Any]] = Slot("what is open for somebody")
TASKS: Slot[EntryKind[Any, Any]] = Slot("what is somebody's to prepare")
BESIDE_MEETING: Slot[Button[MeetingSummary]] = Slot("buttons beside a meeting on Home")
BELOW: Slot[Section[Overview, Any]] = Slot("what stands below the lists on Home")


@dataclass(frozen=True)
class Drawn:
    """Somebody's Home as it is now; `changes_at` is when it says something else by itself."""

    view: View
    digest: str
    changes_at: datetime | None


async def render(session: AsyncSession, plugged: Plugged, who: Who, page: str, now: datetime) -> Drawn:
    """The same, at the pages that are open."""
    found, pages = await overview(session, *who, now), Pages.parse(page)
    meetings = leaf(found.meetings, pages.meetings, MEETINGS_A_PAGE)
    contents = home.Contents(
        found,
        pages,
        await _entries(session, plugged.into(OPEN), found, pages.open, OPEN_A_PAGE),
        meetings,
        await _entries(session, plugged.into(TASKS), found, pages.tasks, TASKS_A_PAGE),
        {one.meeting: plugged.buttons(BESIDE_MEETING, one) for one in meetings.items},
        await plugged.sections(BELOW, session, found),
    )
    view = home.build_home(contents)
    return Drawn(view, digest(view), found.changes_at)


async def _entries(
    session: AsyncSession, kinds: Sequence[EntryKind[Any, Any]], found: Overview, number: int, size: int
) -> home.Entries:
    """One page of a list, whose kinds of entries are mixed by their order."""
    there = [(entry, kind) for kind in kinds for entry in await kind.find(session, found)]
    page = leaf(sorted(there, key=lambda one: one[0].order), number, size)
    shown = {kind: [entry for entry, of in page.items if of is kind] for kind in kinds}
    details = {kind: await kind.read(session, entries) for kind, entries in shown.items() if entries}
    return page.of(lambda one: one[1].build(one[0], details[one[1]], found.now))


async def draw(session: AsyncSession, claimed: ClaimedDelivery, plugged: Plugged, now: datetime) -> RenderedView | None:
    standing = await services.standing(session, _who(claimed))
    if standing is None:
        return None
    drawn = await render(session, plugged, _who(claimed), standing.page, now)
    return RenderedView(drawn.view, standing.shown, drawn.digest, drawn.changes_at)


async def keep(session: AsyncSession, claimed: ClaimedDelivery, rendered: RenderedView, now: datetime) -> None:
    await services.published(session, _who(claimed), rendered.before, rendered.shown, rendered.changes_at, now)


async def forget(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    await services.forget(session, _who(claimed))


def _who(claimed: ClaimedDelivery) -> services.Who:
    return claimed.workspace, claimed.recipient


SCREEN = Screen(services.KIND, draw, keep, forget)
