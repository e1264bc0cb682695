"""Somebody's Home, brought up to date when something changed that it shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.message import digest
from bot.delivery.types import RenderedView, Screen
from bot.domain.overview import Pages
from bot.services import homes
from bot.services.claims import ClaimedDelivery
from bot.services.homes import Who
from bot.services.overview import overview
from handlers.views import home
from handlers.views.block_kit import View


@dataclass(frozen=True)
class Drawn:
    """Somebody's Home as it is now; `changes_at` is when it says something else by itself."""

    view: View
    digest: str
    changes_at: datetime | None


async def render(session: AsyncSession, who: Who, page: str, now: datetime) -> Drawn:
    """The same, at the pages that are open."""
    found = await overview(session, *who, Pages.parse(page), now)
    view = home.build_home(found, who[1], now)
    return Drawn(view, digest(view), found.changes_at)


async def draw(session: AsyncSession, claimed: ClaimedDelivery, now: datetime) -> RenderedView | None:
    standing = await homes.standing(session, _who(claimed))
    if standing is None:
        return None
    drawn = await render(session, _who(claimed), standing.page, now)
    return RenderedView(drawn.view, standing.shown, drawn.digest, drawn.changes_at)


async def keep(session: AsyncSession, claimed: ClaimedDelivery, rendered: RenderedView, now: datetime) -> None:
    await homes.published(session, _who(claimed), rendered.before, rendered.shown, rendered.changes_at, now)


async def forget(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    await homes.forget(session, _who(claimed))


def _who(claimed: ClaimedDelivery) -> homes.Who:
    return claimed.workspace, claimed.recipient


SCREEN = Screen(homes.KIND, draw, keep, forget)
