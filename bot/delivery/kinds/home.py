"""Somebody's Home, brought up to date when something changed that it shows."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.registry import RenderedView, Screen
from bot.services import homes
from bot.services.claims import ClaimedDelivery
from handlers import home


async def draw(session: AsyncSession, claimed: ClaimedDelivery, now: datetime) -> RenderedView | None:
    standing = await homes.standing(session, _who(claimed))
    if standing is None:
        return None
    drawn = await home.draw(session, _who(claimed), standing.page, now)
    return RenderedView(drawn.view, standing.shown, drawn.digest, drawn.changes_at)


async def keep(session: AsyncSession, claimed: ClaimedDelivery, picture: RenderedView, now: datetime) -> None:
    await homes.published(session, _who(claimed), picture.before, picture.shown, picture.changes_at, now)


async def forget(session: AsyncSession, claimed: ClaimedDelivery) -> None:
    await homes.forget(session, _who(claimed))


def _who(claimed: ClaimedDelivery) -> homes.Who:
    return claimed.workspace, claimed.recipient


SCREEN = Screen(homes.KIND, draw, keep, forget)
